import { epochMs } from './domain/units.ts';

/** When this release was made: a clock that says it is earlier is wrong. */
export const RELEASED_AT = epochMs(Date.parse('2026-11-25T00:00:00Z'));
