import { describe, expect, it } from 'vitest';
import { dueOf, judge, type Looked } from '../../../src/central/rules/due.ts';
import type { Rule } from '../../../src/central/rules/rule.ts';
import { type Finding, newState, type RuleState, type Seen } from '../../../src/central/rules/step.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { RULE } from './sample-rule.ts';

const QUARTER_MS = 900_000;
const T = Date.parse('2026-01-10T10:00:00Z');
const UTC = () => 0;
/** The quarter hour that ends `n` of them after ten o'clock. */
const window = (n: number) => ({ start: epochMs(T + (n - 1) * QUARTER_MS), end: epochMs(T + n * QUARTER_MS) });

const seen = (n: number, value: number, share = 1): Seen => ({
  ...{ ...window(n), value, limit: 50, share, limitIs: null, unit: 'kW', month: null, note: null },
});
const looked = (n: number, value: number, share = 1): Looked => {
  return { window: window(n), finding: { kind: 'seen', seen: seen(n, value, share) } };
};
const unknown = (n: number, share = 0): Looked => ({
  window: window(n),
  finding: { kind: 'unknown', why: 'there are no records of it', share } satisfies Finding,
});

type Looks = { readonly fresh?: readonly Looked[]; readonly late?: readonly Looked[] };

/** Judges at an instant, in quarter hours after ten o'clock. */
function at(n: number, before: RuleState | null, { fresh = [], late = [] }: Looks, rule: Rule = RULE) {
  let made = 0;
  const { clearPercent, repeatMs } = rule;
  const makeId = () => {
    made += 1;
    return `id ${n} ${made}`;
  };
  const { state, told } = judge(before, { fresh, late }, { clearPercent, repeatMs, now: window(n).end, rule, makeId });
  return { state, told, events: told.map(({ event, seen: of }) => [event, of?.value]) };
}

const BEGUN = newState(window(0).end);

describe('an alarm of a rule', () => {
  it('is raised once, stays between its limit and where it is over, and is cleared once', () => {
    const values = [40, 51, 60, 49, 47.6, 47.5, 30, 52];
    const { events, state } = at(8, BEGUN, { fresh: values.map((value, index) => looked(index + 1, value)) });
    expect(events).toEqual([
      ['raised', 51],
      ['cleared', 47.5],
      ['raised', 52],
    ]);
    expect(state).toMatchObject({ judgedUntil: window(8).end, open: [], raised: { since: window(8).end } });
  });

  it('exactly at the limit is not above it', () => {
    expect(at(1, BEGUN, { fresh: [looked(1, 50)] }).events).toEqual([]);
  });

  it('keeps its id and its most until it is over', () => {
    const first = at(2, BEGUN, { fresh: [looked(1, 51), looked(2, 63)] });
    const second = at(3, first.state, { fresh: [looked(3, 10)] });
    expect(second.told).toMatchObject([
      { event: 'cleared', raised: { id: first.told[0]?.raised.id, most: { value: 63, end: window(2).end } } },
    ]);
  });

  it('is said again where its rule says so, and only while it is above the limit', () => {
    const rule = { ...RULE, repeatMs: 2 * QUARTER_MS };
    let { state } = at(1, BEGUN, { fresh: [looked(1, 60)] }, rule);
    const events = [2, 3, 4, 5, 6, 7].map((n) => {
      const step = at(n, state, { fresh: [looked(n, n === 5 ? 49 : 60)] }, rule);
      state = step.state;
      return step.events.map(([event]) => event);
    });
    expect(events).toEqual([[], ['repeated'], [], [], ['repeated'], []]);
  });

  it('nothing known changes nothing, and says why', () => {
    const raised = at(1, BEGUN, { fresh: [looked(1, 60)] }).state;
    const { state, events } = at(4, raised, { fresh: [unknown(2)] });
    expect(events).toEqual([]);
    expect(state).toMatchObject({ why: 'there are no records of it', raised: { since: window(1).end } });
  });
});

describe('a window that is not whole', () => {
  it('is waited for, and those after it wait too', () => {
    const { state, events } = at(
      2,
      BEGUN,
      { fresh: [looked(1, 60, 0.9), looked(2, 60)] },
      { ...RULE, graceMs: 1_000_000 },
    );
    expect({ events, until: state.judgedUntil }).toEqual({ events: [], until: window(0).end });
  });

  it('is judged after the grace by what is there, which is told', () => {
    const { told, state } = at(2, BEGUN, { fresh: [looked(1, 60, 0.8)] });
    expect(told).toMatchObject([{ event: 'raised', seen: { share: 0.8 }, isLate: false }]);
    expect(state.open).toEqual([{ end: window(1).end, isOver: true }]);
  });

  it('of which less than half is known is not judged', () => {
    const { events, state } = at(2, BEGUN, { fresh: [looked(1, 60, 0.4)] });
    expect(events).toEqual([]);
    expect(state).toMatchObject({ why: 'only 40 % of it is known', open: [{ end: window(1).end, isOver: false }] });
  });

  it('is judged when its records come late: it begins an alarm, and says that it is late', () => {
    const { state } = at(3, BEGUN, { fresh: [unknown(1), looked(2, 10), looked(3, 10)] });
    const late = at(9, state, { late: [looked(1, 70)] });
    expect(late.told).toMatchObject([{ event: 'raised', isLate: true, raised: { since: window(1).end } }]);
    expect(late.state).toMatchObject({ open: [], last: { end: window(3).end } });
    expect(at(10, late.state, { fresh: [looked(10, 10)] }).events).toEqual([['cleared', 10]]);
  });

  it('ends no alarm when it comes late, and is not told twice', () => {
    const { state } = at(3, BEGUN, { fresh: [looked(1, 60, 0.8), unknown(2), looked(3, 60)] });
    expect(at(4, state, { late: [looked(1, 60), looked(2, 10)] })).toMatchObject({
      ...{ events: [], state: { open: [], raised: { since: window(1).end } } },
    });
  });

  it('is looked for for two days', () => {
    const { state } = at(3, BEGUN, { fresh: [unknown(1)] });
    expect(at(191, state, {}).state.open).toHaveLength(1);
    expect(at(194, state, {}).state.open).toEqual([]);
  });
});

describe('what is due', () => {
  it('at first the last window that is over', () => {
    expect(dueOf(null, RULE, epochMs(T + 1), UTC)).toEqual({ fresh: [window(0)], late: [] });
  });

  it('then what has passed since, and what is open', () => {
    const state = { ...BEGUN, open: [{ end: window(-3).end, isOver: false }] };
    expect(dueOf(state, RULE, epochMs(window(2).end + 5), UTC)).toEqual({
      fresh: [window(1), window(2)],
      late: [window(-3)],
    });
  });

  it('after a long stop the last two days', () => {
    const { fresh } = dueOf(newState(epochMs(T - 30 * 86_400_000)), RULE, epochMs(T), UTC);
    expect(fresh).toHaveLength(192);
  });

  it('of a forecast the newest alone', () => {
    const rule = { ...RULE, when: 'cost' as const };
    const six = Date.parse('2026-01-10T06:00:00Z');
    expect(dueOf(newState(epochMs(T - 86_400_000)), rule, epochMs(T), UTC).fresh.map(({ end }) => end)).toEqual([six]);
    expect(dueOf(newState(epochMs(six)), rule, epochMs(T), UTC).fresh).toEqual([]);
  });

  it('a clock that was ahead, and is set right, stops nothing', () => {
    const ahead = newState(epochMs(T + 400 * 86_400_000));
    const { fresh } = dueOf(ahead, RULE, epochMs(T + 1), UTC);
    expect(fresh).toEqual([window(0)]);
    expect(at(0, ahead, { fresh: [looked(0, 10)] }).state.judgedUntil).toBe(window(0).end);
  });
});
