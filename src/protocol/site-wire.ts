import type { CostEvent } from '../domain/cost-event.ts';
import type { VariableView } from './answers.ts';
import type { IsoTime } from './views.ts';

/**
 * What a lector tells a centre of itself at each connection and after each reload: who it is, and what its analyzers
 * are called and measure, so that nobody types it twice.
 */
export type SiteWire = {
  readonly node: number;
  readonly name: string;
  readonly location: string;
  /** IANA name, such as `Europe/Madrid`. */
  readonly timezone: string;
  readonly version: string;
  /** Made once for a data folder, a UUID: two sites that were given the same node id differ in it. */
  readonly instance: string;
  /** The lector's clock as this was sent: tells the centre how wrong it is. */
  readonly now: IsoTime;
  readonly analyzers: readonly SiteAnalyzer[];
  /** Sums of analyzers; absent: none. Those of before that are missing are there no more. */
  readonly virtuals?: readonly SiteVirtual[];
  /** What was entered by hand, all of it; absent: nothing; null: it cannot be read now. Instants in epoch ms. */
  readonly events?: readonly CostEvent[] | null;
};

export type SiteAnalyzer = {
  readonly id: number;
  readonly name: string;
  readonly location: string;
  readonly vendor: string;
  readonly model: string;
  readonly recordingMs: number;
  readonly variables: readonly VariableView[];
};

/** A sum of analyzers that has an id and a name of its own. */
export type SiteVirtual = {
  readonly id: number;
  readonly name: string;
  readonly location: string;
  /** `1 - 5`, as `parseVirtual` reads it. */
  readonly of: string;
};
