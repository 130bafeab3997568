import type { RecordWire } from './record-wire.ts';
import type { AnalyzerView, DeliveryView, DeviceView, IsoTime, ListView, NodeView, ReadingView } from './views.ts';

export type LogLine = {
  readonly at: IsoTime;
  readonly level: 'debug' | 'info' | 'warning' | 'error' | 'critical';
  readonly text: string;
};

/** One frame as it passed, for the bus view. */
export type FrameView = {
  readonly device: number;
  readonly at: IsoTime;
  readonly direction: 'request' | 'answer' | 'junk';
  /** Lower-case hex, blanks between bytes; an ASCII protocol as text. */
  readonly bytes: string;
  /** Decoded, or what went wrong, in words. */
  readonly words: string;
  readonly analyzer: number | null;
  /** Request to last byte, for answers. */
  readonly tookMs: number | null;
};

/** A reading as it comes, with what it changes in the list. */
export type ReadingEvent = {
  readonly id: number;
  readonly reading: ReadingView;
  readonly comm: boolean;
  readonly readings: AnalyzerView['readings'];
  readonly errorShare: number | null;
  readonly energyKwh: number | null;
  /** Of today, as in {@link AnalyzerView.today}. */
  readonly cost: number | null;
  /** Mean active power of the minute that runs, kW: the last entry of `spark`. */
  readonly minuteKw: number | null;
};

/** What SUBSCRIBE may name; `frames` goes with a device: `frames:1`. */
export const SUBSCRIPTIONS = ['readings', 'states', 'records', 'log', 'frames', 'all'] as const;

/**
 * What is pushed to subscribers, and to whom. readings: reading; states: analyzer, device, delivery, node, installation
 * and shutdown; records: record; log: log; frames:<device>: frame. `all` is everything but frames.
 */
export type PlantEvent =
  | { readonly event: 'reading'; readonly data: ReadingEvent }
  | { readonly event: 'analyzer'; readonly data: AnalyzerView }
  | { readonly event: 'device'; readonly data: DeviceView }
  | { readonly event: 'delivery'; readonly data: DeliveryView }
  | { readonly event: 'node'; readonly data: NodeView }
  /** The configuration was reloaded: everything anew. */
  | { readonly event: 'installation'; readonly data: ListView }
  | { readonly event: 'record'; readonly data: RecordWire }
  | { readonly event: 'log'; readonly data: LogLine }
  | { readonly event: 'frame'; readonly data: FrameView }
  | { readonly event: 'shutdown'; readonly data: { readonly words: string } };

/** The reader was slow: so many events were left out, or replaced by later ones of the same subject. */
export type LaggedEvent = { readonly event: 'lagged'; readonly data: { readonly missed: number } };

/** The answer to SUBSCRIBE: everything as it is now; parts that were not asked for are null. */
export type Snapshot = {
  readonly what: readonly string[];
  readonly list: ListView | null;
  /** The last record of each analyzer. */
  readonly records: readonly RecordWire[] | null;
  /** The last lines of the log, oldest first. */
  readonly log: readonly LogLine[] | null;
  readonly frames: readonly FrameView[] | null;
};
