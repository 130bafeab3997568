import { afterEach, describe, expect, it } from 'vitest';
import { createMqtt } from '../../../src/exporters/mqtt/mqtt.ts';
import { fakePlant } from '../../support/exporter-context.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { analyzerConfig, deviceConfig } from '../../support/installation.ts';
import { type MosquittoOptions, requireMosquitto, startMosquitto } from '../../support/mosquitto.ts';
import { parseMetrics } from '../../support/prometheus-text.ts';
import { runApp } from '../../support/running-app.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const broker = (o: Omit<MosquittoOptions, 'onEnd'> = {}) =>
  startMosquitto({ ...o, onEnd: (end) => void ends.push(end) });

const exportTo = (type: string, target: string) => ({ type, target, path: null, options: {} });

/** Two simulated meters that export there, if anywhere, after so many minutes. */
async function plantAt(target: string | null, minutes: number) {
  const exports = target === null ? [] : [exportTo('mqtt', target), exportTo('prometheus', '127.0.0.1:0')];
  const analyzers = [1, 2].map((id) => analyzerConfig({ id, exports }));
  const plant = await runApp({ devices: [deviceConfig()], analyzers });
  ends.push(async () => void (await plant.stop()));
  for (let n = 0; n < minutes; n += 1) await plant.clock.advance(60_000);
  return plant;
}

/** What was read and recorded so far. */
const readOf = ({ app }: Awaited<ReturnType<typeof plantAt>>) =>
  app.operator.list().analyzers.map(({ readings, lastRecord, state }) => ({ readings, lastRecord, state }));

describe.skipIf(!requireMosquitto())('a plant that exports by MQTT and to Prometheus', () => {
  it('shows and delivers what its meters say', async () => {
    const mosquitto = await broker();
    const peer = await mosquitto.subscribe(['#']);
    const plant = await plantAt(mosquitto.url, 0);
    await peer.until(({ topic, payload }) => topic === 'lector/4/status' && payload === 'online');
    for (let n = 0; n < 3; n += 1) await plant.clock.advance(60_000);
    const records = await peer.count(4, ({ topic }) => /^lector\/4\/[12]\/record$/.test(topic));
    expect(JSON.parse(records.at(-1)!.payload)).toMatchObject({ node: 4, model: 'PM710', n: 60, expected: 60 });
    const state = await peer.until(
      ({ topic, payload }) => topic === 'lector/4/2/state' && payload.includes('"online":true'),
    );
    expect(Object.keys(JSON.parse(state.payload).values)).toEqual(['TPF', 'PAT', 'CEA']);
    const config = await peer.until(({ topic }) => topic === 'homeassistant/device/lector_4_2/config');
    expect(Object.keys(JSON.parse(config.payload).components)).toEqual(['TPF_0', 'TPF_1', 'TPF_2', 'PAT_0', 'CEA_0']);
    const port = plant.log.matching(/Prometheus finds metrics/)[0]?.facts.port;
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    const samples = parseMetrics(await answer.text());
    const find = (name: string) => samples.filter((each) => each.name === name);
    expect(find('lector_analyzer_up').map(({ value }) => value)).toEqual([1, 1]);
    expect(find('lector_voltage_phase_volts')).toHaveLength(6);
    expect(find('lector_line_transactions_total')[0]!.value).toBeGreaterThan(100);
    expect(find('lector_delivery_owed_records').map(({ labels }) => labels.type)).toContain('mqtt');
  });
  it('reads and records as if there were none, where nothing listens, and says so', async () => {
    const mosquitto = await broker();
    await mosquitto.kill();
    const plant = await plantAt(mosquitto.url, 2);
    expect(readOf(plant)).toEqual(readOf(await plantAt(null, 2)));
    const { deliveries, node } = plant.app.operator.list();
    expect(deliveries.find(({ type }) => type === 'mqtt')).toMatchObject({ state: 'backingOff' });
    expect(deliveries.find(({ type }) => type === 'mqtt')?.owed).toBeGreaterThan(1);
    expect(node.troubles.join()).toContain('nothing listens there');
  });
  it('reads on while a broker takes nothing', async () => {
    const mosquitto = await broker();
    const peer = await mosquitto.subscribe(['lector/4/status']);
    const plant = await plantAt(mosquitto.url, 0);
    await peer.until(({ payload }) => payload === 'online');
    await mosquitto.freeze();
    await plant.clock.advance(15_000);
    const other = await plantAt(null, 0);
    await other.clock.advance(15_000);
    expect(readOf(plant)).toEqual(readOf(other));
    mosquitto.signal('SIGCONT');
  });
});

describe.skipIf(!requireMosquitto())('the end of a connection', () => {
  it('comes within its time though the broker takes nothing, and leaves no socket behind', async () => {
    const mosquitto = await broker();
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length;
    const before = sockets();
    const plant = fakePlant({ type: 'mqtt', target: mosquitto.url, clock: fastClock(10) });
    const { exporter, live } = createMqtt(plant.context);
    live!.start();
    await exporter!.deliver(plant.owed(1));
    expect(sockets()).toBe(before + 1);
    await mosquitto.freeze();
    const sent = exporter!.deliver(plant.owed(30));
    await live!.close();
    expect((await sent).every(({ kind }) => kind === 'failed')).toBe(true);
    for (let turn = 0; turn < 1_000 && sockets() > before; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sockets()).toBe(before);
    expect(plant.listeners()).toBe(0);
    expect(live!.trouble()).toBeNull();
  });
});
