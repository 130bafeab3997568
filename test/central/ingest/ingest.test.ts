import { beforeEach, describe, expect, it } from 'vitest';
import { WAITING_MAX } from '../../../src/central/ingest/ingest.ts';
import type { CentralRecord, Ingest } from '../../../src/central/ports.ts';
import { createRegistry } from '../../../src/central/registry/registry.ts';
import { recordOf, type StoredRow } from '../../../src/central/schema/row-codec.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { centralRecord, MAY, oldCentralRecord, QUARTER_MS, variable } from '../../support/central-records.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { createLogLines } from '../../support/log-lines.ts';
import type { SteppedClock } from '../../support/stepped-clock.ts';
import { twoIngests } from '../../support/two-centres.ts';

const DAY_MS = 86_400_000;
const STORED = { status: 'stored' };
const DUPLICATE = { status: 'duplicate' };

describe('ingest', () => {
  let tested: TestDatabase;
  let clock: SteppedClock;
  let log: ReturnType<typeof createLogLines>;
  let ingest: Ingest;
  /** Of another process, with connections of its own. */
  let other: Ingest;

  beforeEach(async () => {
    ({ tested, clock, log, ingest, other } = await twoIngests());
  });

  const query = async (text: string) => (await tested.database.pool.query(text)).rows;
  const countStored = async () => (await query('SELECT count(*) AS count FROM records'))[0].count;
  const at = (n: number, own: Partial<CentralRecord> = {}) =>
    centralRecord({ ...own, end: epochMs(MAY + n * QUARTER_MS) });

  it('stores a record so that it comes back as it was', async () => {
    const records = [centralRecord(), oldCentralRecord({ analyzer: 2, model: 'O\'"{},\\ é' })];
    expect(await ingest.put(records, true)).toEqual([STORED, STORED]);
    const rows: readonly (StoredRow & { variables: never })[] = await query(
      'SELECT * FROM records JOIN shapes ON id = shape_id ORDER BY analyzer_id',
    );
    expect(rows.map((row) => recordOf(row, row.variables))).toEqual(records);
  });

  it('stores nothing twice', async () => {
    expect(await ingest.put([at(0), at(1)], true)).toEqual([STORED, STORED]);
    expect(await other.put([at(1), at(0), at(2), at(2)], true)).toEqual([DUPLICATE, DUPLICATE, STORED, DUPLICATE]);
    expect(await countStored()).toBe(3);
  });

  const others: readonly (readonly [string, Partial<CentralRecord>, string])[] = [
    ['a value', { variables: { ...at(0).variables, CEA: variable('counter', [1234.51]) } }, 'CEA'],
    ['a delta', { variables: { ...at(0).variables, CEA: { ...at(0).variables.CEA!, delta: [2.26] } } }, 'CEA'],
    ['a minimum', { variables: { ...at(0).variables, CEA: { ...at(0).variables.CEA!, min: [1] } } }, 'CEA'],
    ['a flag', { variables: { ...at(0).variables, CEA: { ...at(0).variables.CEA!, flags: ['reset'] } } }, 'CEA'],
    ['an instant', { variables: { ...at(0).variables, CEA: { ...at(0).variables.CEA!, at: epochMs(MAY) } } }, 'CEA'],
    ['a variable less', { variables: { TPF: at(0).variables.TPF! } }, 'CEA'],
    ['its model', { model: 'PM500' }, 'model'],
    ['its n', { n: 899 }, 'n'],
    ['its start', { start: epochMs(MAY - 1) }, 'start'],
  ];
  it.each(
    others,
  )('says that another record is there that differs in %s, and keeps the first', async (_, own, field) => {
    await ingest.put([at(0)], true);
    const reason = `another record of that end is stored: ${field} differs`;
    expect(await ingest.put([at(0, own)], true)).toEqual([{ status: 'differs', reason }]);
    expect(await ingest.put([at(0)], true)).toEqual([DUPLICATE]);
  });

  it('takes the same variables in another order, and flags in another, for the same', async () => {
    const [TPF, CEA] = [at(0).variables.TPF!, at(0).variables.CEA!];
    await ingest.put([at(0, { variables: { TPF, CEA: { ...CEA, flags: ['reset', 'first'] } } })], true);
    const turned = { CEA: { ...CEA, flags: ['first', 'reset'] as const }, TPF };
    expect(await ingest.put([at(0, { variables: turned })], true)).toEqual([DUPLICATE]);
  });

  it('another database under the same address makes no other record of it', async () => {
    await ingest.put([at(0)], true);
    await tested.database.pool.query('TRUNCATE records, shapes RESTART IDENTITY');
    await other.put(
      [oldCentralRecord({ variables: { PAT: variable('mean', [1], { min: [], max: [], n: [], expected: null }) } })],
      true,
    );
    expect(await ingest.put([at(1)], true)).toEqual([{ status: 'later' }]);
    expect(await ingest.put([at(1)], true)).toEqual([STORED]);
    const rows = await query('SELECT * FROM records JOIN shapes ON id = shape_id ORDER BY end_at DESC');
    expect(recordOf(rows[0], rows[0].variables)).toEqual(at(1));
  });

  it('a record of the next generation stands beside the first', async () => {
    expect(await ingest.put([at(0), at(0, { generation: 1, n: 5 })], true)).toEqual([STORED, STORED]);
  });

  it('the hour that repeats in autumn is two hours: both are stored', async () => {
    // 02:30 in Madrid, before and after clocks are put back on 25 October 2026
    const ends = [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)];
    clock.setWall(epochMs(Date.UTC(2026, 9, 25, 6)));
    const records = ends.map((end) => centralRecord({ end: epochMs(end) }));
    expect(await ingest.put(records, true)).toEqual([STORED, STORED]);
    const local = await query(`SELECT (end_at AT TIME ZONE 'Europe/Madrid')::text AS at FROM records ORDER BY end_at`);
    expect(local).toEqual([{ at: '2026-10-25 02:30:00' }, { at: '2026-10-25 02:30:00' }]);
  });

  describe('analyzers', () => {
    it('that are not known are refused, with what to do', async () => {
      const [said] = await ingest.put([at(0)], false);
      expect(said).toEqual({
        status: 'refused',
        reason: 'no analyzer 1 of node 4 here: add it with lector central analyzer add 4 1 --model PM710',
      });
      expect([await countStored(), await query('SELECT * FROM nodes')]).toEqual([0, []]);
    });

    it('that are not known are made known when the sender may', async () => {
      await ingest.put([at(0), at(1), at(0, { analyzer: 2, model: 'CVM' }), at(0, { node: 5 })], true);
      const registry = createRegistry({ database: tested.database, clock, log });
      expect((await registry.nodes()).map(({ id, name }) => [id, name])).toEqual([
        [4, 'Node 4'],
        [5, 'Node 5'],
      ]);
      const known = (await registry.analyzers(null)).map(({ node, id, model, name }) => [node, id, model, name]);
      expect(known).toEqual([
        [4, 1, 'PM710', 'Analyzer 1'],
        [4, 2, 'CVM', 'Analyzer 2'],
        [5, 1, 'PM710', 'Analyzer 1'],
      ]);
    });

    it('that are not known hold back nothing of the others', async () => {
      await ingest.put([at(0)], true);
      const said = await Promise.all([ingest.put([at(1), at(1, { analyzer: 9 })], false), ingest.put([at(2)], false)]);
      expect(said.flat().map(({ status }) => status)).toEqual(['stored', 'refused', 'stored']);
    });

    it('keep the end of their newest record, whatever the order', async () => {
      const lastEnd = async () => (await query('SELECT last_end FROM analyzers'))[0].last_end.getTime();
      await ingest.put([at(2), at(1)], true);
      expect(await lastEnd()).toBe(MAY + 2 * QUARTER_MS);
      await other.put([at(0)], true);
      expect(await lastEnd()).toBe(MAY + 2 * QUARTER_MS);
      await Promise.all([ingest.put([at(3)], true), other.put([at(4)], true)]);
      expect(await lastEnd()).toBe(MAY + 4 * QUARTER_MS);
    });

    const wrongClocks: readonly (readonly [string, number])[] = [
      ['more than a day ahead', MAY + DAY_MS + 1],
      ['before 2000', Date.UTC(1999, 11, 31)],
      ['in 2099', Date.UTC(2099, 0)],
    ];
    it.each(wrongClocks)('an end %s is stored, and is not taken for the newest', async (_, end) => {
      expect(await ingest.put([centralRecord({ end: epochMs(end) })], true)).toEqual([STORED]);
      expect(await query('SELECT last_end FROM analyzers')).toEqual([{ last_end: null }]);
    });
  });

  describe('several at once', () => {
    it('two processes with the same records in other orders store each once, and never wait in a circle', async () => {
      const records = Array.from({ length: 300 }, (_, n) => at(n % 50, { analyzer: 1 + Math.floor(n / 50) }));
      const turned = [...records].reverse();
      const calls = records.flatMap((record, n) => [ingest.put([record], true), other.put([turned[n]!], true)]);
      const big = [ingest.put(turned, true), other.put(records, true)];
      const said = (await Promise.all([...calls, ...big])).flat().map(({ status }) => status);
      expect(said.filter((status) => status === 'stored')).toHaveLength(300);
      expect(said.filter((status) => status === 'duplicate')).toHaveLength(900);
      expect(await countStored()).toBe(300);
      const text = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()';
      expect(await query(text)).toEqual([{ deadlocks: 0 }]);
    });

    it('an analyzer that is removed while it delivers leaves no record behind', async () => {
      await ingest.put([at(0), at(0, { analyzer: 2 })], true);
      const registry = createRegistry({ database: tested.database, clock, log });
      let isGone = false;
      const deliver = async (from: Ingest, first: number) => {
        const said: string[] = [];
        for (let n = 0; !isGone || n < 5; n += 1) {
          const verdicts = await from.put([at(first + n), at(first + n, { analyzer: 2 })], false);
          said.push(...verdicts.map(({ status }) => status));
        }
        return said;
      };
      const delivering = [deliver(ingest, 1), deliver(other, 10_000)];
      await ingest.put([at(-1)], false);
      await registry.removeAnalyzer(4, 1, true);
      isGone = true;
      const said = (await Promise.all(delivering)).flat();
      expect(new Set(said)).toEqual(new Set(['stored', 'refused']));
      expect(await query('SELECT DISTINCT analyzer_id AS id FROM records')).toEqual([{ id: 2 }]);
    });

    it('calls that come together share few commits', async () => {
      await ingest.put([at(0)], true);
      const before = await commits();
      await Promise.all(Array.from({ length: 400 }, (_, n) => ingest.put([at(n + 1)], false)));
      expect((await commits()) - before).toBeLessThan(20);
    });

    /** Transactions that wrote so far. */
    const commits = async () => Number((await query('SELECT pg_current_xact_id()::text AS id'))[0].id);

    it('refuses beyond what may wait, and takes more when there is room', async () => {
      const many = Array.from({ length: WAITING_MAX }, (_, n) => at(n % 3));
      const taken = ingest.put(many, true);
      await expect(ingest.put(Array(1_001).fill(at(0)), true)).rejects.toMatchObject({
        code: 'CENTRE_UNAVAILABLE',
        message: expect.stringContaining('records wait to be stored'),
      });
      expect(await taken).toHaveLength(WAITING_MAX);
      expect(await ingest.put([at(0)], true)).toEqual([DUPLICATE]);
    }, 60_000);

    it('a fresh record does not wait behind the backlogs of others, and is taken where these are not', async () => {
      const backlog = Array.from({ length: WAITING_MAX }, (_, n) => at(n % 3));
      let isStored = false;
      const stored = ingest.put(backlog, true).then(() => {
        isStored = true;
      });
      await expect(ingest.put(Array(1_001).fill(at(0)), true)).rejects.toThrow();
      expect(await ingest.put([at(5)], true)).toEqual([STORED]);
      expect(isStored).toBe(false);
      await stored;
    }, 60_000);
  });

  describe('what PostgreSQL refuses', () => {
    it('does not hold back those that came with it', async () => {
      const good = Array.from({ length: 20 }, (_, n) => at(n));
      const bad = [at(3, { analyzer: 2, model: 'a\0b' }), at(5, { analyzer: 2, generation: 2 ** 40 })];
      const said = await ingest.put([...good.slice(0, 7), ...bad, ...good.slice(7)], true);
      expect(said.map(({ status }) => status).filter((status) => status === 'stored')).toHaveLength(20);
      expect(said.slice(7, 9)).toEqual([
        { status: 'refused', reason: expect.stringMatching(/^PostgreSQL refuses it: .*UTF8/) },
        { status: 'refused', reason: expect.stringMatching(/out of range/) },
      ]);
      expect(await countStored()).toBe(20);
    });

    it('is said without asking it where the record is none', async () => {
      const bad = at(0, { variables: { TPF: variable('mean', [1], { n: [] }) } });
      const endless = centralRecord({ end: epochMs(Number.NaN), start: null });
      expect(await ingest.put([bad, at(1), endless], true)).toEqual([
        { status: 'refused', reason: 'TPF: expected lists of 1, one entry a value, saw others' },
        STORED,
        { status: 'refused', reason: 'expected an end from 1970 to 9999, saw NaN' },
      ]);
    });
  });

  describe('who listens', () => {
    it('hears of what this process stored, once each', async () => {
      const heard: number[] = [];
      const end = ingest.onStored(({ end }) => heard.push(end - MAY));
      ingest.onStored(() => {
        throw new Error('listener');
      });
      await other.put([at(0)], true);
      expect(await ingest.put([at(0), at(1)], true)).toEqual([DUPLICATE, STORED]);
      end();
      await ingest.put([at(2)], true);
      expect(heard).toEqual([QUARTER_MS]);
      expect(log.matching(/listener/)).toHaveLength(2);
    });
  });

  it('finishes what was given before it closes, and takes nothing after', async () => {
    const given = Promise.all(Array.from({ length: 50 }, (_, n) => ingest.put([at(n)], true)));
    await ingest.close();
    expect(await countStored()).toBe(50);
    expect((await given).flat()).toEqual(Array(50).fill(STORED));
    await expect(ingest.put([at(0)], true)).rejects.toMatchObject({ code: 'CENTRE_UNAVAILABLE' });
  });
});
