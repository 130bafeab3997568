import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findProfile, loadProfiles } from '../../drivers/profiles/load.ts';
import { createSimulatedMeter } from '../../drivers/simulated/meter.ts';
import { serveSimulatedTcp } from '../../drivers/simulated/tcp-server.ts';
import { runLector } from '../../src/cli/main.ts';
import type { ReadOptions } from '../../src/cli/options.ts';
import { read } from '../../src/cli/read.ts';
import { systemClock } from '../../src/clock.ts';
import { tempFolder } from '../config/sample.ts';
import { requireTool } from '../support/require-tool.ts';

const { profiles } = loadProfiles();
const profileOf = (model: string) => {
  const profile = findProfile(profiles, model);
  if (profile === null) throw new Error(`no profile ${model}`);
  return profile;
};
const meterOf = (model: string, unit: number) => ({
  analyzerId: unit,
  unit,
  meter: createSimulatedMeter({ profile: profileOf(model), seed: 3, analyzerId: unit }),
});
const PM710 = meterOf('PM710', 1);

let server: Awaited<ReturnType<typeof serveSimulatedTcp>>;
let gateway: Awaited<ReturnType<typeof serveSimulatedTcp>>;

beforeAll(async () => {
  const common = { host: '127.0.0.1', port: 0, faults: [], clock: systemClock() };
  server = await serveSimulatedTcp({ ...common, meters: [PM710, meterOf('PM500', 2)] });
  gateway = await serveSimulatedTcp({ ...common, meters: [PM710], rtuOverTcp: true });
});
afterAll(async () => {
  await server.close();
  await gateway.close();
});
afterEach(() => vi.restoreAllMocks());

type Outcome = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a command and catches what it prints. */
async function caught(run: () => Promise<number>): Promise<Outcome> {
  const said = { out: '', err: '' };
  for (const [stream, key] of [
    [process.stdout, 'out'],
    [process.stderr, 'err'],
  ] as const) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      said[key] += String(chunk);
      return true;
    });
  }
  const code = await run();
  vi.restoreAllMocks();
  return { code, ...said };
}

const over = (more: Partial<ReadOptions> = {}): ReadOptions => ({
  host: '127.0.0.1',
  tcpPort: server.port,
  address: 1,
  function: 3,
  timeout: 0.3,
  ...more,
});

describe('lector read', () => {
  it('one meter, once: the values that it has, what it says it is, and which are doubtful', async () => {
    const before = systemClock().now();
    const { code, out, err } = await caught(() => read(over({ model: 'pm-710', json: true }), ['TPF', 'pat', 'FPT']));
    const after = systemClock().now();
    expect([code, err]).toEqual([0, '']);
    const { ok, values, identification, model } = JSON.parse(out);
    expect([ok, model]).toEqual([true, 'PM710']);
    expect(identification).toContain('PM710');
    expect(values.map((each: { code: string; phase: string }) => `${each.code} ${each.phase}`)).toEqual([
      'TPF L1',
      'TPF L2',
      'TPF L3',
      'PAT total',
      'FPT total',
    ]);
    const truths = [PM710.meter.truth('TPF', before)[0], PM710.meter.truth('TPF', after)[0]].map(Number);
    expect(values[0].value).toBeGreaterThan(Math.min(...truths) - 1);
    expect(values[0].value).toBeLessThan(Math.max(...truths) + 1);
    expect(values[0]).toMatchObject({ unit: 'V', lowConfidence: false, read: true });
    expect(values[4]).toMatchObject({ code: 'FPT', lowConfidence: true, confidence: 'disputed' });
  });

  it('as a table, with a mark at what is doubtful and the note that explains it', async () => {
    const { code, out } = await caught(() => read(over({ model: 'PM710' }), ['TPF', 'FPT']));
    expect(code).toBe(0);
    expect(out).toMatch(/^PM710 at address 1, which says ".*PM710.*"\n\ncode {2}phase +value {2}unit {2}description\n/);
    expect(out).toMatch(/\nTPF {3}L1 +\d{3}\.?\d* {2}V {5}Tensió Fase-Neutre\n/);
    expect(out).toMatch(/\nFPT {3}total +0\.\d+\? {8}/);
    expect(out).toContain('?  the source of this register is doubtful: compare it with the display of the meter');
  });

  it('without codes: everything that the model has', async () => {
    const { code, out } = await caught(() => read(over({ model: 'PM710', json: true }), []));
    const codes = new Set(JSON.parse(out).values.map((each: { code: string }) => each.code));
    expect(code).toBe(0);
    expect([...codes]).toEqual(profileOf('PM710').variables.map((each) => each.code));
  });

  it('through a gateway that passes RTU frames on', async () => {
    const { code, out } = await caught(() =>
      read(over({ model: 'PM710', tcpPort: gateway.port, rtuTcp: true, json: true }), ['FRE']),
    );
    expect(code).toBe(0);
    expect(JSON.parse(out).values[0].value).toBeCloseTo(50, 0);
  });

  it('words as they are, from a meter without a profile', async () => {
    const { code, out } = await caught(() => read(over({ raw: '4012:1', json: true }), []));
    expect(code).toBe(0);
    const [word] = JSON.parse(out).words;
    expect(word).toMatchObject({ address: 4012, number: 4013 });
    expect(word.u16).toBeGreaterThan(4900);
    const table = await caught(() => read(over({ raw: '4012' }), []));
    expect(table.out).toMatch(/address {2}number {2}hex .*\n {3}4012 {4}4013 {2}0x13/);
  });
});

describe('lector read that cannot', () => {
  it('a silent meter: what to check, in the order of what it mostly is', async () => {
    const { code, out, err } = await caught(() =>
      read(over({ model: 'PM710', address: 9, tcpPort: gateway.port, rtuTcp: true, timeout: 0.1 }), ['TPF']),
    );
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^lector: unit 9 on .* did not answer/);
    expect(err.match(/^ {2}- \w+/gm)).toEqual(['  - address', '  - wires', '  - baud']);
  });

  it('a gateway that has no answer from behind it', async () => {
    const { code, err } = await caught(() => read(over({ model: 'PM710', address: 9 }), ['TPF']));
    expect(code).toBe(1);
    expect(err).toMatch(/the gateway answers, and has none from unit 9/);
  });

  it('another meter than was said', async () => {
    const { code, err } = await caught(() => read(over({ model: 'PM710', address: 2 }), ['TPF']));
    expect(code).toBe(1);
    expect(err).toMatch(/^lector: .*(PM710|unit 2)/);
    expect(err).toContain('  - the meter');
  });

  it('--json says so to programs', async () => {
    const { code, out, err } = await caught(() => read(over({ model: 'PM710', address: 9, json: true }), ['TPF']));
    expect([code, err]).toEqual([1, '']);
    expect(JSON.parse(out)).toMatchObject({ ok: false, address: 9, error: { code: 'DEVICE_BUSY' } });
  });

  it('nothing listens', async () => {
    const { code, err } = await caught(() =>
      runLector(['read', '--host', '127.0.0.1', '--tcp-port', '1', '--model', 'PM710']),
    );
    expect(code).toBe(1);
    expect(err).toMatch(/^lector: .*127\.0\.0\.1:1/);
    expect(err).not.toContain('unexpected');
  });

  it.each([
    { args: ['--model', 'PM710'], says: 'say where the meter is: either --port /dev/ttyUSB0 or --host 192.168.1.20' },
    { args: ['--model', 'PM710', '--host', 'x', '--port', 'y'], says: 'say where the meter is: either' },
    { args: ['--host', 'x'], says: 'say which meter it is with --model NAME' },
    { args: ['--host', 'x', '--model', 'PM712'], says: 'there is no profile for "PM712": did you mean PM710?' },
    { args: ['--host', 'x', '--model', 'Ferraris'], says: 'there is no profile for "Ferraris": there are ' },
    { args: ['--host', 'x', '--model', 'PM710', 'TPX'], says: 'a PM710 has no TPX: did you mean TPF?' },
    { args: ['--host', 'x', '--model', 'CVMk'], says: 'a CVMk does not speak Modbus TCP; behind a gateway' },
    { args: ['--port', 'x', '--model', 'CVMk', '--address', '100'], says: '--address must be 1 to 99 there, not 100' },
    { args: ['--port', 'x', '--model', 'PM710', '--address', '0'], says: '--address must be 1 to 247 there, not 0' },
    {
      args: ['--port', 'x', '--model', 'CVMk', '--raw', '1:2'],
      says: '--raw reads Modbus registers, and a CVMk speaks',
    },
    { args: ['--host', 'x', '--raw', '1:200'], says: '--raw needs ADDRESS:COUNT' },
  ])('a wrong command line: $args', async ({ args, says }) => {
    const { code, err } = await caught(() => runLector(['read', ...args]));
    expect(code).toBe(2);
    expect(err).toContain(`lector: ${says}`);
  });
});

describe('lector read on a pseudo-terminal', () => {
  it.skipIf(!requireTool('socat'))('a serial port that nobody answers on: A and B, baud rate, parity', async () => {
    const link = join(tempFolder(), 'tty');
    const socat = spawn('socat', [`pty,raw,echo=0,link=${link}`, 'pty,raw,echo=0'], { stdio: 'ignore' });
    try {
      await vi.waitUntil(() => existsSync(link), { timeout: 5000, interval: 20 });
      const { code, err } = await caught(() =>
        runLector(['read', '--port', link, '--model', 'PM710', '--timeout', '0.1', 'TPF']),
      );
      expect(code).toBe(1);
      expect(err).toMatch(/^lector: unit 1 on .*tty did not answer/);
      expect(err).toContain('wires: A and B exchanged');
      expect(err).toContain('asked at 19200 8E1');
    } finally {
      const ended = once(socat, 'exit');
      socat.kill();
      await ended;
    }
  });
});
