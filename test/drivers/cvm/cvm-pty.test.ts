import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { createCvmLink } from '../../../drivers/cvm/cvm-link.ts';
import { createSerialLine } from '../../../drivers/lines/serial-line.ts';
import { systemClock } from '../../../src/clock.ts';
import type { Link } from '../../../src/domain/ports.ts';
import type { LineEvent } from '../../../src/domain/transaction.ts';
import { requireTool } from '../../support/require-tool.ts';
import { createPtyPair, type PtyPair, settingsOf } from '../lines/pty-pair.ts';
import { ask, BAUD } from './cvm-bus.ts';

const ROOT = new URL('../../../', import.meta.url);
const clock = systemClock();
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A meter in a process of its own on the other end: unit 3, whose every field is the number of requests so far. */
async function serveMeter(port: string): Promise<ChildProcess> {
  const script = `
    import { createSerialLine } from '${new URL('drivers/lines/serial-line.ts', ROOT)}';
    import { createCvmSlave } from '${new URL('drivers/simulated/cvm-slave.ts', ROOT)}';
    import { systemClock } from '${new URL('src/clock.ts', ROOT)}';
    const line = createSerialLine({ settings: ${JSON.stringify(settingsOf(port, BAUD))}, clock: systemClock() });
    const fields = { RVI: 4, RPI: 4, RWH: 1 };
    let count = 0;
    const slave = createCvmSlave((unit, command) =>
      command === 'VER' ? 'CVMK v3' : String(++count).padStart(9, '0').repeat(fields[command]));
    await line.open();
    console.log('ready');
    const read = () => line.read().catch(() => process.exit());
    for (;;) for (const answer of slave.receive(await read())) await line.write(answer, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the meter ended')));
    child.stdout.once('data', () => resolve());
  });
  return child;
}

async function plant(): Promise<{ pair: PtyPair; link: Link; events: LineEvent[] }> {
  const pair = await createPtyPair();
  cleanups.push(pair.remove);
  await serveMeter(pair.b);
  const events: LineEvent[] = [];
  const line = createSerialLine({ settings: settingsOf(pair.a, BAUD), clock });
  const observer = { onEvent: (event: LineEvent) => void events.push(event) };
  const link = createCvmLink({ line, clock, baud: BAUD, gapMs: 0, idleMs: 50, observer });
  cleanups.push(link.close);
  await link.open();
  return { pair, link, events };
}

/** Stands for whatever keeps the event loop busy. */
function blockLoop(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe.skipIf(!requireTool('socat'))('a CVM link on a real pty', () => {
  it('reads one value after the other, each its own', async () => {
    const { link, events } = await plant();
    for (let n = 1; n <= 20; n += 1) {
      const name = n % 3 === 0 ? 'RWH' : n % 3 === 1 ? 'RVI' : 'RPI';
      const answer = await link.transact(ask(3, name));
      expect(answer).toMatchObject({
        text: String(n)
          .padStart(9, '0')
          .repeat(name === 'RWH' ? 1 : 4),
      });
    }
    expect(events).toEqual([]);
  });

  it('F53 an event loop that was blocked for longer than the timeout is no timeout', async () => {
    const { link, events } = await plant();
    await link.transact(ask(3, 'RWH'));
    for (let n = 0; n < 3; n += 1) {
      const asked = link.transact(ask(3, n % 2 === 0 ? 'RVI' : 'RWH', 'VER', 500));
      // long enough for the request to have left, not for its answer to have been read
      await new Promise((resolve) => clock.setTimeout(() => resolve(null), 8));
      blockLoop(700);
      expect(await asked).toMatchObject({ kind: 'text' });
    }
    expect(events).toEqual([]);
  });

  it('F14 the adapter that is pulled out ends the request at once', async () => {
    const { pair, link, events } = await plant();
    await link.transact(ask(3, 'RVI'));
    const asked = link.transact(ask(9, 'VER', 'VER', 5_000)).catch((error) => error);
    const began = performance.now();
    await pair.signal('SIGKILL');
    expect(await asked).toMatchObject({ code: 'LINE_CLOSED' });
    expect(performance.now() - began).toBeLessThan(2_500);
    expect(events.map(({ kind }) => kind)).toEqual(['lost']);
  });
});
