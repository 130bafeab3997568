import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { placeOf } from '../../src/cli/central/place.ts';
import { settingsOf } from '../../src/cli/central/serve.ts';
import { lectorWord } from '../../src/cli/central/words.ts';
import { central } from '../../src/cli/central.ts';
import { runProgram } from '../../src/cli/program.ts';
import { emptyDatabase } from '../support/database.ts';

let url = '';
let drop: () => Promise<void> = async () => undefined;
const dir = mkdtempSync(join(tmpdir(), 'lector-central-cli-'));

beforeAll(async () => {
  const made = await emptyDatabase();
  url = made.url;
  drop = made.drop;
});
afterAll(async () => {
  await drop();
  rmSync(dir, { recursive: true, force: true });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** What a command prints, and its exit code. */
async function run(words: string, run = central): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  try {
    return { code: await run(words.split(' ').filter((word) => word !== '')), out, err };
  } finally {
    vi.restoreAllMocks();
  }
}
const onUrl = (words: string) => run(`${words} --database ${url}`);
const json = async (words: string) => JSON.parse((await onUrl(`${words} --json`)).out);

describe('lector central, as commands', () => {
  it('a node: added, changed by add and by change, listed, with and without tokens, removed', async () => {
    expect(await onUrl('node list')).toMatchObject({ code: 0, out: expect.stringMatching(/^no node yet/) });
    expect((await onUrl('node add 4 --name School --zone Europe/Madrid')).out).toMatch(
      /^node 4 is there; its local times are those of Europe.Madrid; its lector delivers with the token that /,
    );
    expect((await onUrl('node add 4 --lector 10.0.0.5:50007')).out).toBe('node 4 was there, and is changed\n');
    expect((await onUrl('node change 4 --location Girona')).out).toBe('node 4 is changed\n');
    expect((await onUrl('node change 4 --zone Europe/Madrid')).out).toMatch(/stored already keeps its instants\n$/);
    expect((await onUrl('node list')).out).toMatch(
      /^node {2}name {4}location {2}zone +lector .*\n {3}4 {2}School {2}Girona +Europe.Madrid {2}10\.0\.0\.5:50007 /,
    );
    expect(await json('node list')).toMatchObject([{ id: 4, lector: { host: '10.0.0.5', port: 50_007 } }]);
    const token = await onUrl('node token 4');
    expect(token.out).toMatch(/^[\w-]{43}\n$/);
    expect(token.err).toContain('<token_file>');
    expect(await json('node revoke 4')).toEqual({ node: 4, revoked: 1 });
    expect((await onUrl('node replace 4')).code).toBe(0);
    expect((await onUrl('node remove 4')).out).toBe('node 4 is removed\n');
    await expect(onUrl('node remove 4')).rejects.toMatchObject({ code: 'CENTRE_REFUSED' });
  });

  it('an analyzer: added with its model, changed, listed, removed', async () => {
    await onUrl('node add 5');
    expect((await onUrl('analyzer add 5 1 --model PM710 --name Main')).code).toBe(0);
    expect((await onUrl('analyzer change 5 1 --location Cellar')).code).toBe(0);
    expect((await onUrl('analyzer list 5')).out).toMatch(
      /\n {3}5 {9}1 {2}Main {2}Cellar {4}Schneider Electric {2}PM710 /,
    );
    const [row] = await json('analyzer list');
    expect(row).toMatchObject({ node: 5, id: 1, lastEnd: null });
    expect(row.variables.length).toBeGreaterThan(10);
    expect((await onUrl('analyzer remove 5 1')).code).toBe(0);
    await onUrl('node remove 5');
  });

  it('a model: what is shown as JSON is a file that add reads', async () => {
    expect((await onUrl('model list')).out).toMatch(/\nPM710 +Schneider Electric +\S+ +\d+ +no\n/);
    expect((await onUrl('model show PM710')).out).toMatch(
      /^code +quantity +values .*\nTPF +voltage +L1 L2 L3 +V +mean /,
    );
    const shown = await json('model show PM710');
    const file = join(dir, 'model.json');
    writeFileSync(file, JSON.stringify({ ...shown, name: 'Mine' }));
    expect((await onUrl(`model add ${file}`)).out).toMatch(/^model Mine has \d+ variables/);
    expect(await json('model show Mine')).toMatchObject({ edited: true, variables: shown.variables });
    expect((await onUrl('model remove Mine')).code).toBe(0);
    writeFileSync(file, '{"name": "Mine"}');
    await expect(onUrl(`model add ${file}`)).rejects.toThrow(/is no model: vendor: .*variables: .*--json/);
    await expect(onUrl('model show None')).rejects.toThrow(/there is no model "None"/);
  });

  it('a contract: added from a file, charged by from a date on, listed, replaced, removed', async () => {
    await onUrl('node add 7 --name Mill');
    await onUrl('analyzer add 7 1');
    const file = 'docs/examples/day-night.json';
    expect((await onUrl('contract list')).out).toMatch(/^no contract yet; /);
    expect((await onUrl(`contract add ${file} --name mill`)).out).toMatch(
      /^contract mill \(.*\) is there; lector central contract assign mill NODE /,
    );
    expect((await onUrl(`contract add ${file} --name mill`)).out).toContain('was there, and is replaced');
    expect((await onUrl('contract assign mill 7')).out).toBe('node 7 is charged by mill\n');
    const words = 'analyzer 1 of node 7 from 2026-01-01 is charged by mill\n';
    expect((await onUrl('contract assign mill 7 1 --from 2026-01-01')).out).toBe(words);
    expect((await onUrl('contract list')).out).toMatch(/ analyzer 1 of node 7 from 2026-01-01; node 7\n$/);
    expect(await json('contract list')).toMatchObject([
      { name: 'mill', charges: [{ analyzer: 1 }, { analyzer: null }] },
    ]);
    expect((await onUrl('contract show mill')).out).toBe(readFileSync(file, 'utf8'));
    expect((await onUrl('contract unassign 7 1')).out).toBe('1 contract of analyzer 1 of node 7 no longer counts\n');
    await expect(onUrl('contract unassign 7 1')).rejects.toThrow(/charged by nothing of its own/);
    await expect(onUrl('contract remove mill')).rejects.toThrow(/^node 7 is charged by mill: lector central/);
    expect((await onUrl('contract unassign 7 --from 1970-01-01')).code).toBe(0);
    expect((await onUrl('contract remove mill')).code).toBe(0);
    await expect(onUrl('contract assign mill 7 --from 2026-02-30')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(onUrl('contract add none.json')).rejects.toThrow(/none\.json cannot be read/);
    await onUrl('node remove 7');
  });

  it('a virtual meter, and events by the clock of the site: added, listed, taken back', async () => {
    await onUrl('node add 8 --zone Atlantic/Canary');
    for (const id of [1, 2]) await onUrl(`analyzer add 8 ${id}`);
    const added = await onUrl('virtual add 8 100 1-2 --name Building');
    expect(added.out).toBe('virtual meter 100 of node 8 (1-2) is there\n');
    expect((await onUrl('virtual list 8')).out).toMatch(/Building +1-2 +this centre\n$/);
    expect((await onUrl('virtual remove 8 100')).out).toBe('virtual meter 100 of node 8 is removed\n');
    expect((await onUrl('virtual list')).out).toMatch(/^no virtual meters/);
    const exchange = await onUrl('event add exchange 8 2 --at 2026-03-02T10:30 --old 10342,5 --new 0 --counter CEA');
    const words = '2026-03-02 10:30 meter exchanged, the old one at 10342.5, the new one at 0';
    expect(exchange.out).toBe(`event 1 of node 8, analyzer 2: ${words}\n`);
    expect(await json('event list 8')).toMatchObject([{ at: '2026-03-02T10:30:00.000Z', counter: 'CEA' }]);
    expect((await onUrl('event list')).out).toContain(words);
    expect((await onUrl('event remove 8 1')).out).toContain(`removed: event 1 of node 8, analyzer 2: ${words}`);
    for (const wrong of ['event add party 8 1', 'event add exchange 8 1 --at 2026-03-02', 'event add note x 1']) {
      await expect(onUrl(wrong)).rejects.toMatchObject({ code: 'USAGE' });
    }
    await onUrl('node remove 8');
  });

  it('a rule: added, changed, listed, removed', async () => {
    await onUrl('node add 9');
    const added = 'rule add peak --when demand --node 9 --limit 50kW --webhook http://127.0.0.1:1/hook';
    expect((await onUrl(added)).out).toMatch(/^rule peak on node 9 is there; lector central rule test peak /);
    await expect(onUrl(added)).rejects.toThrow(/there is a rule peak/);
    expect((await onUrl('rule change peak --limit 60kW')).out).toBe('rule peak is changed\n');
    expect((await onUrl('rule list')).out).toMatch(/\npeak +demand +node 9 +60 kW +- +- +0 +-\n$/);
    expect((await onUrl('rule remove peak')).out).toBe('rule peak is removed\n');
    await onUrl('node remove 9');
  });

  it('who may deliver without a token', async () => {
    expect((await onUrl('allow list')).out).toBe('from         for node\n127.0.0.0/8  any\n::1/128      any\n');
    expect((await onUrl('allow add 10.0.0.5')).code).toBe(0);
    expect((await onUrl('allow remove 10.0.0.5')).code).toBe(0);
    await expect(onUrl('allow remove 10.0.0.5')).rejects.toThrow(/not among those allowed/);
    await expect(onUrl('allow add 10.0.0.5/99')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('how long records are kept', async () => {
    expect((await onUrl('retention')).out).toBe('records are kept for ever\n');
    expect((await onUrl('retention 3650')).out).toBe('records are kept for 3650 days\n');
    expect(await json('retention')).toEqual({ days: 3650, removed: null });
    expect((await onUrl('retention forever')).out).toBe('records are kept for ever\n');
    await expect(onUrl('retention 0')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('an admin token: alone on stdout, for a file', async () => {
    expect((await onUrl('admin-token')).out).toMatch(/^[\w-]{43}\n$/);
    expect((await onUrl('admin-token --revoke')).out).toBe('1 admin token revoked\n');
  });

  it('status: what it holds, site by site', async () => {
    await onUrl('node add 6 --name Other');
    expect((await onUrl('status')).out).toMatch(
      /1 node, 0 analyzers; \d+ MB, 0 records, kept for ever\n\nnode +name .*\n +6 +Other/,
    );
    expect(await json('status')).toMatchObject({ nodes: [{ id: 6, last: null }], records: 0, pid: null, data: null });
    await onUrl('node remove 6');
  });

  it('a backup is restored into a database that holds nothing', async () => {
    await onUrl('node add 7 --name Kept');
    const file = join(dir, 'centre.tar.gz');
    expect((await onUrl(`backup ${file}`)).out).toMatch(/holds 0 records as of /);
    const other = await emptyDatabase();
    try {
      expect((await run(`restore ${file} --database ${other.url}`)).out).toMatch(/^0 records as of .* restored\n$/);
      const { out } = await run(`node list --json --database ${other.url}`);
      expect(JSON.parse(out)).toMatchObject([{ id: 7, name: 'Kept' }]);
    } finally {
      await other.drop();
    }
    await onUrl('node remove 7');
  });
});

describe('its command line', () => {
  it.each([
    ['', 0, /Usage: lector central/, /^$/],
    ['--help', 0, /First steps:/, /^$/],
    ['help node', 0, /token \[options\] <node>/, /^$/],
    ['node add --help', 0, /Examples:\n {2}lector central node add 4 --name School/, /^$/],
    ['nod', 2, /^$/, /unknown command 'nod'/],
    ['node add', 2, /^$/, /missing required argument 'node'/],
    ['serve --port 70000', 2, /^$/, /whole number from 0 to 65535/],
    ['status --nothing', 2, /^$/, /unknown option/],
    ['serve --json', 2, /^$/, /unknown option/],
    ['serve --help', 0, /--trust <net> +may read without a token;[\s\S]*\(default: none\)/, /^$/],
  ])('"%s" ends with %d', async (words, code, out, err) => {
    const said = await run(words);
    expect(said.code).toBe(code);
    expect(said.out).toMatch(out);
    expect(said.err).toMatch(err);
  });

  it('is reached from lector, and by its help', async () => {
    expect((await run('central --help', async (words) => runProgram(words))).out).toContain('Usage: lector central');
    expect((await run('help central', async (words) => runProgram(words))).out).toContain('Usage: lector central');
    expect((await run('--help', async (words) => runProgram(words))).out).toContain('lector central --help');
  });

  it.each([
    '--id a/b',
    '--group +',
    '--prefix a/+',
    '--prefix /a',
    '--prefix a#',
  ])('an ingester of a name that a broker takes for something else: %s', async (words) => {
    await expect(onUrl(`ingest --mqtt mqtt://127.0.0.1:1 ${words}`)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('a change of nothing is a wrong command line', async () => {
    await expect(onUrl('node change 4')).rejects.toThrow('expected what to change: --name, --location, --zone or');
    await expect(onUrl('analyzer change 4 1')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('ids that are none are a wrong command line', async () => {
    await expect(onUrl('node add x')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(onUrl('analyzer add 4 0')).rejects.toMatchObject({ code: 'USAGE' });
    expect(() => lectorWord('10.0.0.5')).toThrow(/HOST:PORT/);
    expect(lectorWord('[::1]:50007')).toEqual({ host: '::1', port: 50_007 });
    expect(lectorWord('none')).toBeNull();
  });
});

describe('where the records are', () => {
  it.each([
    [{ data: 'x' }, {}, { dir: '/work-dir/x' }],
    [{ data: '/x' }, { LECTOR_DATABASE: 'postgresql://a' }, { dir: '/x' }],
    [{ database: 'postgresql://b' }, { LECTOR_DATABASE: 'postgresql://a' }, { url: 'postgresql://b' }],
    [{}, { LECTOR_DATABASE: 'postgresql://a' }, { url: 'postgresql://a' }],
    [{}, { LECTOR_DATABASE: '' }, { dir: '/work-dir/central' }],
  ])('%j with %j', (options, env, place) => {
    expect(placeOf(options, env, '/work-dir')).toEqual(place);
  });

  it('beside a lector: in its data folder', () => {
    writeFileSync(join(dir, 'config.xml'), '<x/>');
    writeFileSync(join(dir, 'lector.ini'), '[general]\ndata_dir = store\n');
    expect(placeOf({}, {}, dir)).toEqual({ dir: join(dir, 'store', 'central') });
  });

  it('both options are a wrong command line', () => {
    expect(() => placeOf({ data: 'x', database: 'y' }, {}, '/')).toThrow(/saw both/);
  });
});

describe('how it is served', () => {
  const OPTIONS = { host: '127.0.0.1', port: 1, trust: [], trustProxy: [], publicName: [] };

  it.each([
    [{ trust: ['10.0.0.0/99'] }, /an address or a net/],
    [{ trustProxy: ['x'] }, /an address or a net/],
    [{ tlsCert: 'x' }, /--tls-cert and --tls-key together/],
    [{ tlsCert: 'none.pem', tlsKey: 'none.pem' }, /none\.pem cannot be read/],
  ])('%j is a wrong command line', (change, words) => {
    expect(() => settingsOf({ ...OPTIONS, ...change })).toThrow(words);
  });

  it('a certificate and a key that are none, or not of each other, are one too', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const file = join(dir, 'key.pem');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const change = { tlsCert: file, tlsKey: file };
    expect(() => settingsOf({ ...OPTIONS, ...change })).toThrow(/expected a certificate and its own key.*key\.pem: /);
  });

  it('names count without regard to case', () => {
    expect(settingsOf({ ...OPTIONS, publicName: ['Centre.Example'] }).names).toContain('centre.example');
  });
});
