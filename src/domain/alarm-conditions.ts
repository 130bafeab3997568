import type { Verdict } from './alarm-engine.ts';
import { type AlarmRule, type DiskLimit, QUARTER_MS } from './alarm-rules.ts';
import type { AlarmTracker, Channel } from './alarm-tracker.ts';
import { bytesText, figureText, spanText } from './alarm-words.ts';
import { FROZEN_READINGS } from './steadiness.ts';

/** What is known of an analyzer when rules are looked at. Ages are ms of lived time. */
export type AnalyzerFacts = {
  /** Why nobody wants it read now (`it is paused`); null: it is to be read. */
  readonly off: string | null;
  /** Since a reading held values, or since it is to be read. */
  readonly silentMs: number;
  /** Between two readings, on the faster of its grids. */
  readonly readingMs: number;
  readonly recordingMs: number;
  /** Why it is not read; null: no reason is known. */
  readonly cause: () => string | null;
  /** Its measured values stand still since so long; null: they move, or nobody knows. */
  readonly frozenMs: () => number | null;
  /** Its counter of energy consumed, and what must not pass unseen by it, kWh; null: there is none. */
  readonly counter: { readonly code: string; readonly unseenKwh: number } | null;
  readonly unitOf: (code: string) => string;
  readonly tracker: Pick<AlarmTracker, 'seen' | 'demand' | 'still'>;
};

export type DeviceFacts =
  | { readonly state: 'open' | 'between' }
  | { readonly state: 'off'; readonly why: string }
  | { readonly state: 'lost'; readonly cause: string };

export type DeliveryFacts = {
  readonly owed: number;
  /** Age of the oldest record that it owes, ms; 0: it owes none. */
  readonly ageMs: number;
};

export type DiskFacts = {
  /** null: it could not be asked. */
  readonly space: { readonly freeBytes: number; readonly totalBytes: number } | null;
  /** The words of a store that cannot write. */
  readonly trouble: string | null;
};

const OFF: Verdict = { kind: 'off' };
const BETWEEN: Verdict = { kind: 'between' };
const on = (message: string, value: number | null = null, ageMs = 0): Verdict => ({
  kind: 'on',
  message,
  value,
  ageMs,
});

/** A meter that is read every hour is silent after three hours, whatever the rule says. */
const SILENT_READINGS = 3;

export function judgeAnalyzer(rule: AlarmRule, facts: AnalyzerFacts): Verdict {
  if (facts.off !== null) return { kind: 'none', why: facts.off };
  switch (rule.when) {
    case 'silent':
      return silent(rule, facts);
    case 'frozen':
      return frozen(rule, facts);
    case 'above':
    case 'below':
      return isStale(facts) ? BETWEEN : beyond(rule, facts);
    case 'demand':
      return demand(rule, facts);
    case 'lineLost':
    case 'diskLow':
    case 'owed':
      return OFF;
  }
}

/** What was read before a silence is not what is now. */
const isStale = ({ silentMs, readingMs }: AnalyzerFacts): boolean => silentMs > SILENT_READINGS * readingMs;

function silent({ forMs }: AlarmRule, { silentMs, readingMs, cause }: AnalyzerFacts): Verdict {
  if (silentMs < Math.max(forMs, SILENT_READINGS * readingMs)) return OFF;
  const known = cause();
  const why = known === null ? '' : `: ${known}`;
  return on(`has not been read for ${spanText(silentMs)}${why}`, null, silentMs);
}

export const FROZEN_WORDS = 'every measured value has been the same for hours though it answers: check the meter';

function frozen(rule: AlarmRule, facts: AnalyzerFacts): Verdict {
  const { frozenMs, counter, tracker } = facts;
  if (rule.variable !== null) {
    const still = tracker.still(rule.variable);
    if (still === null || isStale(facts)) return BETWEEN;
    if (still.stillMs < rule.forMs || still.readings < 2) return OFF;
    return on(`${rule.variable} has been the same for ${spanText(still.stillMs)}`, null, still.stillMs);
  }
  const allMs = frozenMs();
  if (allMs !== null && allMs >= rule.forMs) return on(FROZEN_WORDS, null, allMs);
  const still = counter === null ? null : tracker.still(counter.code);
  if (counter === null || still === null || still.kwh === null) return isStale(facts) ? BETWEEN : OFF;
  const isLong = still.stillMs >= rule.forMs && still.readings >= FROZEN_READINGS;
  if (!isLong || still.kwh < counter.unseenKwh) return isStale(facts) ? BETWEEN : OFF;
  const drawn = `${figureText(still.kwh)} kWh were measured in ${spanText(still.stillMs)}`;
  return on(`its energy counter (${counter.code}) stands still though ${drawn}: check the meter`, null, still.stillMs);
}

/** The channel that a rule about a value looks at. */
export function channelOf({ when, variable, index }: AlarmRule): Channel | null {
  if (variable === null || (when !== 'above' && when !== 'below')) return null;
  return { code: variable, index, worst: when === 'above' ? 'greatest' : 'least' };
}

function beyond(rule: AlarmRule, { tracker, unitOf }: AnalyzerFacts): Verdict {
  const channel = channelOf(rule);
  const seen = channel === null ? null : tracker.seen(channel);
  const { limit, forMs } = rule;
  if (channel === null || seen === null || limit === null) return BETWEEN;
  const sign = rule.when === 'above' ? 1 : -1;
  const isBeyond = (value: number) => sign * (value - limit) > 0;
  const [peak, floor] = sign > 0 ? [seen.greatest, seen.least] : [seen.least, seen.greatest];
  // what must last must be so in every reading
  if (isBeyond(forMs === 0 ? peak : floor)) {
    const value = forMs === 0 ? peak : seen.last;
    const found = unitOf(channel.code);
    // a ratio has none
    const unit = found === '1' ? '' : found;
    const where = channel.index === null ? channel.code : `${channel.code} (value ${channel.index + 1})`;
    const shown = (number: number) => `${figureText(number)} ${unit}`.trim();
    return on(`${where} is ${shown(value)}, ${rule.when} ${shown(limit)}`, value);
  }
  return sign * (seen.last - (rule.clear ?? limit)) <= 0 ? OFF : BETWEEN;
}

function demand(rule: AlarmRule, { tracker, recordingMs }: AnalyzerFacts): Verdict {
  const intervalMs = demandMsOf(rule, recordingMs);
  const found = tracker.demand(intervalMs);
  const { limit } = rule;
  if (found === null || limit === null) return BETWEEN;
  const { certainKw, lastKw, lastEnd } = found;
  const words = (kw: number, of: string) =>
    on(`the mean power of ${of} is ${figureText(kw)} kW, above ${figureText(limit)} kW`, kw);
  if (certainKw > limit) return words(certainKw, `these ${spanText(intervalMs)}, which are not over,`);
  if (lastEnd === null || lastKw === null) return BETWEEN;
  if (lastKw > limit) return words(lastKw, spanText(intervalMs));
  return lastKw <= (rule.clear ?? limit) ? OFF : BETWEEN;
}

export const demandMsOf = ({ demandMs, when }: AlarmRule, recordingMs: number): number =>
  when === 'demand' ? (demandMs ?? recordingMs) : QUARTER_MS;

export function judgeDevice(facts: DeviceFacts): Verdict {
  switch (facts.state) {
    case 'open':
      return OFF;
    case 'between':
      return BETWEEN;
    case 'off':
      return { kind: 'none', why: facts.why };
    case 'lost':
      return on(`is not open: ${facts.cause}`);
  }
}

export function judgeDelivery({ forMs }: AlarmRule, { owed, ageMs }: DeliveryFacts): Verdict {
  if (owed === 0 || ageMs < forMs) return OFF;
  const wait = owed === 1 ? '1 record waits' : `${owed} records wait`;
  return on(`${wait}, the oldest for ${spanText(ageMs)}`, owed, ageMs);
}

/** A disk that was low has room again when it has a tenth more than that. */
const ROOM = 1.1;

export function judgeDisk({ disk }: AlarmRule, { space, trouble }: DiskFacts): Verdict {
  if (trouble !== null) return on(trouble);
  if (space === null || disk === null) return OFF;
  const limit = limitBytes(disk, space.totalBytes);
  if (space.freeBytes < limit) {
    const share =
      space.totalBytes > 0 ? `${figureText(Math.floor((1000 * space.freeBytes) / space.totalBytes) / 10)} %, ` : '';
    const left = `the disk of the data folder has ${share}${bytesText(space.freeBytes)} left`;
    return on(`${left}, less than ${bytesText(limit)}: make room, or records cannot be kept`, space.freeBytes);
  }
  return space.freeBytes >= ROOM * limit ? OFF : BETWEEN;
}

function limitBytes({ percent, mostBytes }: DiskLimit, totalBytes: number): number {
  const share = percent === null ? Number.POSITIVE_INFINITY : (percent / 100) * totalBytes;
  return Math.min(share, mostBytes ?? Number.POSITIVE_INFINITY);
}
