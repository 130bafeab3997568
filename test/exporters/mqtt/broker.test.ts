import { afterEach, describe, expect, it } from 'vitest';
import { createMqtt } from '../../../src/exporters/mqtt/mqtt.ts';
import { type FakePlantOptions, fakePlant } from '../../support/exporter-context.ts';
import { analyzerConfig } from '../../support/installation.ts';
import { type MosquittoOptions, requireMosquitto, startMosquitto } from '../../support/mosquitto.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const broker = (o: Omit<MosquittoOptions, 'onEnd'> = {}) =>
  startMosquitto({ ...o, onEnd: (end) => void ends.push(end) });

/** An exporter that is started, and closed with the test. */
function running(target: string, o: Partial<FakePlantOptions> = {}) {
  const plant = fakePlant({ type: 'mqtt', target, ...o });
  const { exporter, live } = createMqtt(plant.context);
  live!.start();
  ends.push(() => live!.close());
  return { plant, exporter: exporter!, live: live! };
}

const kinds = (results: readonly { readonly kind: string }[]) => results.map(({ kind }) => kind);

describe.skipIf(!requireMosquitto())('MQTT with a broker of Debian', () => {
  it('delivers each record as the broker says that it has it, in its wire form, with the instance', async () => {
    const mosquitto = await broker();
    const peer = await mosquitto.subscribe(['lector/#']);
    const { plant, exporter } = running(mosquitto.url);
    const results = await exporter.deliver(plant.owed(30));
    expect(kinds(results)).toEqual(Array(30).fill('delivered'));
    expect(results.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
    const seen = await peer.count(30, ({ topic }) => topic === 'lector/4/1/record');
    expect(seen[0]).toMatchObject({ qos: 1, retained: false });
    expect(seen[0]!.properties).toBe('lector-instance:6f0f1c1e-8a55-4b7e-9d52-2f6a3d1b9c01');
    expect(JSON.parse(seen[0]!.payload)).toMatchObject({
      ...{ node: 4, analyzer: 1, model: 'PM710', end: '2026-11-25T13:01:00.000+01:00', generation: 0 },
      variables: { TPF: { values: [230.1, 231.2, null] }, PAT: { values: [1.5] } },
    });
    expect(seen.map(({ payload }) => JSON.parse(payload).variables.PAT.values[0])).toEqual(
      Array.from({ length: 30 }, (_, n) => n + 1.5),
    );
  });
  it('keeps the last reading, the status and what Home Assistant needs at the broker', async () => {
    const mosquitto = await broker();
    const { live } = running(mosquitto.url);
    const early = await mosquitto.subscribe(['#']);
    await early.until(({ topic }) => topic === 'lector/4/1/state');
    const peer = await mosquitto.subscribe(['#']);
    const seen = await peer.count(4);
    expect(seen.every(({ retained }) => retained)).toBe(true);
    const by = Object.fromEntries(seen.map(({ topic, payload }) => [topic, payload]));
    expect(by['lector/4/status']).toBe('online');
    expect(by['lector/4/1/status']).toBe('online');
    expect(JSON.parse(by['lector/4/1/state']!)).toEqual({
      ...{ node: 4, analyzer: 1, at: '2026-11-25T13:00:00.000+01:00', state: 'polling', online: true },
      ...{ values: { TPF: [230.1, 231.2, null], PAT: [12.5], CEA: [1000] }, flags: {}, failure: null },
    });
    expect(JSON.parse(by['homeassistant/device/lector_4_1/config']!)).toMatchObject({
      device: { identifiers: ['lector_4_1'], manufacturer: 'Schneider Electric', model: 'PM710' },
      state_topic: 'lector/4/1/state',
    });
    expect(live.trouble()).toBeNull();
  });
  it('is offline by its will when it dies, and by its own word when it is closed', async () => {
    const mosquitto = await broker();
    const peer = await mosquitto.subscribe(['lector/4/status', 'lector/4/1/status']);
    const { live } = running(mosquitto.url);
    await peer.count(2, ({ payload }) => payload === 'online');
    await live.close();
    const offline = await peer.count(2, ({ payload }) => payload === 'offline');
    expect(offline.map(({ topic }) => topic).sort()).toEqual(['lector/4/1/status', 'lector/4/status']);
    // another with the same name takes its place, and that one is cut off without a goodbye
    running(mosquitto.url);
    await peer.count(4, ({ payload }) => payload === 'online');
    running(mosquitto.url);
    await peer.count(2, ({ topic, payload }) => topic === 'lector/4/status' && payload === 'offline');
    await peer.count(3, ({ topic, payload }) => topic === 'lector/4/status' && payload === 'online');
  });
  it('says in words that nothing listens, that it is tried again once in the log, and delivers nothing', async () => {
    const mosquitto = await broker();
    await mosquitto.kill();
    const { plant, exporter, live } = running(mosquitto.url);
    const failure = await exporter.deliver(plant.owed(1)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'EXPORT_FAILED' });
    expect(String(failure)).toContain('nothing listens there');
    expect(live.trouble()).toContain('nothing listens there');
    expect(plant.log.matching(/nothing listens there/)).toHaveLength(1);
    await mosquitto.restart();
    const peer = await mosquitto.subscribe(['lector/4/status']);
    await peer.until(({ payload }) => payload === 'online');
    expect(live.trouble()).toBeNull();
    expect(plant.reached()).toBe(1);
    expect(kinds(await exporter.deliver(plant.owed(2)))).toEqual(['delivered', 'delivered']);
    expect(plant.log.matching(/nothing listens there/)).toHaveLength(1);
  });
  it('F63 a broker that is killed before it says that it has a record gets it again', async () => {
    const mosquitto = await broker();
    const { plant, exporter } = running(mosquitto.url);
    expect(kinds(await exporter.deliver(plant.owed(1)))).toEqual(['delivered']);
    await mosquitto.freeze();
    const sent = exporter.deliver(plant.owed(50, 2));
    await new Promise((resolve) => setImmediate(resolve));
    await mosquitto.kill();
    const results = await sent;
    expect(kinds(results)).toEqual(Array(50).fill('failed'));
    expect(results[0]).toMatchObject({ failure: { code: 'EXPORT_FAILED' } });
    await expect(exporter.deliver(plant.owed(1))).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
    await mosquitto.restart();
    const peer = await mosquitto.subscribe(['lector/#']);
    await peer.until(({ topic, payload }) => topic === 'lector/4/status' && payload === 'online');
    expect(kinds(await exporter.deliver(plant.owed(50, 2)))).toEqual(Array(50).fill('delivered'));
    const seen = await peer.count(50, ({ topic }) => topic === 'lector/4/1/record');
    expect(new Set(seen.map(({ payload }) => JSON.parse(payload).end)).size).toBe(50);
  });
  it('says who may not publish where, fails those records and goes on with the others', async () => {
    const mosquitto = await broker({
      config: ['allow_anonymous true', 'acl_file FOLDER/acl'],
      files: {
        acl: 'topic readwrite lector/4/2/#\ntopic readwrite lector/4/status\ntopic readwrite homeassistant/#\n',
      },
    });
    const analyzers = [analyzerConfig(), analyzerConfig({ id: 2 })];
    const { plant, exporter, live } = running(mosquitto.url, { analyzers });
    const results = await exporter.deliver([...plant.owed(1), ...plant.owed(1, 2, analyzers[1])]);
    expect(results[0]).toMatchObject({ kind: 'failed', failure: { code: 'EXPORT_FAILED', facts: { reason: 135 } } });
    expect(results[0]).toMatchObject({ failure: { message: expect.stringContaining('lector/4/1/record') } });
    expect(results[1]).toEqual({ sequence: 2, kind: 'delivered' });
    await mosquitto.said(/Denied PUBLISH .*lector\/4\/1\/state/);
    await exporter.deliver(plant.owed(1, 3, analyzers[1]));
    expect(live.trouble()).toContain('lector/4/1/status');
  });
  it('owes a record that nobody subscribes to only where it was told to', async () => {
    const mosquitto = await broker();
    const { plant, exporter } = running(mosquitto.url);
    expect(kinds(await exporter.deliver(plant.owed(1)))).toEqual(['delivered']);
    const waiting = running(mosquitto.url, { options: { wait_for_subscriber: 'yes', client_id: 'other' } });
    const results = await waiting.exporter.deliver(plant.owed(1));
    expect(results[0]).toMatchObject({ kind: 'failed', failure: { facts: { reason: 16 } } });
    await mosquitto.subscribe(['lector/#']);
    expect(kinds(await waiting.exporter.deliver(plant.owed(1)))).toEqual(['delivered']);
  });
  it('refuses for good what is larger than the broker takes', async () => {
    const mosquitto = await broker({ config: ['allow_anonymous true', 'max_packet_size 1200'] });
    const wide = analyzerConfig({ consultes: ['TPF', 'PAT', 'CEA', 'IPF', 'PAF', 'THDV', 'THDI'] });
    const { plant, exporter } = running(mosquitto.url, { analyzers: [wide], options: { discovery: 'no' } });
    const [result] = await exporter.deliver(plant.owed(1));
    expect(result).toMatchObject({ kind: 'refused', reason: expect.stringContaining('no more than 1200') });
  });
});
