import type { NewEvent } from '../central/cost/ports.ts';
import { LectorError } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import { parseLocalTime } from '../domain/local-time.ts';
import { safe } from '../domain/safe.ts';
import type { AnalyzerId, EpochMs, VariableCode } from '../domain/units.ts';
import { TEXT_MAX } from '../tariff/events.ts';

/** What `lector event add` and `lector central event add` are told of an event. */
export type EventWords = {
  /** Local times. */
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  /** Counters of an exchange, in their own unit. */
  readonly old?: string;
  readonly new?: string;
  /** Which counter; that of imported energy unless given. */
  readonly counter?: string;
  readonly text?: string;
};

const KINDS = ['exchange', 'maintenance', 'note'] as const;
type EventKind = (typeof KINDS)[number];

/** Throws USAGE for what is none. */
export function eventKind(word: string): EventKind {
  const kind = KINDS.find((each) => each === word);
  if (kind !== undefined) return kind;
  throw new LectorError('USAGE', `expected one of ${KINDS.join(', ')}, saw "${safe(word, 40)}"`);
}

export type AskedEvent = {
  readonly kind: EventKind;
  readonly analyzerId: AnalyzerId;
  readonly options: EventWords;
  /** That of an exchange; null: of imported energy. */
  readonly counter: VariableCode | null;
  /** Of the clocks that people enter times by. */
  readonly offsetAt: OffsetAt;
  readonly now: EpochMs;
};

/** An event as it was told, without a number yet. Throws USAGE in words. */
export function eventOf({ kind, analyzerId, options, counter, offsetAt, now }: AskedEvent): NewEvent {
  const text = options.text?.trim() ?? '';
  if (text.length > TEXT_MAX) {
    throw new LectorError('USAGE', `--text: expected at most ${TEXT_MAX} characters, saw ${text.length}`);
  }
  const base = { analyzerId, text };
  const time = (name: 'at' | 'from' | 'to') => timeOf(name, options[name], offsetAt);
  switch (kind) {
    case 'exchange': {
      const at = time('at');
      return { ...base, kind, at, old: numberOf('old', options.old), new: numberOf('new', options.new), counter };
    }
    case 'maintenance': {
      const [from, to] = [time('from'), time('to')];
      if (from >= to) throw new LectorError('USAGE', 'expected --to after --from');
      return { ...base, kind, from, to };
    }
    case 'note':
      if (text === '') throw new LectorError('USAGE', 'expected --text with what should be known');
      return { ...base, kind, at: options.at === undefined ? now : time('at') };
  }
}

function timeOf(name: string, word = '', offsetAt: OffsetAt): EpochMs {
  const instant = parseLocalTime(word, offsetAt);
  if (instant !== null && instant >= 0) return instant;
  const expected = instant === null ? 'a time such as "2026-11-25 14:30"' : 'a time from 1970 on';
  throw new LectorError('USAGE', `--${name}: expected ${expected}, saw "${safe(word, 40)}"`);
}

function numberOf(name: string, word = ''): number {
  const value = word.trim() === '' ? Number.NaN : Number(word.replace(',', '.'));
  // no counter shows less than nothing
  if (Number.isFinite(value) && value >= 0) return value;
  throw new LectorError(
    'USAGE',
    `--${name}: expected what the counter showed, such as 10342.5, saw "${safe(word, 40)}"`,
  );
}
