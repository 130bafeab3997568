import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { createMqtt } from '../../../src/exporters/mqtt/mqtt.ts';
import { type FakePlantOptions, fakePlant } from '../../support/exporter-context.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { analyzerConfig } from '../../support/installation.ts';
import { type Mosquitto, requireMosquitto, startMosquitto } from '../../support/mosquitto.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const TWO = [analyzerConfig(), analyzerConfig({ id: 2 })];
const CONFIG_1 = 'homeassistant/device/lector_4_1/config';
const CONFIG_2 = 'homeassistant/device/lector_4_2/config';

async function shown(o: Partial<FakePlantOptions> = {}) {
  const mosquitto = await startMosquitto({ onEnd: (end) => void ends.push(end) });
  const peer = await mosquitto.subscribe(['#']);
  return { mosquitto, peer, ...running(mosquitto, o) };
}

function running(mosquitto: Mosquitto, o: Partial<FakePlantOptions> = {}) {
  const plant = fakePlant({ type: 'mqtt', target: mosquitto.url, analyzers: TWO, clock: fastClock(10), ...o });
  const live = createMqtt(plant.context).live!;
  live.start();
  ends.push(() => live.close());
  return { plant, live };
}

/** Without what nobody holds. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe.skipIf(!requireMosquitto())('what MQTT shows of the analyzers', () => {
  it('publishes the last of many readings, and of an analyzer no more than one a second', async () => {
    const { peer, plant } = await shown();
    await peer.until(({ topic }) => topic === 'lector/4/2/state');
    const reading = plant.views.get(1)!.lastReading!;
    plant.tell(1, { lastReading: { ...reading, values: { PAT: [0] } } });
    await peer.until(({ payload }) => payload.includes('"PAT":[0]'));
    const began = performance.now();
    for (let n = 1; n <= 500; n += 1) plant.tell(1, { lastReading: { ...reading, values: { PAT: [n] } } });
    const last = await peer.until(({ payload }) => payload.includes('"PAT":[500]'));
    expect(last.retained).toBe(false);
    // a tenth of a second, as the clock runs
    expect(performance.now() - began).toBeGreaterThan(50);
    expect(peer.seen.filter(({ topic }) => topic === 'lector/4/1/state')).toHaveLength(3);
  });
  it('says offline of an analyzer that is not read, and online when it is again', async () => {
    const { peer, plant } = await shown();
    const status = (payload: string, count: number) =>
      peer.count(count, (each) => each.topic === 'lector/4/2/status' && each.payload === payload);
    await status('online', 1);
    plant.tell(2, { state: 'failed', comm: false, error: { code: 'LINE_TIMEOUT', message: 'no answer' } }, 'analyzer');
    await status('offline', 1);
    const state = await peer.until(({ topic, payload }) => topic === 'lector/4/2/state' && payload.includes('failed'));
    expect(JSON.parse(state.payload)).toMatchObject({ online: false, failure: { code: 'LINE_TIMEOUT' } });
    plant.tell(2, { state: 'polling', comm: true, error: null }, 'analyzer');
    await status('online', 2);
    plant.tell(1, { attempt: 7, error: { code: 'X', message: 'told again' } }, 'analyzer');
    await peer.until(({ topic, payload }) => topic === 'lector/4/1/state' && payload.includes('told again'));
    expect(peer.seen.filter(({ topic }) => topic === 'lector/4/1/status')).toHaveLength(1);
  });
  it('says offline of an analyzer whose values are old though nothing was told of it', async () => {
    const { peer, plant } = await shown();
    await peer.until(({ topic, payload }) => topic === 'lector/4/1/status' && payload === 'online');
    plant.views.set(1, { ...plant.views.get(1)!, ageMs: 7_001 });
    await peer.until(({ topic, payload }) => topic === 'lector/4/1/status' && payload === 'offline');
  });
  it('takes away what the broker keeps of who was removed, by a reload or while lector was away', async () => {
    const { mosquitto, peer, plant, live } = await shown();
    await peer.until(({ topic }) => topic === 'lector/4/2/state');
    plant.configure([analyzerConfig()]);
    live.installed();
    await peer.count(3, ({ payload }) => payload === '');
    expect(peer.seen.filter(({ payload }) => payload === '').map(({ topic }) => topic)).toEqual([
      CONFIG_2,
      'lector/4/2/state',
      'lector/4/2/status',
    ]);
    await live.close();
    running(mosquitto, { analyzers: [analyzerConfig({ id: 7 })] });
    await peer.until(({ topic, payload }) => topic === 'lector/4/1/status' && payload === '');
    const kept = await mosquitto.subscribe(['#']);
    const first = await kept.count(4);
    expect(first.map(({ topic }) => topic).sort()).toEqual(
      ['homeassistant/device/lector_4_7/config', 'lector/4/7/state', 'lector/4/7/status', 'lector/4/status'].sort(),
    );
  });
  it('tells Home Assistant again as it comes online, and after a change what is no longer there', async () => {
    const { mosquitto, peer, plant, live } = await shown({ analyzers: [analyzerConfig()] });
    const configs = (count: number) => peer.count(count, ({ topic }) => topic === CONFIG_1);
    await configs(1);
    await peer.until(({ topic }) => topic === 'lector/4/1/state');
    mosquitto.publish('homeassistant/status', 'offline');
    mosquitto.publish('homeassistant/status', 'online');
    const [first, second] = await configs(2);
    expect(second!.payload).toBe(first!.payload);
    plant.configure([analyzerConfig({ name: 'Kitchen', consultes: ['TPF', 'PAT'] })]);
    live.installed();
    const config = JSON.parse((await configs(3))[2]!.payload);
    expect(config.device.name).toBe('Kitchen');
    expect(config.components.CEA_0).toEqual({ platform: 'sensor' });
    expect(Object.keys(config.components)).toEqual(['CEA_0', 'TPF_0', 'TPF_1', 'TPF_2', 'PAT_0']);
    // nothing has changed since
    const view = plant.views.get(1)!;
    plant.views.set(1, { ...view, lastReading: { ...view.lastReading!, values: { PAT: [77] } } });
    live.installed();
    await peer.until(({ payload }) => payload.includes('"PAT":[77]'));
    expect(peer.seen.filter(({ topic }) => topic === CONFIG_1)).toHaveLength(3);
    plant.configure([analyzerConfig({ name: 'Kitchen', consultes: ['TPF'] })]);
    live.installed();
    expect(JSON.parse((await configs(4))[3]!.payload).components.PAT_0).toEqual({ platform: 'sensor' });
  });
  it('goes by the prefixes of the file, and says nothing to Home Assistant where that is off', async () => {
    const { mosquitto, peer, plant, live } = await shown({ options: { prefix: '/site/meters/', discovery: 'no' } });
    await peer.until(({ topic }) => topic === 'site/meters/4/2/state');
    expect(peer.seen.map(({ topic }) => topic).filter((topic) => !topic.startsWith('site/meters/4/'))).toEqual([]);
    // another node has another will
    plant.configure(TWO, 5);
    live.installed();
    await peer.until(({ topic, payload }) => topic === 'site/meters/4/status' && payload === 'offline');
    await peer.until(({ topic }) => topic === 'site/meters/5/2/state');
    const kept = await mosquitto.subscribe(['#']);
    expect((await kept.count(5)).every(({ topic }) => topic.startsWith('site/meters/5/'))).toBe(true);
  });
  it('F33 a broker that takes nothing holds up nobody, and is told all when it takes again', async () => {
    const { mosquitto, peer, plant } = await shown();
    await peer.until(({ topic }) => topic === 'lector/4/2/state');
    await mosquitto.freeze();
    const reading = plant.views.get(1)!.lastReading!;
    const before = heldBytes();
    const began = process.cpuUsage();
    for (let n = 0; n < 20_000; n += 1) plant.tell(1, { lastReading: { ...reading, values: { PAT: [n] } } });
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(1_000);
    expect(heldBytes() - before).toBeLessThan(10_000_000);
    mosquitto.signal('SIGCONT');
    await peer.until(({ payload }) => payload.includes('"PAT":[19999]'));
  });
  it('a broker that comes and goes is said to be away once, and listened to once', async () => {
    const { mosquitto, peer, plant } = await shown();
    await peer.until(({ topic }) => topic === 'lector/4/2/state');
    for (let n = 0; n < 3; n += 1) {
      await mosquitto.kill();
      await mosquitto.restart();
      const again = await mosquitto.subscribe(['lector/4/2/status']);
      await again.until(({ payload }) => payload === 'online');
    }
    expect(plant.listeners()).toBe(1);
    // that it was cut off, and that nothing listens
    const warnings = plant.log.lines.filter(({ level }) => level === 'warn').map(({ text }) => text);
    expect(warnings.length).toBeLessThanOrEqual(2);
    expect(new Set(warnings).size).toBe(warnings.length);
  });
});
