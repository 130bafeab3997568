import type { FaultKind } from '../domain/installation.ts';
import type {
  AlarmsView,
  ConfView,
  DefsView,
  DoneView,
  FaultView,
  HistoryView,
  IdentificationView,
  LinesView,
  MeterStatusView,
  OwedView,
  RecordsView,
  ReloadView,
  TreeNode,
  VarsView,
  VersionView,
  WhyView,
} from '../protocol/answers.ts';
import type { HelpView } from '../protocol/commands.ts';
import type { LaggedEvent, PlantEvent, Snapshot } from '../protocol/events.ts';
import type { AnalyzerView, DeviceView, ListView } from '../protocol/views.ts';

export type ClientOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 50007. */
  readonly port?: number;
  /** Path of the server's unix socket; host and port are not used then. */
  readonly socket?: string;
  /** Sent first after each connect; a server elsewhere lets commands through only with it. */
  readonly token?: string;
  /** Longest wait for an answer, ms; default 2000. What waits for a meter (identify) has a longer one. */
  readonly timeoutMs?: number;
  /** false: a lost connection is an error, and is not made again; default true. */
  readonly reconnect?: boolean;
};

/** The id or name of an analyzer. */
export type AnalyzerRef = number | string;
/** A device, whatever its analyzers are. */
export type LineRef = `line:${number}` | `device:${number}`;

/**
 * What a subscription yields. `snapshot` comes first, and again after each reconnection: everything before it is void.
 * `lagged`: the reader, or the way to it, was too slow for so many events.
 */
export type ClientEvent =
  | PlantEvent
  | LaggedEvent
  | { readonly event: 'snapshot'; readonly data: Snapshot }
  /** The connection was lost, or could not be made; it is tried again without end. */
  | { readonly event: 'disconnected'; readonly data: { readonly message: string } };

/** One method per command; see {@link createClient} for what they have in common. */
export type LectorClient = {
  version(): Promise<VersionView>;
  /** Everything at once: the node, its devices, analyzers and deliveries. */
  list(): Promise<ListView>;
  status(ref: LineRef): Promise<DeviceView>;
  status(ref: number): Promise<AnalyzerView>;
  status(ref: AnalyzerRef): Promise<AnalyzerView | DeviceView>;
  /** COMMAND_REFUSED with NOT_READY until the meter has said what it is. */
  identification(ref: AnalyzerRef): Promise<IdentificationView>;
  /** The last values. */
  vars(ref: AnalyzerRef): Promise<VarsView>;
  /** What the values are: units, phases, descriptions. */
  defs(ref: AnalyzerRef): Promise<DefsView>;
  /** Hours of use, error bits, firmware, serial number, where the meter says them. */
  meterStatus(ref: AnalyzerRef): Promise<MeterStatusView>;
  conf(): Promise<ConfView>;
  /** Readings of one variable in the last `seconds`, 48 h at most. */
  history(ref: AnalyzerRef, code: string, seconds: number): Promise<HistoryView>;
  /** The last records, newest last; 20 unless told, 1,000 at most. */
  records(ref: AnalyzerRef, count?: number): Promise<RecordsView>;
  tree(): Promise<TreeNode>;
  /** The last changes of state with their causes, newest first. */
  why(ref: AnalyzerRef | LineRef): Promise<WhyView>;
  /** What each exporter has still to deliver. */
  owed(): Promise<OwedView>;
  alarms(): Promise<AlarmsView>;
  /** How busy each device is, and with whom. */
  lines(): Promise<LinesView>;

  start(ref: AnalyzerRef): Promise<DoneView>;
  startAll(): Promise<DoneView>;
  /** Until `start`; not over a restart of the server. */
  stop(ref: AnalyzerRef): Promise<DoneView>;
  /** `seconds`: resumes by itself, also over a restart of the server. A line: all its analyzers, and its port closes. */
  pause(ref: AnalyzerRef | LineRef, seconds?: number): Promise<DoneView>;
  resume(ref: AnalyzerRef | LineRef): Promise<DoneView>;
  /** A reading at once, beside the grid: shown, and part of no record. */
  readNow(ref: AnalyzerRef): Promise<DoneView>;
  /** Asks the meter again what it is; waits for it, 12 s at most. */
  identify(ref: AnalyzerRef): Promise<IdentificationView>;
  /** Reads the configuration again. `plan`: only says what would change. */
  reload(o?: { readonly plan?: boolean }): Promise<ReloadView>;
  shutdown(): Promise<DoneView>;
  /** Simulated meters only. */
  fault(ref: AnalyzerRef, kind: FaultKind, seconds: number): Promise<FaultView>;

  /** The commands that the server knows. */
  help(): Promise<HelpView>;
  /** Any command as it is, such as `ask('STATUS', '1')`: its `data`. */
  ask(command: string, argument?: string): Promise<unknown>;
  /**
   * What happens, as it happens: `readings`, `states`, `records`, `log`, `all`, `frames:<device>`. Each iteration has a
   * connection of its own and ends with `break`, with `signal`, or with `close()`.
   */
  subscribe(what: readonly string[], o?: { readonly signal?: AbortSignal }): AsyncIterable<ClientEvent>;
  /** Closes every connection: calls under way fail, subscriptions end. Calling it twice is fine. */
  close(): void;
};
