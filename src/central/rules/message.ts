import type { OffsetAt } from '../../domain/grid.ts';
import type { EpochMs } from '../../domain/units.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { RuleWire } from '../../protocol/rule-wire.ts';
import type { Rule } from './rule.ts';
import { type Seen, SHARE_WHOLE, type Told } from './step.ts';
import { type Subject, subjectText } from './subjects.ts';

type Context = {
  readonly name: string;
  readonly rule: Rule;
  readonly subject: Subject;
  readonly now: EpochMs;
  /** Of the node. */
  readonly offsetAt: OffsetAt;
};

/** What the webhook of a rule is told. */
export function ruleWire(told: Told, { name, rule, subject, now, offsetAt }: Context): RuleWire {
  const { event, raised, seen, isLate } = told;
  const iso = (at: EpochMs) => isoTime(at, offsetAt);
  return {
    ...{ id: raised.id, event, rule: name, when: rule.when, message: sentence(told, rule, subject, offsetAt) },
    ...{ value: seen?.value ?? null, limit: seen?.limit ?? null, unit: seen?.unit ?? null },
    ...{ from: seen === null ? null : iso(seen.start), to: seen === null ? null : iso(seen.end) },
    ...{ share: seen?.share ?? null, late: isLate, since: iso(raised.since), most: raised.most.value, at: iso(now) },
    node: { id: subject.node.id, name: subject.node.name },
    analyzer: { id: subject.id, name: subject.name },
  };
}

/** For somebody who tries whether it arrives. */
export const testWire = (name: string, rule: Rule, id: string, now: EpochMs): RuleWire => ({
  ...{ id, event: 'test', rule: name, when: rule.when },
  message: `a test of the rule ${name}: nothing happened, and nothing needs to be done`,
  ...{ value: null, limit: null, unit: null, from: null, to: null, share: null, late: false },
  ...{ since: null, most: null, at: isoTime(now, () => 0), node: null, analyzer: null },
});

function sentence(
  { event, raised, seen, isLate, why }: Told,
  rule: Rule,
  subject: Subject,
  offsetAt: OffsetAt,
): string {
  const whose = subjectText(subject);
  if (seen === null) return `${whose}: ${why ?? 'it is over'}`;
  const most = `at most it was ${amount(raised.most.value, seen.unit)}`;
  const over = event === 'cleared' ? `: it is over, ${most}` : '';
  const again = event === 'repeated' ? `, since ${timeText(raised.since, offsetAt)}; ${most}` : '';
  const late = isLate ? '; its records came late' : '';
  const note = seen.note === null ? '' : `; ${seen.note}`;
  return `${whose} ${seenText(seen, rule, offsetAt)}${over}${again}${shareText(seen)}${late}${note}`;
}

/** `drew 52.3 kW in the quarter hour until 2026-11-25 10:30, above the limit of 47.5 kW (95 % of ...)`. */
export function seenText(seen: Seen, { when }: Pick<Rule, 'when'>, offsetAt: OffsetAt): string {
  const { value, limit, limitIs, unit, end, month } = seen;
  const figure = amount(value, unit);
  const is = limitIs === null ? '' : ` (${limitIs})`;
  const against = `${value > limit ? 'above' : 'not above'} the limit of ${amount(limit, unit)}${is}`;
  const until = timeText(end, offsetAt);
  switch (when) {
    case 'demand':
      return `drew ${figure} in the quarter hour until ${until}, ${against}`;
    case 'baseLoad':
      return `drew at least ${figure} in every hour of the night until ${until}, ${against}`;
    case 'cost':
      return `will have cost ${figure} at the end of ${month ?? until}, ${against}`;
  }
}

export const shareText = ({ share }: Seen): string =>
  share >= SHARE_WHOLE ? '' : `; ${Math.round(share * 100)} % of that time was seen`;

/** Money to the cent, power to the watt at most. */
const amount = (value: number, unit: string): string =>
  unit === 'kW' ? `${Number(value.toFixed(3))} kW` : `${value.toFixed(2)} ${unit}`;

const timeText = (at: EpochMs, offsetAt: OffsetAt): string =>
  new Date(at + offsetAt(at)).toISOString().slice(0, 16).replace('T', ' ');
