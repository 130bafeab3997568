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
  ParkedView,
  RecordsView,
  ReloadView,
  RetryView,
  TreeNode,
  VarsView,
  VersionView,
  WhyView,
} from '../protocol/answers.ts';
import type { HelpView } from '../protocol/commands.ts';
import type { LaggedEvent, PlantEvent, Snapshot } from '../protocol/events.ts';
import type { AnalyzerView, DeviceView, IsoTime, ListView } from '../protocol/views.ts';

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

/** One method per command, on the client that `createClient` makes; it says what they have in common. */
export type LectorClient = {
  /**
   * Version, protocol, process, and whether this client may change something.
   * ```ts
   * const { version, access } = await client.version();
   * ```
   */
  version(): Promise<VersionView>;
  /**
   * Everything at once: the node, its devices, analyzers and deliveries.
   * ```ts
   * for (const { id, name, state } of (await client.list()).analyzers) console.log(id, name, state);
   * ```
   */
  list(): Promise<ListView>;
  /**
   * How one analyzer is, or one line.
   * ```ts
   * const { state, error } = await client.status(1);
   * if (error !== null) console.log(state, error.message);
   * ```
   */
  status(ref: LineRef): Promise<DeviceView>;
  status(ref: number): Promise<AnalyzerView>;
  status(ref: AnalyzerRef): Promise<AnalyzerView | DeviceView>;
  /**
   * What the meter said it is. COMMAND_REFUSED with NOT_READY until it has.
   * ```ts
   * console.log((await client.identification(1)).identification);
   * ```
   */
  identification(ref: AnalyzerRef): Promise<IdentificationView>;
  /**
   * The last values; `reading` is null before the first. A value that the meter did not give is null.
   * ```ts
   * const { reading, ageMs } = await client.vars('Main switchboard');
   * console.log(reading?.values.PAT, ageMs);
   * ```
   */
  vars(ref: AnalyzerRef): Promise<VarsView>;
  /**
   * What the values are: units, phases, descriptions.
   * ```ts
   * for (const { code, unit } of (await client.defs(1)).variables) console.log(code, unit);
   * ```
   */
  defs(ref: AnalyzerRef): Promise<DefsView>;
  /**
   * Hours of use, error bits, firmware, serial number, where the meter says them.
   * ```ts
   * console.log((await client.meterStatus(1)).ERR_MSG);
   * ```
   */
  meterStatus(ref: AnalyzerRef): Promise<MeterStatusView>;
  /**
   * The configuration, in the predecessor's shape.
   * ```ts
   * console.log((await client.conf()).equips);
   * ```
   */
  conf(): Promise<ConfView>;
  /**
   * Readings of one variable in the last `seconds`, 48 h at most.
   * ```ts
   * const { points } = await client.history(1, 'PAT', 3600);
   * console.log(points.at(-1)?.values);
   * ```
   */
  history(ref: AnalyzerRef, code: string, seconds: number): Promise<HistoryView>;
  /**
   * The last records, newest last; 20 unless told, 1,000 at most.
   * ```ts
   * for (const { end, n, expected } of (await client.records(1, 4)).records) console.log(end, `${n}/${expected}`);
   * ```
   */
  records(ref: AnalyzerRef, count?: number): Promise<RecordsView>;
  /**
   * The supervision tree: restarts used, what is held and why.
   * ```ts
   * for (const { name, state } of (await client.tree()).children) console.log(name, state);
   * ```
   */
  tree(): Promise<TreeNode>;
  /**
   * The last 20 changes of state with their causes, newest first.
   * ```ts
   * console.log((await client.why('line:1')).changes[0]?.words);
   * ```
   */
  why(ref: AnalyzerRef | LineRef): Promise<WhyView>;
  /**
   * What each exporter has still to deliver.
   * ```ts
   * for (const { exporter, owed } of (await client.owed()).deliveries) console.log(exporter, owed);
   * ```
   */
  owed(): Promise<OwedView>;
  /**
   * Records that destinations refuse, and why. `exporter`: an id, a type, or a part of an id that no other has.
   * ```ts
   * for (const { exporter, records } of (await client.parked()).deliveries) console.log(exporter, records[0]?.reason);
   * ```
   */
  parked(exporter?: string): Promise<ParkedView>;
  /**
   * What is wrong now, worst first.
   * ```ts
   * for (const { label, message } of (await client.alarms()).alarms) console.log(label, message);
   * ```
   */
  alarms(): Promise<AlarmsView>;
  /**
   * How busy each device is, and with whom.
   * ```ts
   * for (const { id, utilisation } of (await client.lines()).lines) console.log(id, utilisation);
   * ```
   */
  lines(): Promise<LinesView>;

  /**
   * Starts one that is stopped.
   * ```ts
   * console.log((await client.start(1)).words);
   * ```
   */
  start(ref: AnalyzerRef): Promise<DoneView>;
  /**
   * Starts every analyzer that is stopped.
   * ```ts
   * console.log((await client.startAll()).analyzers);
   * ```
   */
  startAll(): Promise<DoneView>;
  /**
   * Stops reading until `start`; not over a restart of the server.
   * ```ts
   * console.log((await client.stop(1)).words);
   * ```
   */
  stop(ref: AnalyzerRef): Promise<DoneView>;
  /**
   * Stops reading until `resume`, or for `seconds`, also over a restart. A line: all its analyzers, and its port.
   * ```ts
   * await client.pause(1, 600);
   * await client.pause('line:1');
   * ```
   */
  pause(ref: AnalyzerRef | LineRef, seconds?: number): Promise<DoneView>;
  /**
   * Goes on with what was paused.
   * ```ts
   * await client.resume('line:1');
   * ```
   */
  resume(ref: AnalyzerRef | LineRef): Promise<DoneView>;
  /**
   * A reading at once, beside the grid: shown, and part of no record.
   * ```ts
   * await client.readNow(1);
   * ```
   */
  readNow(ref: AnalyzerRef): Promise<DoneView>;
  /**
   * Asks the meter again what it is; waits for it, 12 s at most.
   * ```ts
   * console.log((await client.identify(1)).identification);
   * ```
   */
  identify(ref: AnalyzerRef): Promise<IdentificationView>;
  /**
   * Reads the configuration again. `plan`: only says what would change.
   * ```ts
   * for (const { subject, effect } of (await client.reload({ plan: true })).changes) console.log(subject, effect);
   * ```
   */
  reload(o?: { readonly plan?: boolean }): Promise<ReloadView>;
  /**
   * Delivers now, without a wait; what it refused is owed again.
   * ```ts
   * console.log((await client.retry('clientRest')).words);
   * ```
   */
  retry(exporter: string): Promise<RetryView>;
  /**
   * Ends the server: what is under way is finished, every open window is recorded.
   * ```ts
   * await client.shutdown();
   * ```
   */
  shutdown(): Promise<DoneView>;
  /**
   * Lets a simulated meter fail for so long; NOT_SIMULATED for a real one.
   * ```ts
   * await client.fault(1, 'silence', 30);
   * ```
   */
  fault(ref: AnalyzerRef, kind: FaultKind, seconds: number): Promise<FaultView>;

  /**
   * The commands that the server knows.
   * ```ts
   * for (const { name, words } of (await client.help()).commands) console.log(name, words);
   * ```
   */
  help(): Promise<HelpView>;
  /**
   * Any command as it is: the `data` of its answer.
   * ```ts
   * console.log(await client.ask('STATUS', '1'));
   * ```
   */
  ask(command: string, argument?: string): Promise<unknown>;
  /**
   * The server's clock as of its last answer to one of these; null: none yet. Ages are reckoned from it.
   * ```ts
   * const { alarms } = await client.alarms();
   * const now = Date.parse(client.answeredAt ?? '');
   * for (const { label, since } of alarms) console.log(label, since === null ? '' : (now - Date.parse(since)) / 1000);
   * ```
   */
  readonly answeredAt: IsoTime | null;
  /**
   * What happens, as it happens: `readings`, `states`, `records`, `log`, `all`, `frames:<device>`. Each iteration has a
   * connection of its own and ends with `break`, with `signal`, or with `close()`. It connects again for ever; only a
   * refusal that stays (a wrong token, a wrong `what`) is thrown, and with `reconnect: false` a lost connection.
   * ```ts
   * for await (const { event, data } of client.subscribe(['readings'])) {
   *   if (event === 'snapshot') console.log(data.list?.analyzers.length);
   *   if (event === 'reading') console.log(data.id, data.reading.values.PAT);
   *   if (event === 'disconnected') console.log(data.message);
   *   if (event === 'reading') break;
   * }
   * ```
   */
  subscribe(what: readonly string[], o?: { readonly signal?: AbortSignal }): AsyncIterable<ClientEvent>;
  /**
   * Closes every connection: calls under way fail, subscriptions end. Calling it twice is fine.
   * ```ts
   * client.close();
   * ```
   */
  close(): void;
};
