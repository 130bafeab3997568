import { describe, expect, it } from 'vitest';
import { answerText } from '../../src/cli/answer-text.ts';
import { watchVirtuals } from '../../src/cli/ctl/virtual-watch.ts';
import { runCtl } from '../../src/cli/ctl.ts';
import type { AnalyzerView, ListView } from '../../src/protocol/views.ts';
import type { Peer, Script } from '../client/fake-server.ts';
import { FAILED, LIST, READING, READING_EVENT, SAMPLES } from '../client/sample-views.ts';
import { NOW, ran, serving, testHost } from './ctl-host.ts';

const MAIN = LIST.analyzers[0]!;
const TODAY = { energyKwh: 20.2, energyFrom: 'counter', cost: 4, range: {} } as const;
const SHOP: AnalyzerView = {
  ...{ ...MAIN, id: 5, name: 'Workshop', ageMs: 2500, today: TODAY, tariff: 'school' },
  lastReading: { ...READING, values: { PAT: [2.15] } },
};
const PRICED: AnalyzerView = { ...MAIN, today: { ...MAIN.today, cost: 20.5 }, tariff: 'school' };
const BUILDING = {
  ...{ id: 100, name: 'Building', location: 'Sa Pobla', of: '1 - 5', tariff: 'school' },
  terms: [
    { sign: 1, id: 1 },
    { sign: -1, id: 5 },
  ],
} as const;
const PLANT: ListView = { ...LIST, analyzers: [PRICED, SHOP], virtuals: [BUILDING] };
const BROKEN: ListView = { ...PLANT, analyzers: [PRICED, { ...FAILED, id: 5, name: 'Workshop' }] };

/** A server with a plant; of what is no analyzer it says so, as a sum is none. */
const serverOf =
  (plant: ListView, subscribed?: (peer: Peer) => void): Script =>
  (name, argument, peer) => {
    if (name === 'LIST') peer.answer(name, plant);
    else if (name === 'STATUS') {
      const found = plant.analyzers.find(({ id }) => String(id) === argument);
      if (found === undefined) peer.refuse(name, 'NO_SUCH_ANALYZER', `no analyzer ${argument}`);
      else peer.answer(name, found);
    } else if (name === 'SUBSCRIBE') {
      peer.answer(name, { ...SAMPLES.SUBSCRIBE, list: plant });
      subscribed?.(peer);
    } else peer.answer(name, SAMPLES[name as keyof typeof SAMPLES]);
  };

describe('lector ctl list, with sums of analyzers', () => {
  it('has them after the analyzers, as they are computed', async () => {
    const { socket } = await serving(serverOf(PLANT));
    const { code, out } = await ran(socket, ['list']);
    expect([code, out.split('\n').at(-2)]).toEqual([0, '100\tBuilding\t1 - 5\t-\tcomputed\t-\t2.5\t10.25\t64\t-']);
    const wide = await ran(socket, ['list'], 120);
    expect(wide.out.split('\n').slice(2)).toEqual([
      '  5  Workshop          PM710     1  polling    10 h  2.5 s  2.150      20.20',
      '100  Building          1 - 5     -  computed      -  2.5 s  10.25      64.00',
      '',
    ]);
  });

  it('says without whom one is not known, and shows no part of it', async () => {
    const { socket } = await serving(serverOf(BROKEN));
    const { out } = await ran(socket, ['list'], 80);
    expect(out).toMatch(/^100 {2}Building .*computed +- +- +- +-$/m);
    expect(out).toMatch(/^100 not known: analyzer 5 \(Workshop\) is failed$/m);
    const piped = await ran(socket, ['list']);
    expect(piped.out).toContain('\tnot known: analyzer 5 (Workshop) is failed\n');
  });

  it('--json says of each what it says now; without any, what the server said', async () => {
    const { socket } = await serving(serverOf(PLANT));
    const told = JSON.parse((await ran(socket, ['list', '--json'])).out);
    const now = { kw: 10.25, energyKwh: 64, energyFrom: 'counter', cost: 16.5, costMissing: null, ageMs: 2500 };
    expect(told).toEqual({ ...PLANT, virtuals: [{ ...BUILDING, ...now, missing: [] }] });
    const bare = await serving();
    expect(JSON.parse((await ran(bare.socket, ['list', '--json'])).out)).toEqual(LIST);
  });

  it('the shell prints the same', () => {
    const o = { columns: 80, tty: true, now: NOW };
    expect(answerText('LIST', PLANT, o)).toMatch(/^100 {2}Building .*computed.*10\.25 +64\.00$/m);
  });
});

describe('lector ctl status, of a sum', () => {
  it.each([['100'], ['building']])('%s is a card of its own', async (word) => {
    const { socket } = await serving(serverOf(PLANT));
    expect(await ran(socket, ['status', word], 80)).toEqual({
      ...{ code: 0, err: '' },
      out: [
        'sum      100, Building, Sa Pobla',
        'of       1 - 5',
        'reading  2.5 s ago at the oldest',
        'power    10.25 kW, today 64.00 kWh',
        'cost     today 16.50 by the contract school',
        '',
      ].join('\n'),
    });
  });

  it('says that energy is reckoned from power where it is not counted', async () => {
    const shop = { ...SHOP, today: { ...TODAY, energyFrom: 'power', cost: 25 } } as const;
    const { socket } = await serving(serverOf({ ...PLANT, analyzers: [PRICED, shop] }));
    const { out } = await ran(socket, ['status', '100'], 120);
    expect(out).toContain('today 64.00 kWh (reckoned from power, without the time that was not read)\n');
    expect(out).toContain('cost     today -4.50 by');
  });

  it('says who is missing, or why there is no cost', async () => {
    const broken = await serving(serverOf(BROKEN));
    expect((await ran(broken.socket, ['status', '100'], 80)).out).toContain(
      'power    not known: analyzer 5 (Workshop) is failed\n',
    );
    const { tariff: _none, ...unpriced } = SHOP;
    const other = await serving(serverOf({ ...PLANT, analyzers: [PRICED, unpriced] }));
    expect((await ran(other.socket, ['status', '100'], 100)).out).toContain(
      'cost     not known: not all of its analyzers have the contract school\n',
    );
  });

  it('stands in a table with analyzers, and as JSON for itself', async () => {
    const { socket } = await serving(serverOf(PLANT));
    const { out } = await ran(socket, ['status', '1', '100']);
    expect(out.split('\n').map((line) => line.split('\t')[0])).toEqual(['id', '1', '100', '']);
    expect(JSON.parse((await ran(socket, ['status', '100', '--json'])).out)).toMatchObject({ id: 100, kw: 10.25 });
    expect((await ran(socket, ['status'], 80)).out).toMatch(/^100 {2}Building/m);
  });

  it('what is neither is refused as the server does, with the sums that there are', async () => {
    const { socket } = await serving(serverOf(PLANT));
    expect(await ran(socket, ['status', '7'])).toMatchObject({ code: 1, out: '' });
    expect((await ran(socket, ['status', '7'])).err).toMatch(/^lector: no analyzer 7; sums are \d+ /);
  });
});

describe('lector ctl status, of an analyzer with a contract', () => {
  it('says what the energy of today costs, or that it is not known', async () => {
    const { socket } = await serving(serverOf(PLANT));
    expect((await ran(socket, ['status', '1'], 80)).out).toMatch(/^cost +today 20\.50 by the contract school$/m);
    const unknown = { ...PRICED, today: { ...PRICED.today, cost: null } };
    const other = await serving(serverOf({ ...PLANT, analyzers: [unknown] }));
    expect((await ran(other.socket, ['status', '1'], 80)).out).toMatch(/^cost +-$/m);
    const bare = await serving(serverOf({ ...PLANT, analyzers: [MAIN] }));
    expect((await ran(bare.socket, ['status', '1'], 80)).out).not.toContain('cost');
  });
});

describe('lector ctl watch, of sums', () => {
  const reading = (id: number, values: Record<string, readonly number[]>, at = '18:06:42.000', more: object = {}) => ({
    ...READING_EVENT,
    ...{ id, energyKwh: id === 1 ? 85.2 : 20.4, cost: id === 1 ? 21 : 4.5 },
    reading: { ...READING, values, at: `2026-11-25T${at}+01:00`, nominal: `2026-11-25T${at}+01:00`, ...more },
  });
  async function watched(plant: ListView, on: (peer: Peer) => void, argv: readonly string[], until: RegExp) {
    const { socket } = await serving(serverOf(plant, on));
    const host = testHost(socket);
    const ended = runCtl(['watch', ...argv], host);
    await host.printed(until);
    host.interrupt();
    return { code: await ended, ...host.said };
  }
  const both = (peer: Peer) => {
    peer.push('reading', reading(1, { PAT: [14] }));
    peer.push('reading', reading(5, { PAT: [2.5] }, '18:06:43.000'));
  };

  it('tells one once all of its analyzers were read', async () => {
    const { code, out, err } = await watched(PLANT, both, [], /Building/);
    expect([code, err]).toEqual([0, '']);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.split('\t').slice(1, 3)),
    ).toEqual([
      ['id', 'name'],
      ['1', 'Main switchboard'],
      ['5', 'Workshop'],
      ['100', 'Building'],
    ]);
    expect(out).toContain('2026-11-25T18:06:43.000+01:00\t100\tBuilding\t-\t-\t11.5\t-\t-\n');
  });

  it('alone, as JSON, with its energy and cost', async () => {
    const { out } = await watched(PLANT, both, ['building', '--json'], /100/);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        ...{ id: 100, of: '1 - 5', missing: [], comm: true, readings: { good: 0, failed: 0 } },
        ...{ errorShare: null, energyKwh: 64.8, cost: 16.5, minuteKw: null },
        reading: {
          ...{ at: '2026-11-25T18:06:43.000+01:00', nominal: '2026-11-25T18:06:43.000+01:00', grid: 'normal' },
          ...{ forced: false, values: { PAT: [11.5] }, flags: {}, failure: null },
        },
      },
    ]);
  });

  it('is left out where other codes are wanted, and an unknown name lists it', async () => {
    const on = (peer: Peer) => {
      both(peer);
      peer.push('reading', reading(1, { TPF: [1] }));
    };
    const { out } = await watched(PLANT, on, ['--vars', 'TPF'], /\t1\n|\t1\t-\n/);
    expect(out).not.toContain('Building');
    const { socket } = await serving(serverOf(PLANT));
    expect((await ran(socket, ['watch', 'attic'])).err).toContain('5 (Workshop), 100 (Building)');
  });

  describe('its rounds', () => {
    let now = NOW;
    const told = (watch: ReturnType<typeof watchVirtuals>, ...events: readonly ReturnType<typeof reading>[]) =>
      events.map((event) =>
        watch.reading(event).map((each) => [each.reading.values.PAT?.[0], each.reading.failure?.message ?? null]),
      );

    it('end when all were read, or when one is read again before', () => {
      const watch = watchVirtuals(PLANT, () => now);
      const [a, b] = [reading(1, { PAT: [10] }), reading(5, { PAT: [4] })];
      expect(told(watch, a, b, b, a, a, a)).toEqual([[], [[6, null]], [], [[6, null]], [], [[6, null]]]);
    });

    it('of three begin anew with the one that ended the round before', () => {
      const third: AnalyzerView = { ...SHOP, id: 6, name: 'Lift' };
      const three = { ...BUILDING, of: '1 + 5 + 6', terms: [1, 5, 6].map((id) => ({ sign: 1, id }) as const) };
      const watch = watchVirtuals({ ...PLANT, analyzers: [...PLANT.analyzers, third], virtuals: [three] }, () => now);
      const [a, b, c] = [1, 5, 6].map((id) => reading(id, { PAT: [id] }));
      expect(told(watch, a!, b!, a!, b!, c!).map(({ length }) => length)).toEqual([0, 0, 1, 0, 1]);
    });

    it('an analyzer that is lost makes it unknown, with who it is', () => {
      const watch = watchVirtuals(PLANT, () => now);
      watch.analyzer({ ...FAILED, id: 5, name: 'Workshop' });
      const a = reading(1, { PAT: [10] });
      expect(told(watch, a, a)).toEqual([[], [[null, 'not known: analyzer 5 (Workshop) is failed']]]);
    });

    it('so does one that is not heard of for long, though nobody says that it is lost', () => {
      now = NOW;
      const watch = watchVirtuals(PLANT, () => now);
      const a = reading(1, { PAT: [10] });
      told(watch, a);
      now = NOW + 125_001 - 2500;
      expect(told(watch, a)).toEqual([[[null, expect.stringContaining('Workshop) was last read too long ago')]]]);
    });

    it('readings without a value make nobody younger', () => {
      now = NOW;
      const watch = watchVirtuals(PLANT, () => now);
      now = NOW + 125_001 - 1200;
      watch.reading(reading(1, {}));
      const shop = reading(5, { PAT: [1] });
      expect(told(watch, shop)[0]).toEqual([[null, expect.stringContaining('(Main switchboard) was last read too')]]);
    });

    it('a reading by hand begins none; one that failed has no power; a rapid one leaves the others', () => {
      const watch = watchVirtuals(PLANT, () => NOW);
      const forced = reading(1, { PAT: [10] }, '18:06:42.000', { forced: true });
      expect(told(watch, forced, reading(5, { PAT: [4] }))).toEqual([[], []]);
      expect(told(watch, reading(1, {}))).toEqual([[[null, null]]]);
      const rapid = reading(1, { IPF: [1] }, '18:06:42.000', { grid: 'rapid' });
      const fresh = watchVirtuals(PLANT, () => NOW);
      expect(told(fresh, rapid, reading(5, { PAT: [4] }))).toEqual([[], [[8.4, null]]]);
      expect(fresh.reading(reading(7, {}))).toEqual([]);
    });
  });
});
