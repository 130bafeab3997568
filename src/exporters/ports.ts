import type { OffsetAt } from '../domain/grid.ts';
import type { ExportConfig } from '../domain/installation.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Exporter, Store } from '../domain/store-port.ts';
import type { AnalyzerId, VariableCode } from '../domain/units.ts';
import type { Operator } from '../protocol/operator.ts';
import type { SiteWire } from '../protocol/site-wire.ts';

/** All that an exporter may know and ask. */
export type ExporterContext = {
  /** `clientRest:https://centre.example/ws/v2`. */
  readonly id: string;
  /** Its options are checked: the names and shapes of `src/domain/export-options.ts`. */
  readonly config: ExportConfig;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly offsetAt: OffsetAt;
  /** What this lector is now; another after a reload. */
  readonly site: () => SiteWire;
  /** Whose records and readings it takes now. */
  readonly analyzerIds: () => readonly AnalyzerId[];
  readonly identification: (id: AnalyzerId) => string;
  /** Order of the columns of an analyzer. */
  readonly order: (id: AnalyzerId) => readonly VariableCode[];
  /** What is going on, for live views. */
  readonly operator: () => Operator;
  readonly records: Store['records'];
  /** The destination can be reached again: what is owed need not wait any longer. */
  readonly reachable: () => void;
};

/** What serves a destination. `exporter` null: it owes nothing; `live` null: it shows nothing but records. */
export type Destined = { readonly exporter: Exporter | null; readonly live: LivePart | null };

/** The part that shows what is, and owes nothing. */
export type LivePart = {
  /** Begins, and returns; never throws: what does not work is tried again and is `trouble`. */
  start(): void;
  /** The analyzers, or what they are called, have changed. */
  installed(): void;
  /** What the site tells of itself has changed beside them, such as what was entered by hand. */
  siteChanged?(): void;
  /** One sentence for the banner while it does not work; null: it does. */
  trouble(): string | null;
  close(): Promise<void>;
};
