import { beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../../../src/central/ports.ts';
import { epochMs } from '../../../src/domain/units.ts';
import type { VariableView } from '../../../src/protocol/answers.ts';
import type { SiteWire } from '../../../src/protocol/site-wire.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { SteppedClock } from '../../support/stepped-clock.ts';
import { twoRegistries } from '../../support/two-centres.ts';

const TPF: VariableView = {
  ...{ code: 'TPF', quantity: 'voltage', unit: 'V', description: 'Tensió' },
  ...{ aggregate: 'mean', phases: ['L1', 'L2', 'L3'] },
};

const site = (own: Partial<SiteWire> = {}): SiteWire => ({
  ...{ node: 4, name: 'Sala 1', location: 'Girona', timezone: 'Europe/Madrid', version: '2.0.0' },
  ...{ instance: '11111111-aaaa', now: '2026-05-04T10:00:07.500+02:00' },
  analyzers: [
    {
      id: 1,
      name: 'Main',
      location: 'Q1',
      vendor: 'Schneider',
      model: 'PM710',
      recordingMs: 900_000,
      variables: [TPF],
    },
  ],
  ...own,
});

describe('the registry', () => {
  let tested: TestDatabase;
  let clock: SteppedClock;
  let registry: Registry;
  /** Of another process on the same database. */
  let other: Registry;

  beforeEach(async () => {
    ({ tested, clock, registry, other } = await twoRegistries());
  });

  const insertRecord = (node: number, analyzer: number) =>
    tested.database.pool.query(
      `INSERT INTO records (node_id, analyzer_id, end_at, generation, shape_id, model, "values")
       VALUES ($1, $2, '2026-05-04T08:00Z', 0, 1, 'PM710', '{1}')`,
      [node, analyzer],
    );

  describe('nodes', () => {
    it('keeps what is told of one', async () => {
      const lector = { host: '10.0.0.4', port: 5008 };
      await registry.addNode(4, { name: 'Sala 1', timezone: 'Europe/Madrid', lector });
      await registry.changeNode(4, { location: 'Girona' });
      expect(await registry.node(4)).toMatchObject({
        ...{ id: 4, name: 'Sala 1', location: 'Girona', timezone: 'Europe/Madrid', lector, tokens: 0 },
        ...{ instance: null, version: null, clockOffsetMs: null, seenAt: null },
      });
      expect((await registry.changeNode(4, { lector: null })).lector).toBeNull();
      expect(await registry.nodes()).toHaveLength(1);
      expect(await registry.node(5)).toBeNull();
    });

    it('takes the greatest id that a lector may have, as a number', async () => {
      expect((await registry.addNode(4_294_967_295, {})).id).toBe(4_294_967_295);
    });

    const wrong: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
      ['an id that is no number of a lector', () => registry.addNode(4_294_967_296, {}), /from 0 to 4294967295.*saw 4/],
      ['a node that is there', () => registry.addNode(4, {}).then(() => registry.addNode(4, {})), /node 4 already/],
      ['a zone that nobody knows', () => registry.addNode(4, { timezone: 'Europe/Girona' }), /Europe\/Madrid, saw/],
      ['a name of two lines', () => registry.addNode(4, { name: 'a\nb' }), /one line.*"a\\x0ab"/],
      ['a port that is none', () => registry.addNode(4, { lector: { host: 'a', port: 0 } }), /host:port.*saw a:0/],
      ['a change of none', () => registry.changeNode(9, { name: 'x' }), /no node 9 here: .*node add 9/],
      ['the removal of none', () => registry.removeNode(9, true), /no node 9 here/],
    ];
    it.each(wrong)('refuses %s', async (_, call, words) => {
      await expect(call()).rejects.toMatchObject({ code: 'CENTRE_REFUSED', message: expect.stringMatching(words) });
    });

    it('removes one with records only when told so', async () => {
      await registry.addNode(4, {});
      await registry.addAnalyzer(4, 1, {});
      await registry.issueNodeToken(4, 'x');
      await insertRecord(4, 1);
      await expect(registry.removeNode(4, false)).rejects.toThrow('node 4 has 1 records');
      await registry.removeNode(4, true);
      const { rows } = await tested.database.pool.query('SELECT count(*) AS left FROM records');
      expect([rows, await registry.nodes(), await registry.analyzers(null)]).toEqual([[{ left: 0 }], [], []]);
    });
  });

  describe('analyzers and models', () => {
    it('an analyzer measures what its model does, until its lector says more', async () => {
      await registry.addNode(4, {});
      const added = await registry.addAnalyzer(4, 1, { model: 'pm-710' });
      expect(added).toMatchObject({ model: 'PM710', name: 'Analyzer 1', lastEnd: null, recordingMs: null });
      expect(added.variables.map(({ code }) => code)).toContain('CEA');
      await registry.acceptSite(site(), clock.now(), true);
      expect(await registry.analyzer(4, 1)).toMatchObject({ variables: [TPF], name: 'Main', recordingMs: 900_000 });
      const changed = await registry.changeAnalyzer(4, 1, { model: 'PM500' });
      expect(changed.model).toBe('PM500');
      expect(changed.variables.length).toBeGreaterThan(1);
      expect(await registry.analyzers(5)).toEqual([]);
    });

    it('takes a model of one name for all that its profile is called', async () => {
      await registry.acceptSite(
        site({ analyzers: [{ ...site().analyzers[0]!, model: 'pm 710', vendor: '' }] }),
        clock.now(),
        true,
      );
      await tested.database.pool.query('UPDATE analyzers SET variables = NULL');
      expect((await registry.analyzer(4, 1))!.variables.map(({ code }) => code)).toContain('CEA');
    });

    it('keeps a model of one own, and says who has one that is removed', async () => {
      await registry.putModel({ name: 'Mine', vendor: 'Me', profile: null, variables: [TPF] });
      await registry.addNode(4, {});
      expect((await registry.addAnalyzer(4, 2, { model: 'Mine' })).variables).toEqual([TPF]);
      expect(await registry.models()).toContainEqual(
        expect.objectContaining({ name: 'Mine', vendor: 'Me', profile: null, edited: true }),
      );
      await expect(registry.removeModel('Mine')).rejects.toThrow('model Mine is that of analyzer 2 of node 4');
      await registry.removeAnalyzer(4, 2, false);
      await registry.removeModel('Mine');
      await expect(registry.removeModel('Mine')).rejects.toThrow('no model Mine here');
    });

    const wrong: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
      ['one of a node that is not here', () => registry.addAnalyzer(9, 1, {}), /no node 9 here/],
      ['one that is there', () => registry.addAnalyzer(4, 1, {}), /node 4 has an analyzer 1 already/],
      ['a model that nobody knows', () => registry.addAnalyzer(4, 2, { model: 'PM9999' }), /no model PM9999 here/],
      ['a change of none', () => registry.changeAnalyzer(4, 7, {}), /analyzer add 4 7 --model/],
      ['the removal of one with records', () => registry.removeAnalyzer(4, 1, false), /has 1 records.*--with-records/],
    ];
    it.each(wrong)('refuses %s', async (_, call, words) => {
      await registry.addNode(4, {});
      await registry.addAnalyzer(4, 1, {});
      await insertRecord(4, 1);
      await expect(call()).rejects.toMatchObject({ code: 'CENTRE_REFUSED', message: expect.stringMatching(words) });
    });
  });

  describe('a lector that says who it is', () => {
    it('makes its node and analyzers, and how wrong its clock is', async () => {
      expect(await registry.acceptSite(site(), clock.now(), true)).toEqual({ kind: 'accepted' });
      expect(await registry.node(4)).toMatchObject({
        ...{ name: 'Sala 1', location: 'Girona', timezone: 'Europe/Madrid', version: '2.0.0' },
        ...{ instance: '11111111-aaaa', clockOffsetMs: 7_500, seenAt: clock.now() },
      });
    });

    it('is taken also where people wrote more than a line', async () => {
      const [first] = site().analyzers;
      const long = { name: `Main\n\tboard ${'x'.repeat(400)}`, vendor: 'v'.repeat(300), location: ' a\u0000b ' };
      const variables = [{ ...TPF, description: 'd'.repeat(400) }];
      const told = site({ name: 'School\r\nNorth', analyzers: [{ ...first!, ...long, variables }] });
      expect(await registry.acceptSite(told, clock.now(), true)).toEqual({ kind: 'accepted' });
      const kept = (await registry.analyzer(4, first!.id))!;
      expect([kept.name.slice(0, 12), kept.name.length, kept.location]).toEqual(['Main board x', 200, 'a b']);
      expect([kept.vendor.length, kept.variables[0]?.description.length]).toEqual([200, 200]);
      expect((await registry.node(4))?.name).toBe('School North');
    });

    it('is unknown where nobody may make its node', async () => {
      const said = await registry.acceptSite(site(), clock.now(), false);
      expect(said).toMatchObject({ kind: 'unknown', words: expect.stringContaining('lector central node add 4') });
      expect(await registry.nodes()).toEqual([]);
    });

    it('is refused where another feeds that node, until a person says that it replaces it', async () => {
      await registry.acceptSite(site(), clock.now(), true);
      const second = site({ instance: '22222222-bbbb', name: 'Sala 2' });
      const said = await registry.acceptSite(second, clock.now(), true);
      expect(said).toMatchObject({ kind: 'taken' });
      const words = said.kind === 'taken' ? said.words : '';
      expect(words).toContain(
        'node 4 "Sala 1" is fed by another lector (instance 11111111-aaaa, last heard 2026-05-04T08',
      );
      expect(words).toContain('wrong node id');
      expect(words).toContain('lector central node replace 4');
      expect((await registry.node(4))!.name).toBe('Sala 1');

      await registry.replaceLector(4);
      expect(await registry.acceptSite(second, clock.now(), true)).toEqual({ kind: 'accepted' });
      expect((await registry.node(4))!.name).toBe('Sala 2');
      await expect(registry.replaceLector(9)).rejects.toThrow('no node 9 here');
    });

    it('one of two that come together gets the node', async () => {
      const both = [registry, other].map((each, n) =>
        each.acceptSite(site({ instance: `instance-${n}` }), clock.now(), true),
      );
      expect((await Promise.all(both)).map(({ kind }) => kind).sort()).toEqual(['accepted', 'taken']);
    });

    it('may feed its node; another may not, and an old one that says nothing may', async () => {
      expect(await registry.mayFeed(4, 'anyone')).toEqual({ ok: true });
      await registry.acceptSite(site(), clock.now(), true);
      expect(await registry.mayFeed(4, '11111111-aaaa')).toEqual({ ok: true });
      expect(await registry.mayFeed(4, null)).toEqual({ ok: true });
      expect(await registry.mayFeed(4, 'x')).toMatchObject({
        ok: false,
        words: expect.stringMatching(/not by this one \(x\)/),
      });
    });

    it('hears within seconds that another process let another lector in', async () => {
      await registry.acceptSite(site(), clock.now(), true);
      expect(await registry.mayFeed(4, 'x')).toMatchObject({ ok: false });
      await other.replaceLector(4);
      await clock.advance(5_000);
      expect(await registry.mayFeed(4, 'x')).toEqual({ ok: true });
    });

    it('is seen at most once a minute', async () => {
      await registry.acceptSite(site(), clock.now(), true);
      const seenAt = async () => ((await registry.node(4))!.seenAt ?? 0) - clock.now();
      await clock.advance(30_000);
      await registry.mayFeed(4, null);
      expect(await seenAt()).toBe(0);
      await clock.advance(30_000);
      await registry.mayFeed(4, null);
      expect(await seenAt()).toBe(-30_000);
      await clock.advance(30_000);
      await registry.mayFeed(4, null);
      expect(await seenAt()).toBe(0);
    });

    const wrong: readonly (readonly [string, Partial<SiteWire>, RegExp])[] = [
      ['a zone that nobody knows', { timezone: 'Nowhere' }, /saw "Nowhere"/],
      ['a clock that tells no time', { now: 'noon' }, /saw "noon"/],
      ['no instance', { instance: '' }, /instance/],
      ['too many analyzers', { analyzers: Array(4001).fill(site().analyzers[0]!) }, /at most 4000/],
    ];
    it.each(wrong)('is refused with %s', async (_, own, words) => {
      const said = registry.acceptSite(site(own), epochMs(0), true);
      await expect(said).rejects.toMatchObject({ code: 'CENTRE_REFUSED', message: expect.stringMatching(words) });
      expect(await registry.nodes()).toEqual([]);
    });
  });
});
