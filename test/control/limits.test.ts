import { describe, expect, it } from 'vitest';
import { overdue } from '../../src/control/deadlines.ts';
import { monoMs } from '../../src/domain/units.ts';
import { createSteppedClock, type SteppedClock } from '../support/stepped-clock.ts';
import type { RawClient } from './raw-client.ts';
import { startControl } from './running-control.ts';
import { recordWire } from './views.ts';

const pass = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What was sent has come, on both sides: so many passes of the event loop. */
async function settle(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await pass();
}

/** Whether the client was closed after so many seconds, and not a moment before (limits are looked at each second). */
async function closesAfter(clock: SteppedClock, client: RawClient, seconds: number): Promise<void> {
  await settle();
  await clock.advance((seconds - 2) * 1000);
  await settle();
  expect(client.isClosed).toBe(false);
  await clock.advance(3_000);
  await client.closed;
}

describe('what takes too long', () => {
  const at = (ms: number | null) => (ms === null ? null : monoMs(ms));

  it.each([
    [{}, 1e9, 'no'],
    [{ restSince: 0 }, 29_999, 'no'],
    [{ restSince: 0 }, 30_000, 'farewell'],
    [{ silentSince: 0 }, 299_999, 'no'],
    [{ silentSince: 0 }, 300_000, 'farewell'],
    [{ fullSince: 0 }, 29_999, 'no'],
    [{ fullSince: 0 }, 30_000, 'drop'],
    [{ fullSince: 0, isPressed: true }, 4_999, 'no'],
    [{ fullSince: 0, isPressed: true }, 5_000, 'drop'],
    [{ endingSince: 0 }, 4_999, 'no'],
    [{ endingSince: 0 }, 5_000, 'drop'],
    [{ silentSince: 0, fullSince: 290_000 }, 320_000, 'drop'],
  ] as const)('%j at %d ms: %s', (waits: Record<string, number | boolean>, now, verdict) => {
    const since = (name: string) => at(typeof waits[name] === 'number' ? waits[name] : null);
    const all = {
      restSince: since('restSince'),
      silentSince: since('silentSince'),
      fullSince: since('fullSince'),
      endingSince: since('endingSince'),
    };
    expect(overdue(all, monoMs(now), 300_000, waits.isPressed === true)).toBe(verdict);
  });

  it.each(['', '#'])('a client whose hello is "%s" is closed after 30 s without a word', async (hello) => {
    const clock = createSteppedClock();
    const { dial } = await startControl({ clock });
    const client = await dial();
    if (hello !== '') client.send(hello);
    await closesAfter(clock, client, 30);
    expect(client.unread).toBe('');
  });

  it.each([
    '$GETID@1',
    '\n$',
    'x'.repeat(30),
  ])('a line that begins %j and does not end closes after 30 s', async (line) => {
    const clock = createSteppedClock();
    const { classic } = await startControl({ clock });
    const client = await classic();
    client.send('$GETID@2;\r');
    await client.line();
    await clock.advance(20_000);
    client.send(line);
    await closesAfter(clock, client, 30);
    expect(client.unread.replace('FORMAT_ERROR\r', '')).toBe('DISCONNECTED!\r');
  });

  it('each line has its own 30 s', async () => {
    const clock = createSteppedClock();
    const { classic } = await startControl({ clock });
    const client = await classic();
    client.send('$GET');
    for (let n = 0; n < 5; n += 1) {
      await settle();
      await clock.advance(25_000);
      client.send('ID@1;\r$GET');
      await client.line();
    }
    await closesAfter(clock, client, 30);
  });

  it('a client that is silent for 300 s is told so in the classic dialect, and closed', async () => {
    const clock = createSteppedClock();
    const { classic, json } = await startControl({ clock });
    const [client, other] = [await classic(), await json()];
    await settle();
    await clock.advance(200_000);
    client.send('$GETID@1;\r');
    other.send('$VERSION;\r');
    await other.json();
    await client.line();
    await closesAfter(clock, client, 300);
    expect(client.unread).toBe('DISCONNECTED!\r');
    await other.closed;
    expect(other.unread).toBe('');
  });

  it('one who listens, or waits for an answer, is not silent', async () => {
    const clock = createSteppedClock();
    const { json, plant } = await startControl({ clock });
    const [listens, waits] = [await json(), await json()];
    listens.send('$SUBSCRIBE@records;\r');
    await listens.json();
    waits.send('$RELOAD;\r');
    await settle();
    await clock.advance(1_000_000);
    plant.emit({ event: 'record', data: recordWire(1, 7) });
    expect(await listens.json()).toMatchObject({ event: 'record' });
    plant.settle();
    expect(await waits.json()).toMatchObject({ command: 'RELOAD' });
    // its silence begins when it has its answer
    await closesAfter(clock, waits, 300);
    listens.send('$UNSUBSCRIBE;\r');
    await listens.json();
    await closesAfter(clock, listens, 300);
  });

  it('a process that was held up for long does not blame its clients', async () => {
    const clock = createSteppedClock();
    const { classic } = await startControl({ clock });
    const client = await classic();
    await settle();
    clock.stall(400_000);
    // the request waits already; the sweep comes first
    await clock.advance(0);
    client.send('$GETID@1;\r');
    expect(await client.line()).toBe('Meter number 1  ');
    await clock.advance(1_000);
    expect(client.isClosed).toBe(false);
  });

  it('a client that does not read is served no further, and closed after 30 s', async () => {
    const clock = createSteppedClock();
    const { classic, dial, plant } = await startControl({ clock });
    const { conf } = plant.operator.legacy;
    let asked = 0;
    Object.assign(plant.operator.legacy, {
      conf() {
        asked += 1;
        return conf();
      },
    });
    Object.assign(plant.operator.legacy, {
      vars: () => ({ ok: true, data: { lastRead: 'x'.repeat(60_000), values: {} } }),
    });
    const client = await dial();
    client.socket.pause();
    client.send(`#$${'$GETVARS@1;\r'.repeat(2_000)}$GETCONF;\r`);
    await settle();
    await clock.advance(28_000);
    const other = await classic();
    other.send('$GETID@1;\r');
    expect(await other.line()).toBe('Meter number 1  ');
    expect(asked).toBe(0);
    await clock.advance(4_000);
    await settle();
    client.socket.resume();
    await client.closed;
    // what the system had taken before came, 120 MB were asked for
    expect(client.unread.length).toBeLessThan(20_000_000);
    expect(asked).toBe(0);
  });

  it('who reads is served at once though too much waits for others; those are closed after 5 s', async () => {
    const clock = createSteppedClock();
    const { classic, dial, plant } = await startControl({ clock });
    Object.assign(plant.operator.legacy, {
      vars: () => ({ ok: true, data: { lastRead: 'x'.repeat(40_000), values: {} } }),
    });
    const deaf = await Promise.all(Array.from({ length: 200 }, dial));
    for (const client of deaf) client.socket.pause();
    for (const client of deaf) client.send(`#$${'$GETVARS@1;\r'.repeat(400)}`);
    await settle();
    await settle();
    const reads = await classic();
    for (let n = 0; n < 20; n += 1) {
      reads.send('$GETID@1;\r$GETID@2;\r');
      expect([await reads.line(), await reads.line()]).toEqual(['Meter number 1  ', 'Meter number 2  ']);
    }
    await clock.advance(7_000);
    await settle();
    expect(reads.isClosed).toBe(false);
    for (const client of deaf) client.socket.resume();
    await Promise.all(deaf.slice(0, 100).map(({ closed }) => closed));
  });

  it('a client that reads slowly gets all of it', async () => {
    const clock = createSteppedClock();
    const { dial, plant } = await startControl({ clock });
    const data = { lastRead: 'x'.repeat(300_000), values: {} };
    Object.assign(plant.operator.legacy, { vars: () => ({ ok: true, data }) });
    const client = await dial();
    client.send(`#$${'$GETVARS@1;\r'.repeat(60)}$GETID@1;\r`);
    for (let n = 0; n < 40; n += 1) {
      client.socket.pause();
      await clock.advance(20_000);
      client.socket.resume();
      await settle();
    }
    client.send('$QUIT;\r');
    const text = await client.rest();
    expect(text.endsWith('Meter number 1  \rDISCONNECTED!\r')).toBe(true);
    expect(text.length).toBeGreaterThan(60 * 300_000);
  });
});
