import { describe, expect, it } from 'vitest';
import { nextGeneration } from '../../src/domain/generation.ts';
import {
  changeSchedule,
  type Due,
  dueEvents,
  nextInstant,
  type Schedule,
  type Scheduled,
  startSchedule,
  takeDue,
} from '../../src/domain/schedule.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const utc = () => 0;
const noon = epochMs(Date.parse('2026-05-04T12:00:00Z'));
const plus = (ms: number) => epochMs(noon + ms);

const one = (change: Partial<Scheduled> = {}): Scheduled => ({
  analyzerId: 1,
  readingMs: 10_000,
  recordingMs: MINUTE,
  rapidMs: null,
  staggerMs: 0,
  ...change,
});

/** "12:00:10 read 1", "12:01:00 record 1 12:01:00", ... */
function words(due: Due): string {
  const time = (instant: EpochMs) => new Date(instant).toISOString().slice(11, 19);
  switch (due.kind) {
    case 'reading': {
      const missed = due.missed > 0 ? `, ${due.missed} missed` : '';
      const verb = due.grid === 'rapid' ? 'rapid' : 'read';
      return `${time(due.at)} ${verb} ${due.analyzerId} of ${time(due.nominal)}${missed}`;
    }
    case 'recording':
      return `${time(due.at)} record ${due.analyzerId} to ${time(due.window.end)}`;
    case 'gap':
      return `${time(due.at)} gap ${due.analyzerId} ${time(due.from)}-${time(due.to)}, ${due.windows} windows`;
    case 'clockBack':
      return `clock back from ${time(due.from)} to ${time(due.to)}`;
  }
}

/** Lets a schedule run from timer to timer, as the root machine does. */
function run(schedule: Schedule, until: EpochMs, offsetAt = utc as (instant: EpochMs) => number) {
  const events: Due[] = [];
  let now = schedule;
  for (let next = nextInstant(now); next !== null && next <= until; next = nextInstant(now)) {
    const taken = takeDue(now, next, offsetAt);
    expect(taken.events.length).toBeGreaterThan(0);
    expect(taken.events.every((each) => each.at === next)).toBe(true);
    events.push(...taken.events);
    now = taken.schedule;
  }
  return { schedule: now, events };
}

describe('what is due', () => {
  it('each instant once, the recording after the reading that closes on it', () => {
    const { events } = run(startSchedule([one({ readingMs: 20_000 })], noon, utc), plus(80_000));
    expect(events.map(words)).toEqual([
      '12:00:20 read 1 of 12:00:20',
      '12:00:40 read 1 of 12:00:40',
      '12:01:00 read 1 of 12:01:00',
      '12:01:00 record 1 to 12:01:00',
      '12:01:20 read 1 of 12:01:20',
    ]);
  });

  it('both grids of one analyzer come before its recording', () => {
    const { events } = run(startSchedule([one({ readingMs: MINUTE, rapidMs: 30_000 })], noon, utc), plus(MINUTE));
    expect(events.map(words)).toEqual([
      '12:00:30 rapid 1 of 12:00:30',
      '12:01:00 read 1 of 12:01:00',
      '12:01:00 rapid 1 of 12:01:00',
      '12:01:00 record 1 to 12:01:00',
    ]);
  });

  it('a stagger moves when a thing is done, not the instant it belongs to', () => {
    const list = [
      one({ readingMs: MINUTE, staggerMs: 500 }),
      one({ analyzerId: 2, readingMs: MINUTE, staggerMs: 1500 }),
    ];
    const { events } = run(startSchedule(list, plus(2000), utc), plus(MINUTE + 2000));
    expect(events.map((each) => [each.at - noon, each.kind, 'nominal' in each ? each.nominal - noon : null])).toEqual([
      [60_500, 'reading', 60_000],
      [60_500, 'recording', null],
      [61_500, 'reading', 60_000],
      [61_500, 'recording', null],
    ]);
  });

  it('what fell due before a stagger ended is not lost when the schedule starts in between', () => {
    const events = dueEvents([one({ readingMs: MINUTE, staggerMs: 500 })], plus(200), plus(1000), utc);
    expect(events.map(words)).toEqual(['12:00:00 read 1 of 12:00:00', '12:00:00 record 1 to 12:00:00']);
  });

  it('nothing is due, and nothing awaited, without analyzers', () => {
    const schedule = startSchedule([], noon, utc);
    expect(nextInstant(schedule)).toBeNull();
    expect(takeDue(schedule, plus(DAY), utc).events).toEqual([]);
  });

  it('analyzers that share every instant share a slot, and every schedule prints as JSON', () => {
    const list = Array.from({ length: 2000 }, (_, index) =>
      one({ analyzerId: index + 1, staggerMs: (index % 90) * 10 }),
    );
    const schedule = startSchedule(list, noon, utc);
    expect(schedule.slots).toHaveLength(90);
    expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule);
  });
});

describe('instants that were missed', () => {
  it('only the last is read, and says how many passed', () => {
    expect(dueEvents([one()], noon, plus(55_000), utc).map(words)).toEqual(['12:00:50 read 1 of 12:00:50, 4 missed']);
  });

  const jumps = [
    { what: 'a day', ms: DAY, windows: 1438 },
    { what: 'ten years', ms: 3650 * DAY, windows: 3650 * 1440 - 2 },
  ] as const;
  it.each(jumps)('F48 after a jump of $what the begun window closes, one gap is marked, one reading is due', ({
    ms,
    windows,
  }) => {
    const started = takeDue(startSchedule([one()], noon, utc), plus(15_000), utc).schedule;
    const { events, schedule } = takeDue(started, plus(15_000 + ms), utc);
    const end = new Date(plus(ms)).toISOString().slice(11, 19);
    expect(events.map(words)).toEqual([
      '12:01:00 record 1 to 12:01:00',
      `${end} gap 1 12:01:00-${end}, ${windows + 1} windows`,
      `12:00:10 read 1 of 12:00:10, ${(windows + 2) * 6 - 1} missed`,
    ]);
    expect(nextInstant(schedule)).toBe(plus(ms + 20_000));
  });

  it('F48 a window whose last instant is read now gets its record too, after the gap', () => {
    const events = dueEvents([one({ readingMs: MINUTE })], plus(1), plus(10 * MINUTE + 500), utc);
    expect(events.map(words)).toEqual([
      '12:09:00 gap 1 12:00:00-12:09:00, 9 windows',
      '12:10:00 read 1 of 12:10:00, 9 missed',
      '12:10:00 record 1 to 12:10:00',
    ]);
  });

  it('F48 a window in which nothing ran at all is part of the gap', () => {
    expect(dueEvents([one()], noon, plus(3 * MINUTE + 5000), utc).map(words)).toEqual([
      '12:02:00 gap 1 12:00:00-12:02:00, 2 windows',
      '12:03:00 read 1 of 12:03:00, 17 missed',
      '12:03:00 record 1 to 12:03:00',
    ]);
  });

  it('F48 a jump over two thousand analyzers takes no loop over what was missed', () => {
    const list = Array.from({ length: 2000 }, (_, index) =>
      one({ analyzerId: index + 1, readingMs: 1000, staggerMs: (index % 90) * 10 }),
    );
    const events = dueEvents(list, noon, plus(3650 * DAY), zoneOffset('Europe/Madrid'));
    expect(events.length).toBeLessThanOrEqual(2000 * 4);
  });
});

describe('F49 a clock that goes back', () => {
  it('is said, closes the window that it left, and comes over the same instants again', () => {
    const before = run(startSchedule([one()], noon, utc), plus(95_000));
    const { events, schedule } = takeDue(before.schedule, plus(95_000 - HOUR), utc);
    expect(events.map(words)).toEqual(['clock back from 12:01:30 to 11:01:35', '11:01:35 record 1 to 12:02:00']);
    expect(run(schedule, plus(-HOUR + 2 * MINUTE)).events.map(words)).toEqual([
      '11:01:40 read 1 of 11:01:40',
      '11:01:50 read 1 of 11:01:50',
      '11:02:00 read 1 of 11:02:00',
      '11:02:00 record 1 to 11:02:00',
    ]);
  });

  it('within the open window leaves it open, and the one before it closed', () => {
    const list = [one({ staggerMs: 800 })];
    const before = run(startSchedule(list, plus(1000), utc), plus(95_000));
    const { events, schedule } = takeDue(before.schedule, plus(60_500), utc);
    expect(events.map(words)).toEqual(['clock back from 12:01:30 to 12:01:00']);
    expect(run(schedule, plus(71_000)).events.map(words)).toEqual(['12:01:10 read 1 of 12:01:10']);
  });

  it('to 1970 is served like any other time', () => {
    const { schedule } = takeDue(startSchedule([one()], noon, utc), epochMs(5000), utc);
    expect(nextInstant(schedule)).toBe(10_000);
  });

  it('by a second or less is waited for: nothing is read twice', () => {
    const before = run(startSchedule([one()], noon, utc), plus(20_000));
    const { events, schedule } = takeDue(before.schedule, plus(19_100), utc);
    expect(events).toEqual([]);
    expect(nextInstant(schedule)).toBe(plus(30_000));
  });

  it('by many small steps is noticed in the end', () => {
    let schedule = run(startSchedule([one()], noon, utc), plus(20_000)).schedule;
    const kinds = [19_500, 19_100, 18_900].flatMap((ms) => {
      const taken = takeDue(schedule, plus(ms), utc);
      schedule = taken.schedule;
      return taken.events.map((each) => each.kind);
    });
    expect(kinds).toEqual(['clockBack']);
  });

  const recorded = [
    { end: plus(MINUTE), generation: 0 },
    { end: plus(MINUTE), generation: 1 },
    { end: plus(2 * MINUTE), generation: 0 },
  ];
  it.each([
    [MINUTE, 2],
    [2 * MINUTE, 1],
    [3 * MINUTE, 0],
  ])('a window that ends %i ms on gets generation %i', (end, generation) => {
    expect(nextGeneration(recorded, { end: plus(end) })).toBe(generation);
  });
});

describe('a list that changes while it runs', () => {
  it('hands out nothing twice and forgets nothing, whatever the staggers', () => {
    const before = run(startSchedule([one({ readingMs: MINUTE })], plus(1000), utc), plus(MINUTE)).schedule;
    const later = changeSchedule(before, [one({ readingMs: MINUTE, staggerMs: 1500 })], plus(MINUTE + 100), utc);
    expect(nextInstant(later)).toBe(plus(2 * MINUTE + 1500));
    const earlier = changeSchedule(later, [one({ readingMs: MINUTE })], plus(2 * MINUTE + 1000), utc);
    expect(takeDue(earlier, plus(2 * MINUTE + 1000), utc).events.map(words)).toEqual([
      '12:02:00 read 1 of 12:02:00',
      '12:02:00 record 1 to 12:02:00',
    ]);
  });

  it('a changed recording interval takes effect where both grids meet', () => {
    const list = [
      one({
        readingMs: MINUTE,
        recordingMs: 3 * MINUTE,
        before: { recordingMs: 2 * MINUTE, until: plus(6 * MINUTE) },
      }),
    ];
    const { events } = run(startSchedule(list, plus(2 * MINUTE), utc), plus(12 * MINUTE));
    expect(events.filter((each) => each.kind === 'recording').map(words)).toEqual([
      '12:04:00 record 1 to 12:04:00',
      '12:06:00 record 1 to 12:06:00',
      '12:09:00 record 1 to 12:09:00',
      '12:12:00 record 1 to 12:12:00',
    ]);
    expect(events.filter((each) => each.kind === 'reading')).toHaveLength(10);
  });
});
