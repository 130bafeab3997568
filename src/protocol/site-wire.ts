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
