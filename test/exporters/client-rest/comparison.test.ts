import { describe, expect, it } from 'vitest';
import { COMPARISON_GAP_MS, RECONNECTED_MS, REST_MS } from '../../../src/exporters/client-rest/comparison.ts';
import { ASK_AGAIN_MS } from '../../../src/exporters/client-rest/connection.ts';
import { type SteppedClock, settleTurns } from '../../support/stepped-clock.ts';
import { exporterFor, NOW, quarters } from '../http/context.ts';
import { listen } from '../http/fake-server.ts';
import { ourCentre } from './fake-centres.ts';

/** Two analyzers with eight days of records each, and a centre. */
async function plant() {
  const records = [...quarters(768, 1), ...quarters(768, 2)];
  const centre = ourCentre();
  let isDown = false;
  const server = await listen((seen) => (isDown ? 'cut' : centre.answer(seen)));
  const again = () =>
    exporterFor('clientRest', server.url, { timeout: '300' }, { stored: records.map(({ record }) => record) });
  const made = again();
  const batches = () => server.seen.filter(({ path }) => path === '/api/v1/records').length;
  const outage = async () => {
    isDown = true;
    await made.exporter.deliver(records.slice(-1)).catch(() => undefined);
    isDown = false;
  };
  const down = (is: boolean) => {
    isDown = is;
  };
  return { ...made, records, centre, batches, outage, down, again };
}

/** Lets stepped time pass, slowly enough for real sockets to answer, until `done`. */
async function pass(clock: SteppedClock, done: () => boolean, limitMs = 290_000): Promise<void> {
  for (let passed = 0; !done() && passed < limitMs; passed += 20) {
    await clock.advance(20);
    for (let turn = 0; turn < 6; turn += 1) await settleTurns();
  }
}

const DAY = 96;

describe('what a centre lost', () => {
  it('of what it had acknowledged, as a backup knows no newer, is sent again and nothing else', async () => {
    const { exporter, records, centre, clock, log, outage } = await plant();
    const delivered = [...records.slice(768 - 2 * DAY, 768), ...records.slice(1536 - 3 * DAY, 1536)];
    await exporter.deliver(delivered);
    const whole = new Set(centre.stored.keys());
    expect(whole.size).toBe(5 * DAY);
    await pass(clock, () => log.matching(/perhaps never sent/).length > 0);
    expect(centre.stored.size).toBe(5 * DAY);
    for (const [index, key] of [...whole].entries()) if (index % 3 !== 0) centre.stored.delete(key);
    await outage();
    await exporter.deliver(records.slice(-1));
    await clock.advance(COMPARISON_GAP_MS);
    await pass(clock, () => log.matching(/were sent again/).length > 0);
    expect(new Set(centre.stored.keys())).toEqual(whole);
    expect([...centre.stored.values()].every(({ times }) => times === 1 || times === 2)).toBe(true);
  });

  it('is told of an analyzer that the centre holds something of, though this run delivered nothing', async () => {
    const { exporter, records, centre, again } = await plant();
    await exporter.deliver(records.slice(768 - 3 * DAY, 768));
    await exporter.close();
    for (const key of [...centre.stored.keys()].slice(10, 200)) centre.stored.delete(key);
    const { live, clock, log } = again();
    live?.start();
    await pass(clock, () => log.matching(/were sent again/).length > 0);
    expect(centre.stored.size).toBe(3 * DAY);
    expect(log.matching(/were sent again/)[0]?.facts).toMatchObject({ sent: 190, refused: 0, failed: 0 });
  });

  it('while nothing was delivered, and nobody noticed, is sent again within the hour', async () => {
    const { exporter, records, centre, clock, log } = await plant();
    await exporter.deliver(records.slice(768 - DAY, 768));
    await pass(clock, () => log.matching(/perhaps never sent/).length > 0);
    for (const key of [...centre.stored.keys()].slice(5, 25)) centre.stored.delete(key);
    await clock.advance(ASK_AGAIN_MS);
    await exporter.deliver(records.slice(767, 768));
    await pass(clock, () => log.matching(/were sent again/).length > 0);
    expect(centre.stored.size).toBe(DAY);
  });

  it('is compared soon after the centre is back, where it went down meanwhile', async () => {
    const { exporter, records, centre, clock, log, outage, down } = await plant();
    await exporter.deliver(records.slice(768 - DAY, 768));
    for (const key of [...centre.stored.keys()].slice(5, 25)) centre.stored.delete(key);
    down(true);
    await pass(clock, () => log.matching(/could not be compared/).length > 0);
    await outage();
    await exporter.deliver(records.slice(767, 768));
    await pass(clock, () => log.matching(/were sent again/).length > 0, 2 * RECONNECTED_MS);
    expect(centre.stored.size).toBe(DAY);
  });

  it('waits until what is owed has been delivered', async () => {
    const { exporter, records, clock, batches } = await plant();
    await exporter.deliver(records.slice(768 - DAY, 768));
    for (let count = 0; count < 5; count += 1) {
      await clock.advance(REST_MS - 1);
      await exporter.deliver(records.slice(0, 1));
    }
    expect(batches()).toBe(6);
    await exporter.close();
    await clock.advance(NOW);
    expect(batches()).toBe(6);
    expect(clock.pending()).toBe(0);
  });
});
