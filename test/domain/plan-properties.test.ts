import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/domain/plan.ts';
import { type MeterPlans, planMeter } from '../../src/domain/plan-blocks.ts';
import { registersMs, runsOf } from '../../src/domain/plan-runs.ts';
import type { Profile, Register } from '../../src/domain/profile.ts';
import type { ModbusSource } from '../../src/domain/raw-value.ts';
import { type Learnt, NOTHING_LEARNT, type Placed, registerMap } from '../../src/domain/register-map.ts';
import { reservedRead } from '../../src/domain/reserved-read.ts';
import { GROUPS, wantedOf } from '../../src/domain/wanted.ts';
import { PACE, profileOf, registerAt } from '../support/profile.ts';

type RegisterBlock = Extract<Block, { kind: 'registers' }>;
type Case = {
  readonly profile: Profile;
  readonly consultes: readonly string[];
  readonly rapidConsultes: readonly string[];
  readonly learnt: Learnt;
};

const TYPES = { 1: 'u16', 2: 'u32', 4: 'u64' } as const;

/** Registers with holes between them, in both functions, and what a meter may have refused of them. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    step: fc.constantFrom(1 as const, 2 as const),
    holes: fc.constantFrom('legal' as const, 'unknown' as const, 'illegal' as const),
    registersMax: fc.constantFrom(4, 10, 16, 125),
    lines: fc.array(
      fc.record({
        gap: fc.constantFrom(0, 0, 0, 0, 2, 4, 16, 40),
        words: fc.constantFrom(1 as const, 2 as const, 2 as const, 4 as const),
        fn: fc.constantFrom(3 as const, 3 as const, 4 as const),
        optional: fc.boolean(),
        use: fc.constantFrom('normal', 'normal', 'both', 'rapid', 'status', 'once', 'none', 'exponent', 'refused'),
        isSplit: fc.constantFrom(false, false, false, true),
      }),
      { minLength: 1, maxLength: 24 },
    ),
    reserved: fc.record({ fn: fc.constantFrom(3 as const, 4 as const), count: fc.integer({ min: 1, max: 6 }) }),
    hasSignature: fc.boolean(),
  })
  .map(({ step, holes, registersMax, lines, reserved, hasSignature }) => {
    const next = { 3: 100, 4: 100 };
    const registers = lines.map((line, n): Register => {
      const words = step === 2 && line.words === 1 ? 2 : line.words;
      const address = next[line.fn] + line.gap;
      next[line.fn] = address + words;
      return registerAt(`r${n}`, address, {
        optional: line.optional,
        source: { type: TYPES[words], words, function: line.fn },
        exponentRegister: line.use === 'normal' && lines.some(({ use }) => use === 'exponent') ? exponentId : null,
      });
    });
    const used = (...uses: readonly string[]) =>
      registers.flatMap(({ id }, n) => (uses.includes(lines[n]?.use ?? '') ? [id] : []));
    const exponent = used('exponent')[0] ?? null;
    const profile = profileOf(
      registers.map((register) => ({
        ...register,
        exponentRegister: register.exponentRegister === null ? null : exponent,
      })),
      {
        limits: { registersMax, step, holes, timeoutMs: null },
        reserved: { kind: 'registers', function: reserved.fn, address: 100, count: reserved.count },
        signature: hasSignature ? { register: 'r0', range: [0, 1] } : null,
        status: used('status'),
        once: used('once'),
      },
    );
    const splits = registers.flatMap(({ source }, n) => (lines[n]?.isSplit ? [(source as ModbusSource).address] : []));
    return {
      profile,
      consultes: used('normal', 'both', 'refused'),
      rapidConsultes: used('rapid', 'both'),
      learnt: { splits, refused: used('refused'), base: 0 },
    };
  });
const exponentId = 'exponent';

const planOf = ({ profile, consultes, rapidConsultes, learnt }: Case): MeterPlans =>
  planMeter({ profile, consultes, rapidConsultes, withStatus: true, invert: false, pace: PACE, identity: learnt });
const registerBlocks = (blocks: readonly Block[]) =>
  blocks.filter((block): block is RegisterBlock => block.kind === 'registers');
const requests = (plans: MeterPlans) =>
  GROUPS.flatMap((group) => registerBlocks(plans[group].blocks).map((block, n, all) => ({ block, n, all })));
const isSeparator = (block: RegisterBlock | undefined) => block !== undefined && block.registers.length === 0;
const sourceOf = (profile: Profile, id: string) =>
  profile.registers.find((each) => each.id === id)?.source as ModbusSource;

const RUNS = { numRuns: 400 };

describe('whatever the map and the codes, a plan', () => {
  it('covers each wanted register exactly once, whole', () => {
    fc.assert(
      fc.property(cases, (each) => {
        const plans = planOf(each);
        const wanted = wantedOf({ ...each, withStatus: true, invert: false, refused: each.learnt.refused });
        for (const group of GROUPS) {
          const blocks = registerBlocks(plans[group].blocks);
          const read = blocks.flatMap(({ registers }) => registers);
          const planned = wanted[group].filter((id) => !plans.unplannable.includes(id));
          expect([...read].sort()).toEqual([...planned].sort());
          for (const { registers, address, count, function: fn } of blocks) {
            for (const id of registers) {
              const source = sourceOf(each.profile, id);
              expect(source.function).toBe(fn);
              expect(source.address).toBeGreaterThanOrEqual(address);
              expect(source.address + source.words).toBeLessThanOrEqual(address + count);
            }
          }
        }
      }),
      RUNS,
    );
  });

  it('keeps to what the meter may be asked: length, step, holes, splits, refused registers', () => {
    fc.assert(
      fc.property(cases, (each) => {
        const { limits, registers } = each.profile;
        for (const { block } of requests(planOf(each))) {
          if (isSeparator(block)) continue;
          const { address, count, function: fn } = block;
          expect(count).toBeLessThanOrEqual(limits.registersMax);
          expect(count % limits.step).toBe(0);
          const own = registers.flatMap(({ id, source }) =>
            source.kind === 'modbus' && source.function === fn
              ? [{ id, start: source.address, end: source.address + source.words }]
              : [],
          );
          const isEdge = (at: number) => !own.some(({ start, end }) => start < at && at < end);
          const split = each.learnt.splits.filter((at) => at > address && at < address + count && isEdge(at));
          expect(split).toEqual([]);
          const ends = own.flatMap(({ start, end }) => [start, end]);
          expect(address).toBeGreaterThanOrEqual(Math.min(...ends));
          expect(address + count).toBeLessThanOrEqual(Math.max(...ends));
          for (let at = address; at < address + count; at += 1) {
            const holder = own.find(({ start, end }) => start <= at && at < end);
            if (holder === undefined) expect(limits.holes).not.toBe('illegal');
            else expect(each.learnt.refused).not.toContain(holder.id);
          }
          // never the half of a register, not even of one that is not wanted
          expect(own.filter(({ start, end }) => start < address && address < end)).toEqual([]);
          expect(own.filter(({ start, end }) => start < address + count && address + count < end)).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it('has counts pairwise different per function, none that of the reserved read, or the reserved read between', () => {
    let separated = 0;
    fc.assert(
      fc.property(cases, (each) => {
        const reserved = reservedRead(each.profile, each.learnt);
        const all = requests(planOf(each));
        const isApart = ({ n, all: blocks }: (typeof all)[number]) =>
          isSeparator(blocks[n - 1]) && isSeparator(blocks[n + 1]);
        for (const one of all) {
          if (isSeparator(one.block)) continue;
          const { function: fn, count, address } = one.block;
          expect(reserved).not.toMatchObject({ function: fn, count });
          for (const other of all) {
            if (isSeparator(other.block) || other.block.function !== fn || other.block.count !== count) continue;
            if (other.block.address === address) continue;
            separated += 1;
            expect(isApart(one) || isApart(other)).toBe(true);
          }
        }
      }),
      RUNS,
    );
    expect(separated).toBeGreaterThan(0);
  });

  it('leaves out only what cannot be asked safely', () => {
    fc.assert(
      fc.property(cases, (each) => {
        const { profile, learnt } = each;
        const { limits } = profile;
        const reserved = reservedRead(profile, learnt);
        const map = registerMap(profile, learnt);
        for (const id of planOf(each).unplannable) {
          const { function: fn, address, words } = sourceOf(profile, id);
          const lengths = Array.from({ length: 5 }, (_, more) => words + more);
          const possible = lengths.flatMap((count) =>
            Array.from({ length: count - words + 1 }, (_, before) => ({
              start: address - before,
              end: address - before + count,
            })),
          );
          const safe = possible.filter(
            ({ start, end }) =>
              end - start <= limits.registersMax &&
              (end - start) % limits.step === 0 &&
              !(reserved.function === fn && reserved.count === end - start) &&
              map.readable({ function: fn, start, end }) &&
              map.edge(fn, start) &&
              map.edge(fn, end),
          );
          expect(safe).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it('is the same for the same input', () => {
    fc.assert(
      fc.property(cases, (each) => {
        expect(planOf(each)).toEqual(planOf(structuredClone(each)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('requests before their counts are settled', () => {
  const byAddress = (a: Placed, b: Placed) => a.start - b.start;

  /** Every way to cut the sorted registers, the cheapest that is allowed. */
  function cheapestMs(sorted: readonly Placed[], map: ReturnType<typeof registerMap>): number {
    if (sorted.length === 0) return 0;
    return Math.min(
      ...sorted.map((_, n) => {
        const head = sorted.slice(0, n + 1);
        const span = { function: 3 as const, start: head[0]?.start ?? 0, end: Math.max(...head.map(({ end }) => end)) };
        const count = span.end - span.start;
        const isAllowed = n === 0 || (count <= map.profile.limits.registersMax && map.readable(span));
        return isAllowed ? registersMs(count, PACE) + cheapestMs(sorted.slice(n + 1), map) : Number.POSITIVE_INFINITY;
      }),
    );
  }

  it('take the fewest milliseconds of all ways to cut them', () => {
    fc.assert(
      fc.property(cases, ({ profile, learnt }) => {
        const map = registerMap(profile, { ...NOTHING_LEARNT, splits: learnt.splits });
        const placed = [...map.placed.values()].filter((each) => each.function === 3).slice(0, 9);
        const runs = runsOf(placed, map, PACE);
        const ms = runs.reduce((sum, { start, end }) => sum + registersMs(end - start, PACE), 0);
        expect(ms).toBeCloseTo(cheapestMs([...placed].sort(byAddress), map), 6);
        expect(runs.flatMap(({ ids }) => ids)).toEqual([...placed].sort(byAddress).map(({ id }) => id));
      }),
      RUNS,
    );
  });
});
