import type { ErrorView } from '../../src/protocol/views.ts';
import { age } from '../formats/age.ts';
import type { Sign } from '../formats/glyphs.ts';
import { instantOf, timeText } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import type { SeenAnalyzer } from '../state/plant.ts';
import type { Tone } from '../state/ui.ts';
import { type Words, wordOf } from '../words/words.ts';
import type { Figures } from './figures.ts';

/** How an analyzer stands, worst first: what a person must see before everything else. */
const SEVERITIES = ['held', 'failed', 'doubt', 'connecting', 'stopped', 'paused', 'fine', 'disabled'] as const;
type Severity = (typeof SEVERITIES)[number];

export type Condition = {
  readonly severity: number;
  /** Something that a person should look after. */
  readonly isFault: boolean;
  readonly sign: Sign;
  readonly tone: Tone;
  readonly word: string;
  /** In place of values that are not there; null: the values are shown. */
  readonly note: Note | null;
  /** What to do about it; may be empty. */
  readonly advice: string;
};

/** A share of failed readings from which on a meter that is read is not fine. */
const DOUBT_SHARE = 0.02;

const LOOKS: Readonly<Record<Severity, { readonly sign: Sign; readonly tone: Tone; readonly isFault: boolean }>> = {
  held: { sign: 'held', tone: 'bad', isFault: true },
  failed: { sign: 'bad', tone: 'bad', isFault: true },
  doubt: { sign: 'doubt', tone: 'warn', isFault: true },
  connecting: { sign: 'wait', tone: 'warn', isFault: false },
  stopped: { sign: 'stopped', tone: 'warn', isFault: false },
  paused: { sign: 'paused', tone: 'accent', isFault: false },
  fine: { sign: 'fine', tone: 'good', isFault: false },
  disabled: { sign: 'off', tone: 'dim', isFault: false },
};

/** Recording takes a moment, between two readings: on the screen it would only flicker. */
export const shownState = (state: SeenAnalyzer['state']): Exclude<SeenAnalyzer['state'], 'recording'> =>
  state === 'recording' ? 'polling' : state;

function severityOf(analyzer: SeenAnalyzer, figures: Figures): Severity {
  const state = shownState(analyzer.state);
  if (state !== 'polling') return state;
  const doubted = Object.keys(analyzer.lastReading?.flags ?? {}).length > 0;
  const failing = (analyzer.errorShare ?? 0) >= DOUBT_SHARE || (analyzer.lastReading?.failure ?? null) !== null;
  return failing || doubted || figures.oddPhase !== null ? 'doubt' : 'fine';
}

/** The first reading is often lost to the start: of so few it says nothing about the line. */
const TOLD_FROM = 20;

/** Readings are missing, and neither the last of them nor its values say why. */
const isUnexplained = (analyzer: SeenAnalyzer, figures: Figures): boolean =>
  severityOf(analyzer, figures) === 'doubt' &&
  analyzer.error === null &&
  analyzer.readings.good + analyzer.readings.failed >= TOLD_FROM &&
  (analyzer.lastReading?.failure ?? null) === null &&
  (analyzer.errorShare ?? 0) >= DOUBT_SHARE;

const ADVISED: ReadonlySet<Severity> = new Set(['held', 'failed', 'doubt', 'connecting']);

/** `serverNow`: ms; texts of the server are made safe here. */
export function conditionOf(analyzer: SeenAnalyzer, figures: Figures, serverNow: number, words: Words): Condition {
  const severity = severityOf(analyzer, figures);
  const error = analyzer.error ?? analyzer.lastReading?.failure ?? null;
  return {
    ...LOOKS[severity],
    severity: SEVERITIES.indexOf(severity),
    word: words.states[shownState(analyzer.state)],
    note: noteOf(analyzer, serverNow, words),
    advice: ADVISED.has(severity)
      ? adviceOf(error, words) || (isUnexplained(analyzer, figures) ? words.missedAdvice : '')
      : '',
  };
}

/** What failed, in the language of the screen where it has words for it, else in the server's. */
export const errorWords = (error: ErrorView | null, words: Words): string =>
  error === null ? '' : (wordOf(words.errors, error.code) ?? plain(error.message));

export const adviceOf = (error: ErrorView | null, words: Words): string =>
  error === null ? '' : (wordOf(words.advice, error.code) ?? '');

/** Why there are no values, most important first. */
export type Note = {
  readonly cause: string;
  readonly since: string;
  readonly until?: string;
  readonly next: string;
};

function noteOf(analyzer: SeenAnalyzer, serverNow: number, words: Words): Note | null {
  const since = sinceOf(analyzer.since, serverNow, words);
  const next = nextTryWords(analyzer.nextTry, serverNow, words);
  switch (analyzer.state) {
    case 'failed':
      return { cause: errorWords(analyzer.error, words), since, next };
    case 'held':
      return { cause: words.heldNote, since, next };
    case 'paused': {
      const until =
        analyzer.pausedUntil === null ? '' : words.until(timeText(analyzer.pausedUntil, analyzer.pausedUntil));
      return { cause: '', since, until, next: words.pausedNote };
    }
    case 'stopped':
      return { cause: '', since, next: words.stoppedNote };
    case 'disabled':
      return { cause: words.disabledNote, since: '', next: '' };
    case 'connecting':
      return { cause: analyzer.error ? errorWords(analyzer.error, words) : words.waitsFirst, since, next };
    case 'polling':
    case 'recording':
      return unreadNote(analyzer.lastReading, words);
  }
}

/** "next try 18:05:42"; empty where nobody knows, and once that has passed: it is being tried. */
export function nextTryWords(at: string | null, serverNow: number, words: Words): string {
  return at !== null && instantOf(at) > serverNow ? words.nextTry(timeText(at, at)) : '';
}

/** It is being read, and there is nothing to show of it. */
function unreadNote(reading: SeenAnalyzer['lastReading'], words: Words): Note | null {
  if (reading === null) return { cause: words.waitsFirst, since: '', next: '' };
  if (reading.failure === null || Object.keys(reading.values).length > 0) return null;
  return { cause: errorWords(reading.failure, words), since: '', next: '' };
}

/** "no answer for 4 min; next try 18:05:42". */
export const noteText = ({ cause, since, until = '', next }: Note): string =>
  joined([[`${cause} ${since}`.trim(), until].filter((part) => part !== '').join(', '), next]);

/** "for 4 min"; empty where it is not known, or only just began. */
export function sinceOf(since: string | null, serverNow: number, words: Words): string {
  if (since === null || !Number.isFinite(instantOf(since))) return '';
  const ms = serverNow - instantOf(since);
  return ms < 5_000 ? '' : words.since(age(ms, words.now));
}

export const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('; ');
