import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEBIAN_PYTHON, requireTool } from '../support/require-tool.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lector-peers-'));
const link = join(folder, 'meters');
const run = promisify(execFile);

const started: ChildProcess[] = [];

type Simulator = { readonly child: ChildProcess; readonly text: string; readonly port: number };

/** `lector simulate` as its own process; settles once it has printed what it serves. */
function simulate(...options: readonly string[]): Promise<Simulator> {
  const run = '({ runLector }) => runLector(process.argv.slice(1)).then((code) => { process.exitCode = code; })';
  const code = `import(${JSON.stringify(MAIN)}).then(${run})`;
  const child = spawn(process.execPath, ['-e', code, '--', 'simulate', ...options], { cwd: folder });
  started.push(child);
  return new Promise((resolve, reject) => {
    let text = '';
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once('exit', (status) => reject(new Error(`ended with ${status}: ${errors}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes('Ctrl+C')) return;
      resolve({ child, text, port: Number(/127\.0\.0\.1:(\d+):/.exec(text)?.[1] ?? 0) });
    });
  });
}

/** Sends a signal; settles with the exit code and how long the end took. */
function end(
  { child }: Simulator,
  signal: NodeJS.Signals,
): Promise<{ readonly code: number | null; readonly ms: number }> {
  const from = performance.now();
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve({ code, ms: performance.now() - from }));
    child.kill(signal);
  });
}

const childrenOf = ({ child }: Simulator): readonly number[] =>
  readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').map(Number);

/** What the simulator said that a code of a meter is: `     1  TPF   228.3  228.3  227.2     V`. */
function said(text: string, address: number, code: string): readonly number[] {
  const line = text.split('\n').find((each) => new RegExp(`^ +${address} +${code} `).test(each)) ?? '';
  return [...line.matchAll(/ (-?\d+\.?\d*)(?= |$)/g)].slice(1).map((match) => Number(match[1]));
}

/** The values that mbpoll prints, in order. */
async function mbpoll(...options: readonly string[]): Promise<readonly number[]> {
  const { stdout } = await run('mbpoll', [...options]);
  return [...stdout.matchAll(/^\[\d+\]:\s+(-?[\d.]+)/gm)].map((match) => Number(match[1]));
}

const python = async (code: string): Promise<unknown> => {
  const file = join(folder, `${Math.abs(code.length)}.py`);
  writeFileSync(file, code);
  return JSON.parse((await run(DEBIAN_PYTHON, [file])).stdout);
};

/** Wandering moves a voltage by less than this within a minute. */
const NEAR_V = 4;

function expectNear(seen: readonly number[], expected: readonly number[], within: number): void {
  expect(seen).toHaveLength(expected.length);
  for (const [n, value] of expected.entries()) expect(Math.abs((seen[n] ?? Number.NaN) - value)).toBeLessThan(within);
}

const canPoll = requireTool('socat') && requireTool('mbpoll');
const canPython = requireTool('socat') && requireTool('pymodbus');

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!canPoll && !canPython)('other programs read lector simulate', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await simulate(
      ...['--pty', '--link', link, '--tcp', '0', '--seed', '7', '--baud', '19200'],
      ...['--model', 'PM710@1', '--model', 'SDM630@2'],
    );
  });
  afterAll(async () => {
    await end(simulator, 'SIGKILL');
  });

  it.skipIf(!canPoll)('mbpoll sees on the pseudo-terminal what lector said', async () => {
    const rtu = ['-m', 'rtu', '-b', '19200', '-P', 'none', '-1', '-0'];
    const voltages = await mbpoll(...rtu, '-a', '1', '-t', '4', '-r', '4032', '-c', '3', link);
    expectNear(
      voltages.map((raw) => raw / 10),
      said(simulator.text, 1, 'TPF'),
      NEAR_V,
    );
    const floats = await mbpoll(...rtu, '-a', '2', '-t', '3:float', '-B', '-r', '0', '-c', '3', link);
    expectNear(floats, said(simulator.text, 2, 'TPF'), NEAR_V);
  });

  it.skipIf(!canPoll)('mbpoll sees over TCP what lector said', async () => {
    const tcp = ['-m', 'tcp', '-p', String(simulator.port), '-1', '-0'];
    const frequency = await mbpoll(...tcp, '-a', '1', '-t', '4', '-r', '4012', '-c', '1', '127.0.0.1');
    expectNear(
      frequency.map((raw) => raw / 100),
      said(simulator.text, 1, 'FRE'),
      0.1,
    );
    const floats = await mbpoll(...tcp, '-a', '2', '-t', '3:float', '-B', '-r', '0', '-c', '3', '127.0.0.1');
    expectNear(floats, said(simulator.text, 2, 'TPF'), NEAR_V);
  });

  it.skipIf(!canPoll)('mbpoll is told who answers', async () => {
    const { stdout } = await run('mbpoll', ['-m', 'rtu', '-b', '19200', '-P', 'none', '-a', '1', '-u', link]);
    expect(stdout).toMatch(/Id +: 0xFA\nStatus: On\nData +: .*PM710/);
  });

  it.skipIf(!canPython)('pymodbus reads both ways in, and is refused what the meter does not have', async () => {
    const seen = await python(`
import json
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
out = []
for client in (ModbusSerialClient(port=${JSON.stringify(link)}, baudrate=19200, timeout=2),
               ModbusTcpClient('127.0.0.1', port=${simulator.port}, timeout=2)):
    assert client.connect()
    volts = client.read_holding_registers(4032, 3, slave=1)
    wrong = client.read_holding_registers(60000, 3, slave=1)
    coils = client.read_coils(0, 8, slave=1)
    out.append([volts.registers, wrong.exception_code, coils.exception_code])
    client.close()
print(json.dumps(out))
`);
    for (const [registers, wrong, coils] of seen as readonly (readonly [number[], number, number])[]) {
      expectNear(
        registers.map((raw) => raw / 10),
        said(simulator.text, 1, 'TPF'),
        NEAR_V,
      );
      expect([wrong, coils]).toEqual([2, 1]);
    }
  });
});

describe.skipIf(!requireTool('socat'))('the end of lector simulate', () => {
  const where = (name: string) => join(folder, name);

  it('Ctrl+C ends it within a second and removes the link', async () => {
    const simulator = await simulate('--pty', '--link', where('a'));
    expect(existsSync(where('a'))).toBe(true);
    const { code, ms } = await end(simulator, 'SIGINT');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(1000);
    expect(existsSync(where('a'))).toBe(false);
  });

  it('killed, it leaves no pseudo-terminal behind', async () => {
    const simulator = await simulate('--pty', '--link', where('b'));
    await end(simulator, 'SIGKILL');
    await expect.poll(() => existsSync(where('b')), { timeout: 5000 }).toBe(false);
  });

  it('says so when somebody else ends socat', async () => {
    const simulator = await simulate('--pty', '--link', where('c'));
    const errors: string[] = [];
    simulator.child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const ended = new Promise((resolve) => simulator.child.once('exit', resolve));
    for (const pid of childrenOf(simulator)) process.kill(pid);
    expect(await ended).toBe(1);
    expect(errors.join('')).toContain('the pseudo-terminal is gone');
  });

  it('refuses a link that is not its own', async () => {
    writeFileSync(where('d'), 'precious');
    await expect(simulate('--pty', '--link', where('d'))).rejects.toThrow(/exists already/);
    expect(existsSync(where('d'))).toBe(true);
  });

  it('says how to get socat where there is none', async () => {
    const before = process.env.PATH;
    process.env.PATH = folder;
    try {
      await expect(simulate('--pty', '--link', where('e'))).rejects.toThrow(/apt-get install socat.*--tcp PORT/);
    } finally {
      process.env.PATH = before;
    }
  });
});
