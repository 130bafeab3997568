import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connect, type RawClient } from './raw-client.ts';
import { type RunningControl, startControl } from './running-control.ts';

const pass = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Sockets of this process, both ends. */
const openSockets = (): number => process.getActiveResourcesInfo().filter((each) => /^(TCP|Pipe)/.test(each)).length;
const openFiles = (): number => readdirSync('/proc/self/fd').length;

async function settlesAt(count: number, now: () => number): Promise<void> {
  for (let n = 0; n < 2_000 && now() > count; n += 1) await pass();
  expect(now()).toBeLessThanOrEqual(count);
}

describe('F61 those who come and go', () => {
  const storm = async ({ port }: RunningControl, count: number, what: (client: RawClient, n: number) => void) => {
    for (let n = 0; n < count; n += 1) {
      const client = await connect({ host: '127.0.0.1', port });
      what(client, n);
      if (n % 20 === 0) await pass();
    }
  };

  it('F61 thousands connect and close, in the middle of whatever, and nothing is left of them', async () => {
    const running = await startControl();
    const legitimate = await running.classic();
    legitimate.send('$GETID@2;\r');
    await legitimate.line();
    const [sockets, files] = [openSockets(), openFiles()];
    const words = [
      '',
      '#',
      '#$',
      '#$$GETID@1;\r',
      '#J$LIST;\r$LIST;\r',
      '#J$SUBSCRIBE@all,frames:1;\r',
      '#J$RELOAD;\r',
    ];
    await storm(running, 3_000, ({ socket }, n) => {
      socket.write(words[n % words.length] ?? '');
      if (n % 3 === 0) socket.resetAndDestroy();
      else if (n % 3 === 1) socket.destroy();
      else socket.end(() => socket.destroy());
    });
    legitimate.send('$GETID@1;\r');
    expect(await legitimate.line()).toBe('Meter number 1  ');
    while (running.plant.waiting > 0) running.plant.settle();
    await settlesAt(sockets, openSockets);
    await settlesAt(files, openFiles);
    expect(running.plant.listeners()).toEqual({ events: 0, frames: 0 });
    expect(running.log.matching(/./).filter(({ level }) => level === 'error')).toEqual([]);
    // and all places are free again
    for (let n = 0; n < 255; n += 1) {
      const client = await running.classic();
      client.send('$GETID@1;\r');
      expect(await client.line()).toBe('Meter number 1  ');
    }
  });

  it('F61 a reset in the middle of long answers harms nobody', async () => {
    const running = await startControl();
    const { plant } = running;
    const long = { text: 'x'.repeat(3_000_000) };
    Object.assign(plant.operator.legacy, { conf: () => long });
    const [sockets, files] = [openSockets(), openFiles()];
    await storm(running, 40, ({ socket }, n) => {
      socket.write(`#$${'$GETCONF;\r'.repeat(20)}`);
      if (n % 2 === 0) socket.once('data', () => socket.resetAndDestroy());
      else socket.once('data', () => socket.destroy());
    });
    await settlesAt(sockets, openSockets);
    await settlesAt(files, openFiles);
    const client = await running.classic();
    client.send('$GETID@1;\r');
    expect(await client.line()).toBe('Meter number 1  ');
  });
});
