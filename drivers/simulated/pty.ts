import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync, rmSync } from 'node:fs';
import { LectorError } from '../../src/domain/errors.ts';
import type { FaultKind, SimulatedFault } from '../../src/domain/installation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { AnalyzerId, EpochMs } from '../../src/domain/units.ts';
import { createPlant, type PlantMeter } from './plant.ts';
import { pump } from './pump.ts';
import { createPlantLine, paceOfLine } from './simulated-line.ts';

const TURNAROUND_MS = 5;
const START_MS = 5000;
/** socat is asked to end, and after this long it is made to. */
const STOP_MS = 500;
const STDERR_MAX = 4000;

export type SimulatedPtyOptions = {
  /** Name of the link to the pseudo-terminal; it is removed at the end. */
  readonly link: string;
  readonly protocol: 'rtu' | 'cvm';
  readonly baud: number;
  readonly meters: readonly PlantMeter[];
  readonly faults: readonly SimulatedFault[];
  readonly clock: Clock;
  readonly seed?: number;
  readonly lateMs?: number;
  readonly turnaroundMs?: number;
};

export type SimulatedPty = {
  /** The link; `device` is what it points to. */
  readonly path: string;
  readonly device: string;
  /** Process id of socat, for tests that take the port away. */
  readonly pid: number;
  fault(analyzerId: AnalyzerId, kind: FaultKind, forMs: number): void;
  /** The meters' own time, for which `truth` is right. */
  meterNow(): EpochMs;
  /** Settles when the pseudo-terminal is gone, by `close` or because socat ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
};

/**
 * Serves meters on a pseudo-terminal made by socat, at the pace of the baud rate. socat ends with its input, so that
 * nothing stays behind even if this process is killed. Rejects LINE_OPEN_FAILED: no socat, the link's place is taken.
 */
export async function serveSimulatedPty(options: SimulatedPtyOptions): Promise<SimulatedPty> {
  const { link, protocol, baud, turnaroundMs = TURNAROUND_MS, clock } = options;
  makeRoom(link);
  // in a session of its own: Ctrl+C is for us, and we end it
  const child = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${link}`, 'STDIO'], { detached: true });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const device = await started(child, link, clock);
  const plant = createPlant(options);
  const pace = paceOfLine(protocol, baud, turnaroundMs);
  const line = createPlantLine({ plant, description: link, framing: protocol, pace, clock });
  void pump(line, { input: child.stdout, output: child.stdin });
  return {
    path: link,
    device,
    pid: child.pid ?? 0,
    fault: plant.fault,
    meterNow: plant.now,
    ended,
    async close() {
      await line.close();
      child.kill('SIGTERM');
      const force = clock.setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clock.clearTimeout(force);
      if (linkTarget(link) === device) rmSync(link, { force: true });
    },
  };
}

/** A link that was left behind may go, anything else may not. */
function makeRoom(link: string): void {
  const stats = lstatSync(link, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (stats.isSymbolicLink() && !existsSync(link)) {
    rmSync(link, { force: true });
    return;
  }
  const words = `${link} exists already: another lector simulate may be using it; remove it or choose another --link`;
  throw new LectorError('LINE_OPEN_FAILED', words, { link });
}

function linkTarget(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

/** The pseudo-terminal's name, once socat carries bytes. */
function started(child: ChildProcess, link: string, clock: Clock): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (words: string, cause?: unknown) => {
      clock.clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new LectorError('LINE_OPEN_FAILED', words, { link }, cause));
    };
    const timer = clock.setTimeout(() => fail(`socat did not make ${link} within ${START_MS / 1000} s`), START_MS);
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? NO_SOCAT : `socat does not start: ${error.message}`, error),
    );
    const exited = () => fail(`socat could not make ${link}: ${lastSentence(said)}`);
    child.once('exit', exited);
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-STDERR_MAX);
      const device = /PTY is (\S+)/.exec(said)?.[1];
      if (device === undefined || !said.includes('starting data transfer')) return;
      clock.clearTimeout(timer);
      child.off('exit', exited);
      resolve(device);
    });
  });
}

const NO_SOCAT =
  'a pseudo-terminal needs socat, which is not installed: sudo apt-get install socat (Debian, Ubuntu), ' +
  'sudo dnf install socat (Fedora), brew install socat (macOS); or serve the meters with --tcp PORT';

const lastSentence = (said: string): string =>
  said
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^\S+ \S+ socat\[\d+\] \w /, '') ?? 'it gave no reason';
