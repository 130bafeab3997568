import type { LinesView, TreeNode, VariableView } from '../../src/protocol/answers.ts';
import type { FrameView, LogLine } from '../../src/protocol/events.ts';
import type { RecordWire } from '../../src/protocol/record-wire.ts';
import type { AnalyzerView, DeliveryView, DeviceView, ListView, NodeView } from '../../src/protocol/views.ts';

/** Lines of the log that are kept; frames per device; records per analyzer. */
export const LOG_MAX = 1_000;
export const FRAMES_MAX = 500;
export const RECORDS_MAX = 20;

/** How the screen stands with its server. `since`: ms of this machine's clock. */
export type ServerLink =
  | { readonly kind: 'connecting'; readonly since: number; readonly message: string | null }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly since: number; readonly message: string };

/** An analyzer with the instant, on the server's clock, at which it last gave a value; null: never. */
export type SeenAnalyzer = AnalyzerView & { readonly readAt: number | null };

/**
 * Everything that the screen knows of the plant: what the server pushed and what was asked of it. Never changed in
 * place; a part that did not change stays the same object.
 */
export type PlantState = {
  readonly link: ServerLink;
  readonly node: NodeView | null;
  /** Server's clock minus this machine's, ms. */
  readonly skewMs: number;
  readonly devices: ReadonlyMap<number, DeviceView>;
  readonly analyzers: ReadonlyMap<number, SeenAnalyzer>;
  /** Sums of analyzers: what they say follows from those. */
  readonly virtuals: NonNullable<ListView['virtuals']>;
  readonly deliveries: ReadonlyMap<string, DeliveryView>;
  /** Last records, newest last. */
  readonly records: ReadonlyMap<number, readonly RecordWire[]>;
  readonly log: readonly LogLine[];
  readonly frames: ReadonlyMap<number, readonly FrameView[]>;
  /** Variables by profile id. */
  readonly variables: ReadonlyMap<string, readonly VariableView[]>;
  readonly lines: LinesView | null;
  readonly tree: TreeNode | null;
  /** Events that were left out, for this reader was slow. */
  readonly missed: number;
  /** The server lets this client command. */
  readonly mayCommand: boolean;
};

export const emptyPlant = (now: number): PlantState => ({
  link: { kind: 'connecting', since: now, message: null },
  node: null,
  skewMs: 0,
  devices: new Map(),
  analyzers: new Map(),
  virtuals: [],
  deliveries: new Map(),
  records: new Map(),
  log: [],
  frames: new Map(),
  variables: new Map(),
  lines: null,
  tree: null,
  missed: 0,
  mayCommand: true,
});

/** The same map with one entry more or other. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

/** The list with `more` at its end, and no longer than `max`. */
export const appended = <T>(list: readonly T[], more: readonly T[], max: number): readonly T[] =>
  [...list, ...more].slice(-max);
