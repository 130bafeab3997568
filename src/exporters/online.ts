import type { AnalyzerState, AnalyzerView } from '../protocol/views.ts';

/** Readings that may be missed, or late, before what was read counts as old. */
const MISSED = 2;
const LATE_MS = 5_000;

const READ: readonly AnalyzerState[] = ['polling', 'recording'];

/** Whether an analyzer is being read, and its last values are those of now. */
export const isOnline = ({ state, ageMs, readingMs }: Pick<AnalyzerView, 'state' | 'ageMs' | 'readingMs'>): boolean =>
  READ.includes(state) && ageMs !== null && ageMs <= MISSED * readingMs + LATE_MS;
