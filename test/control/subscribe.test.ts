import { describe, expect, it } from 'vitest';
import type { PlantEvent, ReadingEvent } from '../../src/protocol/events.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { createFakePlant } from './fake-operator.ts';
import type { RawClient } from './raw-client.ts';
import { startControl } from './running-control.ts';
import { AT, analyzerView, deviceView, listView, readingView, recordWire } from './views.ts';

const reading = (id: number, value = 1): PlantEvent => {
  const data: ReadingEvent = {
    id,
    reading: readingView(value),
    comm: true,
    readings: { good: value, failed: 0 },
    errorShare: 0,
    energyKwh: null,
    cost: null,
    minuteKw: null,
  };
  return { event: 'reading', data };
};
const analyzer = (id: number): PlantEvent => ({ event: 'analyzer', data: analyzerView(id) });
const record = (id: number, minute: number): PlantEvent => ({ event: 'record', data: recordWire(id, minute) });
const log = (text: string): PlantEvent => ({ event: 'log', data: { at: AT, level: 'info', text } });
const frame = (device: number, bytes: string) =>
  ({ device, at: AT, direction: 'request', bytes, words: '', analyzer: 1, tookMs: null }) as const;

const pass = () => new Promise<void>((resolve) => setImmediate(resolve));

async function subscribe(client: RawClient, what: string): Promise<Record<string, unknown>> {
  client.send(`$SUBSCRIBE@${what};\r`);
  const answer = await client.json();
  expect(answer).toMatchObject({ ok: true, command: 'SUBSCRIBE' });
  return answer.data as Record<string, unknown>;
}

/** What comes until the answer to a request that is sent now, in short. */
async function eventsOf(client: RawClient): Promise<readonly string[]> {
  await pass();
  client.send('$HELP;\r');
  const events: string[] = [];
  for (let line = await client.json(); line.event !== undefined; line = await client.json()) {
    const data = line.data as Record<string, unknown>;
    events.push(`${line.event} ${data.bytes ?? data.id ?? data.analyzer ?? data.text ?? data.missed ?? ''}`.trim());
  }
  return events;
}

describe('SUBSCRIBE', () => {
  it.each([
    ['readings', ['reading 1']],
    ['states', ['analyzer 1', 'device 1', 'installation', 'shutdown']],
    ['records', ['record 1']],
    ['log', ['log hello']],
    ['frames:1', ['frame 01 03']],
    ['readings,log', ['reading 1', 'log hello']],
    ['all', ['reading 1', 'analyzer 1', 'device 1', 'installation', 'record 1', 'log hello', 'shutdown']],
  ])('%s pushes its kinds of events and no others', async (what, expected) => {
    const { json, plant } = await startControl();
    const client = await json();
    await subscribe(client, what);
    plant.emit(reading(1));
    plant.emit(analyzer(1));
    plant.emit({ event: 'device', data: deviceView(1, []) });
    plant.emit({ event: 'installation', data: listView([]) });
    plant.emit(record(1, 5));
    plant.emit(log('hello'));
    plant.frame(frame(1, '01 03'));
    plant.frame(frame(2, '02 03'));
    plant.emit({ event: 'shutdown', data: { words: 'it ends' } });
    expect(await eventsOf(client)).toEqual(expected);
  });

  it('begins with everything that was asked for, and null for what was not', async () => {
    const { json } = await startControl();
    const client = await json();
    expect(await subscribe(client, 'states')).toMatchObject({
      what: ['states'],
      list: { analyzers: [{ id: 1 }, { id: 2 }, { id: 3 }] },
      records: null,
      log: null,
      frames: null,
    });
    expect(await subscribe(client, 'records,log,frames:1')).toEqual({
      what: ['records', 'log', 'frames:1'],
      list: null,
      records: [recordWire(1, 1), recordWire(2, 1), recordWire(3, 1)],
      log: [{ at: AT, level: 'info', text: 'it began' }],
      frames: [],
    });
  });

  it('a record that comes while those of before are collected is in the snapshot, and comes once', async () => {
    const plant = createFakePlant();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { records } = plant.operator;
    Object.assign(plant.operator, {
      records: async (id: number, count: number) => {
        const answered = await records(id, count);
        if (id === 2) await gate;
        return answered;
      },
    });
    const { json } = await startControl({ plant });
    const client = await json();
    client.send('$SUBSCRIBE@records;\r');
    while (plant.listeners().events === 0) await pass();
    await pass();
    // the first was asked for already, the second is being asked for, the third will be
    for (const id of [1, 2, 3]) plant.emit(record(id, 2));
    plant.records.get(3)?.push(recordWire(3, 2), recordWire(3, 3));
    open();
    const { data } = await client.json();
    const ends = (data as { records: { analyzer: number; end: string }[] }).records.map(({ end }) => end.slice(14, 16));
    expect(ends).toEqual(['02', '02', '02']);
    plant.emit(record(1, 3));
    expect(await eventsOf(client)).toEqual(['record 1']);
  });

  it('a record that was found before its event comes once', async () => {
    const { json, plant } = await startControl();
    plant.records.get(1)?.push(recordWire(1, 2));
    const client = await json();
    await subscribe(client, 'records');
    plant.emit(record(1, 2));
    plant.emit(record(2, 2));
    plant.emit(record(1, 3));
    expect(await eventsOf(client)).toEqual(['record 2', 'record 1']);
  });

  it('asks the operator once for all clients, and not at all when the last is gone', async () => {
    const { json, plant } = await startControl();
    const clients = [await json(), await json(), await json()];
    expect(plant.listeners()).toEqual({ events: 0, frames: 0 });
    for (const client of clients) await subscribe(client, 'all,frames:1');
    expect(plant.listeners()).toEqual({ events: 1, frames: 1 });
    for (const client of clients) client.socket.destroy();
    while (plant.listeners().events > 0) await pass();
    expect(plant.listeners()).toEqual({ events: 0, frames: 0 });
  });

  it('a client that goes while its snapshot is collected leaves nothing behind', async () => {
    const { json, plant, control } = await startControl();
    const client = await json();
    const { records } = plant.operator;
    Object.assign(plant.operator, {
      records: async (id: number, count: number) => {
        if (id === 1) client.socket.resetAndDestroy();
        for (let n = 0; n < 20; n += 1) await pass();
        return records(id, count);
      },
    });
    client.send('$SUBSCRIBE@records;\r');
    await client.closed;
    while (plant.listeners().events > 0) await pass();
    expect(plant.listeners().events).toBe(0);
    await control.stop();
  });

  it('clients that go before the turn of their snapshots leave nothing behind', async () => {
    const clock = createSteppedClock();
    const plant = createFakePlant();
    const { list } = plant.operator;
    let listed = 0;
    Object.assign(plant.operator, {
      list() {
        // one snapshot a pass
        clock.stall(30);
        listed += 1;
        return list();
      },
    });
    const { json } = await startControl({ clock, plant });
    const clients = await Promise.all(Array.from({ length: 30 }, () => json()));
    for (const client of clients) client.send('$SUBSCRIBE@records,states;\r');
    await clients[0]?.json();
    for (const client of clients) client.socket.resetAndDestroy();
    for (let n = 0; n < 500 && plant.listeners().events > 0; n += 1) await pass();
    expect(plant.listeners().events).toBe(0);
    expect(listed).toBeLessThan(30);
  });

  it('UNSUBSCRIBE ends some of it, or all', async () => {
    const { json, plant } = await startControl();
    const client = await json();
    await subscribe(client, 'all,frames:1');
    client.send('$UNSUBSCRIBE@log,frames:1,records;\r');
    expect(await client.json()).toMatchObject({ data: { what: ['readings', 'states'] } });
    expect(plant.listeners()).toEqual({ events: 1, frames: 0 });
    plant.emit(log('hello'));
    plant.emit(analyzer(2));
    expect(await eventsOf(client)).toEqual(['analyzer 2']);
    client.send('$UNSUBSCRIBE;\r');
    expect(await client.json()).toMatchObject({ data: { what: [] } });
    expect(plant.listeners()).toEqual({ events: 0, frames: 0 });
  });

  it('frames of a device are watched as long as one client looks', async () => {
    const { json, plant } = await startControl();
    const [first, second] = [await json(), await json()];
    await subscribe(first, 'frames:1');
    await subscribe(second, 'frames:1');
    first.send('$UNSUBSCRIBE@frames:1;\r');
    await first.json();
    plant.frame(frame(1, '01 03'));
    expect(await eventsOf(second)).toEqual(['frame 01 03']);
    expect(await eventsOf(first)).toEqual([]);
  });

  it('an event that cannot be written harms nobody, and is in the log', async () => {
    const { json, plant, log: lines } = await startControl();
    const client = await json();
    await subscribe(client, 'readings');
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    plant.emit({ event: 'reading', data: circular } as never);
    plant.emit(reading(2));
    expect(await eventsOf(client)).toEqual(['reading 2']);
    expect(lines.matching(/an event could not be sent/)).toHaveLength(1);
  });

  it('a reader that is slow gets the newest of each subject and how much it missed', async () => {
    const { json, plant } = await startControl();
    const [slow, quick] = [await json(), await json()];
    await subscribe(slow, 'readings,log');
    await subscribe(quick, 'readings');
    slow.socket.pause();
    const padding = 'x'.repeat(2000);
    let rounds = 0;
    for (; rounds < 4000; rounds += 1) {
      for (const id of [1, 2, 3]) plant.emit(reading(id, rounds));
      plant.emit(log(padding));
      await pass();
    }
    slow.socket.resume();
    const seen = new Map<number, number>();
    let [received, missed] = [0, 0];
    plant.emit({ event: 'log', data: { at: AT, level: 'info', text: 'last' } });
    for (let isDone = false; !isDone; ) {
      const { event, data } = (await slow.json()) as { event: string; data: Record<string, unknown> };
      if (event === 'lagged') missed += Number(data.missed);
      else received += 1;
      if (event === 'reading') seen.set(Number(data.id), (data.readings as { good: number }).good);
      isDone = [1, 2, 3].every((id) => seen.get(id) === rounds - 1);
    }
    expect(missed).toBeGreaterThan(100);
    await pass();
    const rest = (await eventsOf(slow)).filter((each) => each !== 'log last').length;
    // nothing is left out without being counted: the last line of the log may be either
    expect(received + missed + rest).toBeGreaterThanOrEqual(rounds * 4);
    expect(received + missed + rest).toBeLessThanOrEqual(rounds * 4 + 1);
    const all = await eventsOf(quick);
    expect(all.filter((each) => each.startsWith('lagged'))).toEqual([]);
    expect(all).toHaveLength(rounds * 3);
  }, 60_000);
});
