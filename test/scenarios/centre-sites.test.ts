import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { backupCentre } from '../../src/central/backup/backup.ts';
import { restoreCentre } from '../../src/central/backup/restore.ts';
import type { Database } from '../../src/central/schema/database.ts';
import { createClient } from '../../src/client/index.ts';
import { onEnd, temporaryFolder } from '../central/postgres/folders.ts';
import { accountOf, owedIn, SETTLED, storedIn } from '../support/central-account.ts';
import { testDatabase } from '../support/database.ts';
import { analyzerConfig } from '../support/installation.ts';
import { lectorCommand, startLector, writePlant } from '../support/lector-process.ts';
import { DEBIAN_PYTHON, requireTool } from '../support/require-tool.ts';
import { centreOn, owing, steppedSite } from './centre-sites.ts';

const SCRIPT = fileURLToPath(new URL('predecessor-site.py', import.meta.url));
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

async function database() {
  const test = await testDatabase();
  onEnd(test.drop);
  return test;
}

/** Instants in UTC of what is stored, "10-25 00:15" each, as often as it is there. */
async function endsIn({ pool }: Database, analyzer = 1): Promise<readonly string[]> {
  const text = `SELECT to_char(end_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI') AS at
    FROM records WHERE analyzer_id = $1 ORDER BY end_at`;
  const { rows } = await pool.query<{ at: string }>(text, [analyzer]);
  return rows.map(({ at }) => at);
}

type Save = {
  readonly place: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly reading: Readonly<Record<string, readonly (number | string | null)[]>>;
};
type Answers = {
  readonly saved: readonly (readonly [status: number, text: string])[];
  readonly read: readonly (readonly [status: number, says: unknown])[];
};

/** What the predecessor's own language asks, and what it is answered. */
async function asPredecessor(origin: string, save: readonly Save[], read: readonly string[] = []): Promise<Answers> {
  const running = promisify(execFile)(DEBIAN_PYTHON, [SCRIPT, origin]);
  running.child.stdin?.end(JSON.stringify({ save, read }));
  return JSON.parse((await running).stdout) as Answers;
}

const oldReading = (stamp: string, values: readonly (number | string | null)[]): Save => ({
  ...{ place: '4/1', fields: { DATA_HORA: stamp, MODEL: 'PM710' }, reading: { TPF: values, PAT: [12.5] } },
});

describe('the night in which an hour comes twice', { timeout: 60_000 }, () => {
  it('P2 F50 of a lector of ours both hours are stored, each once, and told apart', async () => {
    const { url, database: held } = await database();
    const { origin } = await centreOn(url, onEnd);
    const analyzers = [analyzerConfig({ readingMs: 5 * MINUTE_MS, recordingMs: 15 * MINUTE_MS })];
    const at = Date.UTC(2026, 9, 24, 23, 44);
    const site = await steppedSite({ origin, at, analyzers, speed: 1, onEnd });
    await site.deliver(10, 15 * MINUTE_MS);
    const quarters = ['00:00', '00:15', '00:30', '00:45', '01:00', '01:15', '01:30', '01:45', '02:00'];
    expect(await endsIn(held)).toEqual(['10-24 23:45', ...quarters.map((each) => `10-25 ${each}`)]);
    expect(await accountOf(held, site.records())).toEqual(SETTLED);
    const records = `${origin}/api/v1/records?node=4&analyzer=1&from=2026-10-25T02:00&to=2026-10-25T04:00`;
    const raw = await (await fetch(`${records}&format=csv`)).text();
    const twice = raw.split('\n').flatMap((line) => /2026-10-25 02:15:00,(2026-\S+?Z)/.exec(line)?.[1] ?? []);
    expect(twice).toEqual(['2026-10-25T00:15:00Z', '2026-10-25T01:15:00Z']);
    const hours = (await (await fetch(`${records}&resolution=hour`)).json()) as { records: { end: string }[] };
    const ends = ['2026-10-25T02:00:00.000+01:00', '2026-10-25T03:00:00.000+01:00'];
    expect(hours.records.map(({ end }) => end)).toEqual(ends);
  });

  it.skipIf(!requireTool('python3'))(
    'F50 of an old lector, which says local times alone, both hours are stored where it sends them in order',
    async () => {
      const { url, database: held } = await database();
      const { origin, registry } = await centreOn(url, onEnd);
      await registry.addNode(4, { name: 'School', timezone: 'Europe/Madrid' });
      await registry.addAnalyzer(4, 1, { model: 'PM710' });
      const stamps = ['01:45', '02:00', '02:15', '02:30', '02:45', '02:00', '02:15', '02:30', '02:45', '03:00'];
      const night = stamps.map((stamp, n) => oldReading(`25/10/2026 ${stamp}:00`, [230 + n, 231, 232]));
      const { saved } = await asPredecessor(origin, [...night, ...night]);
      // what it sends once more, for it did not hear the answer, is there already
      expect(saved.map(([status]) => status)).toEqual([...stamps.map(() => 201), ...stamps.map(() => 409)]);
      const quarters = ['00:00', '00:15', '00:30', '00:45', '01:00', '01:15', '01:30', '01:45', '02:00'];
      expect(await endsIn(held)).toEqual(['10-24 23:45', ...quarters.map((each) => `10-25 ${each}`)]);
      const { rows } = await held.pool.query('SELECT "values"[1] AS value FROM records ORDER BY end_at');
      expect(rows.map(({ value }) => value)).toEqual(stamps.map((_, n) => 230 + n));
    },
  );
});

describe('the predecessor with a centre of ours', { timeout: 60_000 }, () => {
  it.skipIf(!requireTool('python3'))('F21 its lector delivers, NaN and all, and its viewers read', async () => {
    const { url } = await database();
    const { origin, registry } = await centreOn(url, onEnd);
    await registry.addNode(4, { name: 'School', timezone: 'Europe/Madrid' });
    await registry.addAnalyzer(4, 1, { model: 'PM710' });
    const readings = [
      oldReading('25/11/2026 12:15:00', [230.126, 231, 232]),
      oldReading('25/11/2026 12:30:00', [229.5, 'nan', 232]),
      { ...oldReading('25/11/2026 12:30:00', [1, 2, 3]), place: '4/2' },
    ];
    const paths = [
      '/nodes',
      '/node/sQuery=Sch',
      '/node/4/analizers',
      '/parametres/4-1',
      '/ws/v2/history/load/4/1/TPF/25-11-2026/25-11-2026/',
      '/ws/v2/history/load/4/1/ALL/26-11-2026/25-11-2026/',
      '/ws/v2/lector/get/Vars/4/1/',
    ];
    const { saved, read } = await asPredecessor(origin, readings, paths);
    expect(saved).toEqual([
      [201, expect.stringMatching(/^#Saved:\d+$/)],
      [201, expect.stringMatching(/^#Saved:\d+$/)],
      [404, expect.stringMatching(/^#.*lector central analyzer add 4 2 --model PM710$/)],
    ]);
    const school = { ResultSet: { Nodes: [{ id: 4, nom: 'School', host: '', ubicacio: '' }] } };
    const about = { variable: 'TPF', descripcio: 'Tensió Fase-Neutre', unitats: 'V' };
    expect(read).toEqual([
      [200, school],
      [200, school],
      [200, { ResultSet: { Analitzadors: [{ id: '4-1', fabricant: 'Schneider Electric', model: 'PM710', addr: 1 }] } }],
      [200, expect.objectContaining({ ALL: 'Totes les variables', TPF: 'Tensió Fase-Neutre' })],
      [
        200,
        {
          ResultSet: {
            Lectures: [
              { ...about, dataHora: '2026-11-25T12:15:00', valor: [230.13, 231, 232] },
              { ...about, dataHora: '2026-11-25T12:30:00', valor: [229.5, null, 232] },
            ],
          },
        },
      ],
      [400, expect.objectContaining({ detail: 'expected from before until, saw 26-11-2026 after 25-11-2026' })],
      [502, expect.objectContaining({ detail: expect.stringMatching(/lector central node change 4 --lector HOST/) })],
    ]);
  });
});

describe('two sites that were given one node id', { timeout: 90_000 }, () => {
  it('P2 the second is told so on its own side, its records wait, and arrive when it replaces the first', async () => {
    const { url, database: held } = await database();
    const { origin, registry } = await centreOn(url, onEnd);
    const target = `${origin}/ws/v2`;
    const exporterId = `clientRest:${target}`;
    const plant = async (daysAgo: number) => {
      const folder = temporaryFolder();
      writePlant(folder, siteXml(target), 'data_dir = data');
      const dir = join(folder, 'data');
      const analyzers = [analyzerConfig()];
      await owing({ dir, exporterId, analyzers, count: 50, last: Date.now() - daysAgo * 24 * HOUR_MS });
      return { folder, dir, exporterId };
    };
    const first = await plant(2);
    const second = await plant(1);
    const one = startLector({ folder: first.folder, onEnd });
    while ((await endsIn(held)).length < 50) await pause(20);
    const other = startLector({ folder: second.folder, onEnd });
    const { msg } = await other.entry(/does not take records/);
    const taken = /node 4 "School" is fed by another lector .* node id .*: lector central node replace 4$/;
    expect(msg).toMatch(taken);
    const port = Number(/:(\d+)$/.exec((await other.entry(/control port listens/)).msg)?.[1]);
    const client = createClient({ host: '127.0.0.1', port });
    onEnd(() => client.close());
    const { alarms } = await client.alarms();
    expect(alarms).toContainEqual(expect.objectContaining({ message: expect.stringMatching(taken) }));
    const { deliveries } = await client.owed();
    expect(deliveries).toMatchObject([{ exporter: exporterId, owed: 50, parked: 0, state: 'backingOff' }]);
    await one.end('SIGTERM');
    const [program = '', ...args] = lectorCommand('central', 'node', 'replace', '4', '--database', url);
    expect(spawnSync(program, args, { encoding: 'utf8' })).toMatchObject({ status: 0 });
    await client.retry('clientRest');
    while (owedIn(second)?.count !== 0) await pause(50);
    // whose values it is that a viewer sees now
    await registry.changeNode(4, { lector: { host: '127.0.0.1', port } });
    const look = async () => (await (await fetch(`${origin}/ws/v2/lector/get/Vars/4/1/`)).json()) as { values: object };
    // it has just begun
    while (Object.keys((await look()).values).length === 0) await pause(50);
    expect(await look()).toMatchObject({
      values: { TPF: [expect.any(Number), expect.any(Number), expect.any(Number)] },
    });
    await other.end('SIGTERM');
    const all = [first, second].flatMap(({ dir }) => storedIn(dir));
    expect(all.length).toBeGreaterThanOrEqual(100);
    expect(await accountOf(held, all)).toEqual(SETTLED);
  });
});

describe('a centre that is restored from an older backup', { timeout: 60_000 }, () => {
  it('P2 what it lost comes back by itself', async () => {
    const before = await database();
    const first = await centreOn(before.url, onEnd);
    const { origin } = first;
    const at = Math.floor(Date.now() / HOUR_MS - 3) * HOUR_MS;
    const site = await steppedSite({
      origin,
      at,
      analyzers: [analyzerConfig(), analyzerConfig({ id: 2 })],
      speed: 1_000,
      onEnd,
    });
    await site.deliver(10, MINUTE_MS);
    const file = join(temporaryFolder(), 'centre.backup');
    await backupCentre(before.database.pool, file);
    await site.deliver(10, MINUTE_MS);
    const delivered = site.records();
    expect(await accountOf(before.database, delivered)).toEqual(SETTLED);
    await first.close();
    while (site.plant.log.matching(/does not take records/).length === 0) {
      await site.plant.clock.advance(SECOND_MS);
      await pause(2);
    }
    const after = await database();
    await restoreCentre(after.database.pool, file);
    const lost = await accountOf(after.database, delivered);
    expect({ ...lost, missing: lost.missing.length }).toEqual({ ...SETTLED, missing: 20, beyond: -20 });
    await centreOn(after.url, onEnd, Number(new URL(origin).port));
    while ((await accountOf(after.database, site.records())).missing.length > 0) {
      await pause(20);
      await site.plant.clock.advance(SECOND_MS);
    }
    expect(await accountOf(after.database, site.records())).toEqual(SETTLED);
    expect(site.plant.log.matching(/was missing records that it had acknowledged: 20 were sent again/)).toHaveLength(1);
  });
});

const siteXml = (target: string) => `<configuracio>
  <node id="4" name="School" timezone="Europe/Madrid" />
  <devices><device id="1" type="simulated" enabled="true"><protocol>tcp</protocol></device></devices>
  <equips>
    <analitzador id="1" device="1" model="PM710">
      <params><tempsgravacio>1</tempsgravacio><tempslectura>1</tempslectura></params>
      <dataexports><dataexport type="clientRest" target="${target}" /></dataexports>
      <peticions><consulta>TPF</consulta><consulta>CEA</consulta></peticions>
    </analitzador>
  </equips>
</configuracio>`;
