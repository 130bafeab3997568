import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClient } from '../../src/client/index.ts';
import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { runTop } from '../../tui/top.tsx';

/*
 * The screen of B7, to be bundled: a client of PORT whose clock of ticks runs SPEED times as fast. At SIGUSR2 it writes
 * what it uses into REPORT. KIND=listen: the control, which takes the same events and draws nothing.
 */
export type ScreenReport = { readonly pid: number; readonly ticks: number; readonly heapUsed: number };

const { PORT, REPORT = '', SPEED = '1', KIND } = process.env;
const TICK_MS = 500;
const system = systemClock();
let ticks = 0;
const clock: Clock = {
  ...system,
  setTimeout: (fn, ms) =>
    system.setTimeout(() => {
      if (ms === TICK_MS) ticks += 1;
      fn();
    }, ms / Number(SPEED)),
};

function report(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const seen: ScreenReport = { pid: process.pid, ticks, heapUsed: process.memoryUsage().heapUsed };
  writeFileSync(REPORT, JSON.stringify(seen));
}

process.on('SIGUSR2', report);
report();
const client = createClient({ port: Number(PORT) });
if (KIND === 'listen') {
  for await (const _event of client.subscribe(['all'])) {
    // taken, and nothing is done with it
  }
} else {
  process.exitCode = await runTop({ connect: () => client, server: `127.0.0.1:${PORT}`, clock, env: process.env });
}
