import { describe, expect, it } from 'vitest';
import { encodeCvmRequest, isCvmCommand } from '../../drivers/cvm/frames.ts';
import { loadProfiles } from '../../drivers/profiles/load.ts';
import { decodeBlocks, decodeExponents } from '../../src/domain/decode.ts';
import type { BlockAnswer } from '../../src/domain/meter.ts';
import { serialPace } from '../../src/domain/pace.ts';
import type { Block } from '../../src/domain/plan.ts';
import { type MeterPlans, planMeter } from '../../src/domain/plan-blocks.ts';
import { cvmLength } from '../../src/domain/plan-cvm.ts';
import type { Profile } from '../../src/domain/profile.ts';
import { epochMs } from '../../src/domain/units.ts';
import { answerOf, type Fixture, hexOf, memoryOf, readFixtures, requestFrame, UNIT } from './fixture.ts';

const { profiles, problems } = loadProfiles();
const fixtures = readFixtures();

/** Load and lint of all of them; many times what it takes, and still nothing that a start would notice. */
const LOAD_MS_MAX = 1000;
/** What stands in registers that nobody asks for: not believable, so that a value out of them is seen. */
const UNUSED_WORD = 0xa5a5;

function profileOf(id: string): Profile {
  const profile = profiles.get(id);
  if (profile === undefined) throw new Error(`no profile ${id}`);
  return profile;
}

function plansOf(profile: Profile, codes: readonly string[], base = 0): MeterPlans {
  return planMeter({
    ...{ profile, consultes: codes, rapidConsultes: [], withStatus: false, invert: false },
    ...{ pace: serialPace(9600), identity: { splits: [], refused: [], base } },
  });
}

const requestText = (block: Block): string =>
  block.kind === 'registers'
    ? hexOf(requestFrame(block))
    : String.fromCharCode(...encodeCvmRequest(UNIT, block.command));

/** Values of a code out of what was decoded. */
function valuesOf(profile: Profile, code: string, decoded: ReturnType<typeof decodeBlocks>) {
  const variable = profile.variables.find((each) => each.code === code);
  return (variable?.registers ?? []).map((id) => decoded.get(id)?.value);
}

describe('the profiles that ship', () => {
  it('have no problem, and each has a fixture', () => {
    expect(problems).toEqual([]);
    expect(fixtures.map(({ id }) => id).sort()).toEqual([...profiles.keys()].sort());
  });

  it('load in no time', () => {
    const start = performance.now();
    loadProfiles();
    expect(performance.now() - start).toBeLessThan(LOAD_MS_MAX);
  });

  it('include every meter that was promised', () => {
    const promised = ['pm710', 'pm500', 'cvmk', 'cvmk-modbus', 'das-8000', 'sdm630', 'sdm120', 'iem3155', 'pm5110'];
    promised.push('cvm-c10', 'cvm-mini', 'em24', 'em340', 'b23', 'pac2200', 'sunspec');
    expect(promised.filter((id) => !profiles.has(id))).toEqual([]);
  });

  it.each([...profiles.keys()])('%s names only commands that read', (id) => {
    const commands = profileOf(id).registers.flatMap(({ source }) => (source.kind === 'cvm' ? [source.command] : []));
    expect(commands.filter((command) => !isCvmCommand(command))).toEqual([]);
  });

  it.each([...profiles.keys()])('%s says of each register how sure it is, and where its map comes from', (id) => {
    const profile = profileOf(id);
    expect(profile.sources.length).toBeGreaterThan(0);
    expect(profile.registers.every(({ description }) => description.length > 0)).toBe(true);
  });
});

/** The block that reads a code and nothing else: from its first register to its last, or its one command. */
function blockOf(profile: Profile, code: string, base: number): Block {
  const registers = profile.variables.find((each) => each.code === code)?.registers ?? [];
  const sources = profile.registers.filter(({ id }) => registers.includes(id)).map(({ source }) => source);
  const [first] = sources;
  if (first?.kind === 'cvm')
    return { kind: 'cvm', command: first.command, length: cvmLength(profile, first.command), registers };
  const places = sources.flatMap((source) => (source.kind === 'modbus' ? [source] : []));
  const start = Math.min(...places.map(({ address }) => address));
  const end = Math.max(...places.map(({ address, words }) => address + words));
  const fn = places[0]?.function ?? 3;
  return { kind: 'registers', function: fn, address: start + base, count: end - start, registers };
}

function scalesOf(profile: Profile, { scales = [], base = 0 }: Fixture) {
  const answers = scales.map(({ request, answer }) => {
    const [, fn = 3, high = 0, low = 0, , count = 0] = request.split(' ').map((pair) => Number.parseInt(pair, 16));
    const block: Block =
      profile.protocol === 'cvm'
        ? { kind: 'cvm', command: request.slice(3, 6), length: cvmLength(profile, request.slice(3, 6)), registers: [] }
        : { kind: 'registers', function: fn === 4 ? 4 : 3, address: 256 * high + low, count, registers: [] };
    return answerOf(block, answer);
  });
  return decodeExponents(profile, answers, base);
}

function expectClose(found: readonly (number | null | undefined)[], wanted: readonly number[], code: string): void {
  expect(found.length, code).toBe(wanted.length);
  for (const [n, value] of wanted.entries()) {
    const error = Math.abs((found[n] ?? Number.NaN) - value);
    expect(error, `${code}${n}: ${found[n]} for ${value}`).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
  }
}

/** What the meter of a fixture answers to any block: its words with rubbish between, or the line of the command. */
function meterAnswer(fixture: Fixture, block: Block): BlockAnswer {
  if (block.kind === 'cvm') {
    const asked = Object.values(fixture.codes).find(({ request }) => request === requestText(block));
    return answerOf(block, asked?.answer ?? '');
  }
  const memory = memoryOf(fixture);
  const { function: fn, address, count } = block;
  const words = Array.from({ length: count }, (_, n) => memory.get(`${fn}:${address + n}`) ?? UNUSED_WORD);
  return { block, answer: { kind: 'words', words, at: epochMs(0), tookMs: 1 } };
}

describe.each(fixtures)('$id on the wire', (fixture) => {
  const profile = profileOf(fixture.id);
  const base = fixture.base ?? 0;
  const exponents = scalesOf(profile, fixture);
  const codes = Object.entries(fixture.codes).map(([code, exchange]) => ({ code, ...exchange }));

  it.each(codes)('asks $code in exactly this frame, and reads exactly these values', ({
    code,
    request,
    answer,
    values,
  }) => {
    const block = blockOf(profile, code, base);
    expect(requestText(block)).toBe(request);
    const decoded = decodeBlocks(profile, [answerOf(block, answer)], exponents, base);
    expectClose(valuesOf(profile, code, decoded), values, code);
  });

  it('covers every code', () => {
    expect(Object.keys(fixture.codes).sort()).toEqual(profile.variables.map(({ code }) => code).sort());
  });

  it('reads the same values in the blocks that are planned', () => {
    const asked = codes.map(({ code }) => code);
    const answers = plansOf(profile, asked, base).normal.blocks.map((block) => meterAnswer(fixture, block));
    const decoded = decodeBlocks(profile, answers, exponents, base);
    for (const { code, values } of codes) expectClose(valuesOf(profile, code, decoded), values, code);
  });
});

/** An answer full of ones: numbers that are small and available in every type but floats, where they are tiny. */
function onesFor(block: Block): BlockAnswer {
  const common = { at: epochMs(0), tookMs: 1 };
  if (block.kind === 'registers') {
    return { block, answer: { kind: 'words', words: Array.from({ length: block.count }, () => 1), ...common } };
  }
  const digits = block.command === 'RAL' ? `${'0'.repeat(240)}0101` : '001'.repeat(block.length / 3);
  return { block, answer: { kind: 'text', text: digits, ...common } };
}

describe.each([...profiles.values()].map((profile) => ({ id: profile.id, profile })))('every code of $id', ({
  profile,
}) => {
  const codes = profile.variables.map(({ code }) => code);
  const plans = plansOf(profile, codes);

  it('can be asked', () => {
    expect(plans.unplannable).toEqual([]);
  });

  it('decodes, alone and all together', () => {
    for (const asked of [codes, ...codes.map((code) => [code])]) {
      const own = plansOf(profile, asked);
      expect(own.unplannable, asked.join(' ')).toEqual([]);
      const exponents = decodeExponents(profile, own.exponents.blocks.map(onesFor), 0);
      const decoded = decodeBlocks(profile, own.normal.blocks.map(onesFor), exponents);
      const missing = asked.filter((code) =>
        valuesOf(profile, code, decoded).some((value) => typeof value !== 'number'),
      );
      expect(missing).toEqual([]);
    }
  });
});
