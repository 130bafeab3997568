import type { SeenAnalyzer } from '../state/plant.ts';

/** Readings that may be missed, or late, before what was read counts as old. */
const MISSED = 2;
const LATE_MS = 5_000;

/** Its values are not those of now, whatever its state says; `serverNow`: ms. False where there are none. */
export const isOld = ({ readAt, readingMs }: Pick<SeenAnalyzer, 'readAt' | 'readingMs'>, serverNow: number): boolean =>
  readAt !== null && serverNow - readAt > MISSED * readingMs + LATE_MS;
