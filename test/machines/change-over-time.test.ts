import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzerName, deviceName } from '../../machines/events.ts';
import { createPlant, type Layout, SECOND, TRUTH } from './plant-bench.ts';

type Plant = Awaited<ReturnType<typeof createPlant>>;

/** 1 has a line of its own, 2 shares one; nobody ever gives them an order. */
const UNTOUCHED = { 1: { deviceId: 1, readingMs: SECOND }, 2: { deviceId: 2, readingMs: SECOND } } as const;
const FIRST: Layout = {
  ...UNTOUCHED,
  3: { deviceId: 2, readingMs: SECOND },
  4: { deviceId: 2, readingMs: 2 * SECOND },
  5: { deviceId: 3, readingMs: SECOND },
};

const touched = fc.constantFrom(3, 4, 5, 6);
const by = fc.constantFrom('analyzer', 'line');
const order = fc.oneof(
  fc.record({
    kind: fc.constant('command'),
    id: touched,
    command: fc.oneof(
      by.map((each) => ({ type: 'PAUSE', until: null, by: each }) as const),
      fc.constantFrom({ type: 'RESUME' } as const, { type: 'RESUME', by: 'line' } as const),
      fc.constantFrom({ type: 'STOP' } as const, { type: 'START' } as const),
      fc.constantFrom({ type: 'IDENTIFY' } as const, { type: 'READ_NOW' } as const, { type: 'READ_NOW' } as const),
    ),
  }),
  fc.record({
    kind: fc.constant('change'),
    id: touched,
    deviceId: fc.constantFrom(2, 3),
    seconds: fc.constantFrom(1, 2),
  }),
  fc.record({ kind: fc.constant('remove'), id: touched }),
  fc.record({ kind: fc.constant('restart'), name: fc.constantFrom(...[3, 4, 5, 6].map(analyzerName), deviceName(3)) }),
  fc.record({ kind: fc.constant('silence'), id: fc.constantFrom(5, 6) }),
  fc.record({ kind: fc.constant('lost'), deviceId: fc.constant(3) }),
);
type Order = typeof order extends fc.Arbitrary<infer T> ? T : never;

/** Readings that are due to each analyzer that is read, and those that an order may have broken off without a trace. */
function watchDue(plant: Plant) {
  const due: { readonly id: number; readonly nominal: number }[] = [];
  const excused = new Set<string>();
  return {
    due,
    excused,
    note(id: number, nominal: number) {
      if (!['paused', 'stopped', 'none'].includes(plant.link(id))) due.push({ id, nominal });
    },
    excuse(id: number) {
      const open = due.filter((each) => each.id === id && !plant.instantsOf(id).includes(each.nominal));
      for (const each of open) excused.add(`${id}/${each.nominal}`);
    },
  };
}

async function carryOut(plant: Plant, layout: Layout, given: Order): Promise<Layout> {
  switch (given.kind) {
    case 'command':
      await plant.send({ type: 'COMMAND', analyzerId: given.id, command: given.command });
      return layout;
    case 'change': {
      const next = { ...layout, [given.id]: { deviceId: given.deviceId, readingMs: given.seconds * SECOND } };
      await plant.change(next);
      return next;
    }
    case 'remove': {
      const next = Object.fromEntries(Object.entries(layout).filter(([id]) => Number(id) !== given.id));
      await plant.change(next);
      return next;
    }
    case 'restart':
      await plant.change(layout, [given.name]);
      return layout;
    case 'silence':
      if (!plant.silent.delete(given.id)) plant.silent.add(given.id);
      return layout;
    case 'lost':
      await plant.loseLine(given.deviceId);
      return layout;
  }
}

const isBreaking = (given: Order): boolean =>
  given.kind === 'remove' || (given.kind === 'command' && ['PAUSE', 'STOP'].includes(given.command.type));

describe('whatever is ordered and changed', () => {
  it('who is not meant misses nothing; each due instant has one reading; a line does one thing at a time', async () => {
    const orders = fc.array(fc.tuple(order, fc.integer({ min: 1, max: 1500 })), { minLength: 5, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(orders, async (given) => {
        const plant = await createPlant(FIRST);
        const watch = watchDue(plant);
        const seen = plant.root.system.inspect((event) => {
          if (event.type !== '@xstate.event' || event.event.type !== 'READ') return;
          const id = [1, 2, 3, 4, 5, 6].find((each) => plant.root.system.get(analyzerName(each)) === event.actorRef);
          if (id !== undefined) watch.note(id, event.event.due.nominal);
        });
        let layout = FIRST;
        const start = plant.clock.now();
        for (const [each, waitMs] of given) {
          if (isBreaking(each) && 'id' in each) watch.excuse(each.id);
          layout = await carryOut(plant, layout, each);
          await plant.clock.advance(waitMs);
        }
        // what is under way ends
        plant.silent.clear();
        const end = plant.clock.now();
        await plant.clock.advance(3 * SECOND);
        seen.unsubscribe();

        expect(plant.wrongs).toEqual([]);
        for (const id of [1, 2]) {
          const first = Math.ceil(start / SECOND) * SECOND;
          const instants = Array.from({ length: Math.floor((end - first) / SECOND) }, (_, n) => first + n * SECOND);
          const read = plant.instantsOf(id);
          expect(instants.filter((nominal) => !read.includes(nominal))).toEqual([]);
          // the first one is due before the meter is known
          const good = plant.instantsOf(id, ({ failure }) => failure === null);
          expect(instants.slice(1).filter((nominal) => !good.includes(nominal))).toEqual([]);
        }
        for (const id of [1, 2, 3, 4, 5, 6]) {
          const read = plant.instantsOf(id);
          expect(read.length, `analyzer ${id} has each instant once`).toBe(new Set(read).size);
          const own = watch.due.filter((each) => each.id === id && each.nominal <= end - SECOND);
          const lost = own.filter(({ nominal }) => !read.includes(nominal) && !watch.excused.has(`${id}/${nominal}`));
          expect(lost).toEqual([]);
        }
        for (const { analyzerId, values } of plant.readings) {
          for (const [code, [value = null]] of Object.entries(values)) {
            expect([null, analyzerId * 1000 + TRUTH[code]!]).toContain(value);
          }
        }
        plant.root.stop();
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
