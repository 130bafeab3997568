import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlarmEvent,
  type AlarmState,
  type AlarmWatch,
  stepAlarms,
  type Verdict,
} from '../../src/domain/alarm-engine.ts';
import { type AlarmRule, plainRule } from '../../src/domain/alarm-rules.ts';
import { epochMs } from '../../src/domain/units.ts';

const MINUTE = 60_000;
const UTC = () => 0;
const NOON = Date.UTC(2026, 4, 4, 12);
const ACT: AlarmRule['actions'] = [{ kind: 'command', argv: ['tell'], folder: '/' }];

const ruleOf = (change: Partial<AlarmRule> = {}): AlarmRule => ({
  ...plainRule('above'),
  ...{ name: 'volts', variable: 'TPF', limit: 250, clear: 245, actions: ACT },
  ...change,
});
const watchOf = (rule: AlarmRule): AlarmWatch => ({
  key: `${rule.name}|analyzer:1`,
  rule,
  subject: { kind: 'analyzer', id: 1 },
});

const ON: Verdict = { kind: 'on', message: 'is too high', value: 251, ageMs: 0 };
const VERDICTS: Readonly<Record<string, Verdict>> = {
  '+': ON,
  '-': { kind: 'off' },
  '~': { kind: 'between' },
  '0': { kind: 'none', why: 'it is paused' },
};

/** What is told at each minute: R, r (raised), P, p (repeated), C, c (cleared); capitals act, small ones only say. */
function story(verdicts: string, rule: AlarmRule, start = NOON): string {
  const watch = watchOf(rule);
  let state: AlarmState = new Map();
  return [...verdicts]
    .map((letter, minute) => {
      const judged = letter === 'x' ? [] : [{ watch, verdict: VERDICTS[letter]! }];
      const time = { now: epochMs(start + minute * MINUTE), lived: minute * MINUTE, offsetAt: UTC };
      const stepped = stepAlarms(state, judged, time);
      state = stepped.state;
      return stepped.events.map(lettersOf).join('') || '.';
    })
    .join('');
}

function lettersOf({ what, says, acts }: AlarmEvent): string {
  const letter = { raised: 'r', repeated: 'p', cleared: 'c' }[what];
  if (acts && says) return letter.toUpperCase();
  return acts ? `${letter.toUpperCase()}!` : letter;
}

describe('an alarm', () => {
  it.each([
    ['is raised and ends', '-+++--', {}, '.R..C.'],
    ['within its hysteresis it stays, and none begins', '~+~~-~+', {}, '.R..C.R'],
    ['must last for its time', '++++-', { forMs: 3 * MINUTE }, '...RC'],
    ['that did not last is none, nor is one whose time is cut', '++-++~++++-', { forMs: 3 * MINUTE }, '.........RC'],
    ['is repeated while it lasts, also within its hysteresis', '+++~+-', { repeatMs: 2 * MINUTE }, 'R.P.PC'],
    ['of whom nobody watches ends', '+0-', {}, 'RC.'],
    ['of a rule that is gone ends', '+xx', {}, 'RC.'],
    ['that nobody judged does not begin', 'x0', {}, '..'],
  ] as const)('%s', (_, verdicts, change, told) => expect(story(verdicts, ruleOf(change))).toBe(told));

  it('keeps since when it is so, and what was found last', () => {
    const watch = watchOf(ruleOf({ forMs: 2 * MINUTE }));
    let state: AlarmState = new Map();
    for (const minute of [0, 1, 2]) {
      const verdict: Verdict = { ...ON, kind: 'on', value: 251 + minute };
      const time = { now: epochMs(NOON + minute * MINUTE), lived: minute * MINUTE, offsetAt: UTC };
      state = stepAlarms(state, [{ watch, verdict }], time).state;
    }
    expect([...state.values()]).toMatchObject([{ phase: 'raised', since: NOON, value: 253, isTold: true }]);
  });

  it('goes on over a reload by the name of its rule, whatever else the rule says then', () => {
    const first = stepAlarms(new Map(), [{ watch: watchOf(ruleOf()), verdict: ON }], {
      now: epochMs(NOON),
      lived: 0,
      offsetAt: UTC,
    });
    const watch = watchOf(ruleOf({ limit: 249, repeatMs: MINUTE }));
    const next = stepAlarms(first.state, [{ watch, verdict: ON }], {
      now: epochMs(NOON + MINUTE),
      lived: MINUTE,
      offsetAt: UTC,
    });
    expect(next.events).toMatchObject([{ what: 'repeated', alarm: { watch: { rule: { limit: 249 } } } }]);
  });
});

describe('quiet hours', () => {
  const quiet = [{ from: 12 * 60 + 2, to: 12 * 60 + 5 }];
  it.each([
    ['hold back what begins in them until they end', '--+++++-', '..r..R!.C'],
    ['say nothing of what begins and ends in them', '--++-----', '..r.c....'],
    ['hold back the end of what was told', '+++-----', 'R..c.C!..'],
    ['tell nothing of what ends and begins again in them', '++-+++++', 'R.cr....'],
    ['leave out an end that nobody waits for: it began again after them', '++-~~~+-', 'R.c..C!RC'],
    ['of a rule that goes in them, the end is told after them', '++xxxxxx', 'R.c..C!..'],
  ] as const)('%s', (_, verdicts, told) => expect(story(verdicts, ruleOf({ quiet }))).toBe(told));

  it('hold back repeats, which the log has all the same', () =>
    expect(story('++++++++', ruleOf({ quiet, repeatMs: MINUTE }))).toBe('RPpppPPP'));
});

describe('whatever is found, and whatever the wall clock does', () => {
  const letters = fc.array(fc.constantFrom('+', '-', '~', '0', 'x'), { maxLength: 80 });
  const rule = fc.record({
    forMs: fc.constantFrom(0, MINUTE, 5 * MINUTE),
    repeatMs: fc.constantFrom(null, 2 * MINUTE),
    quiet: fc.constantFrom([], [{ from: 725, to: 740 }], [{ from: 1430, to: 730 }]),
  });
  const run = (verdicts: readonly string[], change: Partial<AlarmRule>, walls: (minute: number) => number) => {
    const watch = watchOf(ruleOf(change));
    let state: AlarmState = new Map();
    const all: AlarmEvent[] = [];
    verdicts.forEach((letter, minute) => {
      const judged = letter === 'x' ? [] : [{ watch, verdict: VERDICTS[letter]! }];
      const time = { now: epochMs(walls(minute)), lived: minute * MINUTE, offsetAt: UTC };
      const stepped = stepAlarms(state, judged, time);
      state = stepped.state;
      all.push(...stepped.events);
    });
    return { state, all };
  };

  it('raising and ending take turns, in the log and for those who are told', () => {
    fc.assert(
      fc.property(
        letters,
        rule,
        fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 80 }),
        (verdicts, change, jumps) => {
          const { all } = run(verdicts, change, (minute) => NOON + minute * MINUTE + (jumps[minute] ?? 0));
          for (const told of [all.filter(({ says }) => says), all.filter(({ acts }) => acts)]) {
            let isRaised = false;
            for (const { what } of told) {
              expect(isRaised).toBe(what !== 'raised');
              isRaised = what !== 'cleared';
            }
          }
        },
      ),
    );
  });

  it('a clock that jumps changes nothing of what the log says', () => {
    const said = (events: readonly AlarmEvent[]) =>
      events.filter(({ says }) => says).map(({ what, lastedMs }) => [what, lastedMs]);
    fc.assert(
      fc.property(
        letters,
        rule,
        fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 80 }),
        (verdicts, change, jumps) => {
          const straight = run(verdicts, { ...change, quiet: [] }, (minute) => NOON + minute * MINUTE);
          const jumping = run(verdicts, { ...change, quiet: [] }, (minute) => NOON + (jumps[minute] ?? 0));
          expect(said(jumping.all)).toEqual(said(straight.all));
        },
      ),
    );
  });

  it('what is on for its time is raised, and what is off is not', () => {
    fc.assert(
      fc.property(letters, rule, (verdicts, change) => {
        const minutes = change.forMs / MINUTE;
        const on = [...verdicts, ...'+'.repeat(minutes + 1)];
        expect([...run(on, change, () => NOON).state.values()]).toMatchObject([{ phase: 'raised' }]);
        expect(run([...verdicts, '-'], { ...change, quiet: [] }, () => NOON).state.size).toBe(0);
      }),
    );
  });
});
