import type { FaultKind } from '../domain/installation.ts';
import type { AnalyzerId, DeviceId } from '../domain/units.ts';
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
} from './answers.ts';
import type { FrameView, LogLine, PlantEvent } from './events.ts';
import type { Py } from './pickle.ts';
import type { AnalyzerView, DeviceView, IsoTime, ListView } from './views.ts';

/** Why a command was not carried out; the exit code of `lector ctl` follows from it. */
export const REFUSAL_CODES = [
  'FORMAT_ERROR',
  'UNKNOWN_COMMAND',
  'BAD_ARGUMENT',
  'NO_SUCH_ANALYZER',
  'NO_SUCH_DEVICE',
  'NO_SUCH_VARIABLE',
  'NO_SUCH_EXPORTER',
  /** A read-only client asked for a change. */
  'NOT_ALLOWED',
  'WRONG_TOKEN',
  'MAX_CLIENTS',
  /** The analyzer is stopped: START it first. */
  'NOT_STARTED',
  'ALREADY_STARTED',
  /** It is paused: RESUME it first. */
  'PAUSED',
  'NOT_PAUSED',
  'DISABLED',
  'NOT_SIMULATED',
  /** What is asked for is not known yet. */
  'NOT_READY',
  'IDENTIFY_FAILED',
  'CONFIG_INVALID',
  'BUSY',
  'SHUTTING_DOWN',
  'NOT_IMPLEMENTED',
  'UNEXPECTED',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export type Refusal = {
  readonly code: RefusalCode;
  /** What was expected, what was seen, where. */
  readonly message: string;
  /** What to do next; may be empty. */
  readonly hint: string;
  /** More lines, such as every problem of a configuration. */
  readonly details?: readonly string[];
};

export type Answered<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: Refusal };

/** What a command may be about. */
export type Target =
  | { readonly kind: 'analyzer'; readonly id: AnalyzerId }
  | { readonly kind: 'device'; readonly id: DeviceId };

/**
 * The running server as control sees it. Queries answer at once from memory; none of them waits for a meter. Nothing
 * throws: what cannot be done is a {@link Refusal}. Analyzers of disabled devices are there, as `disabled`.
 */
export interface Operator {
  /**
   * Whom a text names: a number is an analyzer's id, `line:1` and `device:1` a device, anything else the name of an
   * analyzer (without regard to case). NO_SUCH_ANALYZER, NO_SUCH_DEVICE name those that there are.
   */
  resolve(text: string): Answered<Target>;

  /** The server's clock: what an age in an answer is reckoned from. */
  now(): IsoTime;
  version(): Omit<VersionView, 'access'>;
  list(): ListView;
  analyzer(id: AnalyzerId): Answered<AnalyzerView>;
  device(id: DeviceId): Answered<DeviceView>;
  /** NOT_READY before the meter was identified. */
  identification(id: AnalyzerId): Answered<IdentificationView>;
  vars(id: AnalyzerId): Answered<VarsView>;
  defs(id: AnalyzerId): Answered<DefsView>;
  meterStatus(id: AnalyzerId): Answered<MeterStatusView>;
  conf(): ConfView;
  /** Readings of the last `seconds` (48 h at most) of one variable; 2,000 points at most. */
  history(id: AnalyzerId, code: string, seconds: number): Promise<Answered<HistoryView>>;
  /** The last `count` records (1,000 at most), newest last. */
  records(id: AnalyzerId, count: number): Promise<Answered<RecordsView>>;
  tree(): TreeNode;
  why(target: Target): Answered<WhyView>;
  owed(): OwedView;
  /**
   * What was refused, 1,000 of each destination at most. `exporter`: the id of one, its type, or a part of its id that
   * no other has (NO_SUCH_EXPORTER names those that there are); null: all.
   */
  parked(exporter: string | null): Answered<ParkedView>;
  alarms(): AlarmsView;
  lines(): LinesView;

  /** The predecessor's mappings, as its clients load them. */
  readonly legacy: {
    vars(id: AnalyzerId): Answered<Py>;
    defs(id: AnalyzerId): Answered<Py>;
    status(id: AnalyzerId): Answered<Py>;
    conf(): Py;
  };

  start(id: AnalyzerId): Answered<DoneView>;
  /** Starts every analyzer that is stopped. */
  startAll(): Answered<DoneView>;
  /** Until START; not over a restart of the server. */
  stop(id: AnalyzerId): Answered<DoneView>;
  /** `seconds`: it resumes by itself, also over a restart; null: by hand. A device: all its analyzers, port closed. */
  pause(target: Target, seconds: number | null): Answered<DoneView>;
  resume(target: Target): Answered<DoneView>;
  /** A reading at once, beside the grid: shown, and part of no record. A failed meter is tried at once. */
  readNow(id: AnalyzerId): Answered<DoneView>;
  /** Identifies again; resolves when the meter has answered, IDENTIFY_FAILED when not within `limitMs`. */
  identify(id: AnalyzerId, limitMs: number): Promise<Answered<IdentificationView>>;
  /** Delivers now, without a wait; what was refused is owed again, durably, when it resolves. */
  retry(exporter: string): Promise<Answered<RetryView>>;
  /** Reads the files again. `planOnly`: says what would change. CONFIG_INVALID changes nothing. */
  reload(planOnly: boolean): Promise<Answered<ReloadView>>;
  shutdown(): Answered<DoneView>;
  /** NOT_SIMULATED for a real meter. */
  fault(id: AnalyzerId, kind: FaultKind, seconds: number): Answered<FaultView>;

  /** Calls back with everything that happens, frames apart; returns the function that ends it. */
  subscribe(listener: (event: PlantEvent) => void): () => void;
  /** Frames of one device; decoding them costs something, so only while somebody looks. */
  watchFrames(id: DeviceId, listener: (frame: FrameView) => void): () => void;
  /** Oldest first. */
  recentLog(max: number): readonly LogLine[];
}
