import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createSimulatedMeter } from '../../drivers/simulated/meter.ts';
import { type SimulatedPty, serveSimulatedPty } from '../../drivers/simulated/pty.ts';
import { systemClock } from '../../src/clock.ts';
import { PROFILES } from './installation.ts';

/** Simulated SDM630 meters on a pseudo-terminal, behind a name that stays when the adapter is put in elsewhere. */
export type PtyMeters = {
  /** The name that the configuration has: a link, as in /dev/serial/by-id. */
  readonly port: string;
  /** The process of the cable: stopped, the line hangs; killed, the adapter is gone. */
  readonly pid: () => number;
  /** What the system calls its terminal now. */
  readonly device: () => string;
  /** Takes the adapter away: the pseudo-terminal goes, and with it the name. */
  unplug(): Promise<void>;
  /** Puts it in again; the system gives it another name, and the link leads there. */
  plug(): Promise<void>;
};

const SDM630 = PROFILES.get('sdm630')!;

export async function ptyMeters(
  folder: string,
  name: string,
  units: readonly number[],
  onEnd: (end: () => Promise<void>) => void,
): Promise<PtyMeters> {
  const port = join(folder, `by-id-${name}`);
  const meters = units.map((unit) => ({
    analyzerId: unit,
    unit,
    meter: createSimulatedMeter({ profile: SDM630, seed: 7, analyzerId: unit }),
  }));
  let pty: SimulatedPty | null = null;
  let times = 0;
  const plug = async () => {
    times += 1;
    const link = join(folder, `tty-${name}-${times}`);
    pty = await serveSimulatedPty({ link, protocol: 'rtu', baud: 19_200, meters, faults: [], clock: systemClock() });
    symlinkSync(link, `${port}.new`);
    renameSync(`${port}.new`, port);
  };
  const unplug = async () => {
    rmSync(port, { force: true });
    const gone = pty;
    if (gone === null) return;
    process.kill(gone.pid, 'SIGKILL');
    await gone.ended;
    await gone.close();
  };
  onEnd(async () => {
    if (pty !== null) process.kill(pty.pid, 0) && process.kill(pty.pid, 'SIGCONT');
    await pty?.close();
  });
  await plug();
  return { port, pid: () => pty?.pid ?? 0, device: () => pty?.device ?? '', unplug, plug };
}
