import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { plantXml, SIMULATED, startLector, writePlant } from '../support/lector-process.ts';
import { DEBIAN_PYTHON, requireTool } from '../support/require-tool.ts';

const SCRIPT = fileURLToPath(new URL('predecessor-client.py', import.meta.url));
const HELP = [
  'QUIT SHUTDOWN START STARTALL PAUSE RESUME RELOAD STATUS',
  'GETID GETVARS GETDEFS GETSTATUS FORCEREQ GETCONF IDENT SETQUERY HELP',
].join(' ');
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

/** A Python 2.7 of this machine; null: there is none, as on any new machine. */
function pythonTwo(): string | null {
  const versions = join(homedir(), '.pyenv', 'versions');
  try {
    const version = readdirSync(versions).find((name) => name.startsWith('2.7'));
    return version === undefined ? null : join(versions, version, 'bin', 'python2.7');
  } catch {
    return null;
  }
}

type Seen = { readonly python: number; readonly closed: boolean; readonly answers: ReadonlyMap<string, unknown> };

async function drive(python: string, port: string, commands: readonly string[]): Promise<Seen> {
  const child = promisify(execFile)(python, [SCRIPT, port]);
  child.child.stdin?.end(commands.join('\n'));
  const { seen, closed, python: version } = JSON.parse((await child).stdout);
  return { python: version, closed, answers: new Map(seen) };
}

/** A plant that waits to be started, on a port of its own. */
async function startPlant() {
  const folder = mkdtempSync(join(tmpdir(), 'lector-old-client-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const xml = plantXml(
    [{ id: 1, ...SIMULATED }],
    [
      { id: 1, device: 1, model: 'PM710' },
      { id: 2, device: 1 },
    ],
  );
  writePlant(folder, xml, 'auto_start = no');
  const lector = startLector({ folder, onEnd: (end) => ends.push(end) });
  const { msg } = await lector.entry(/control port listens/);
  return { folder, lector, xml, port: /:(\d+)$/.exec(msg)?.[1] ?? '' };
}

const PYTHONS = [
  ['3', requireTool('python3') ? DEBIAN_PYTHON : null],
  ['2.7', pythonTwo()],
] as const;

describe("a client as the predecessor's, with sockets and pickles alone", () => {
  for (const [version, python] of PYTHONS) {
    if (python === null) process.stderr.write(`skipped: needs Python ${version}\n`);
    it.skipIf(python === null)(
      `in Python ${version} drives every command and is answered as the reference says`,
      async () => {
        const { folder, lector, xml, port } = await startPlant();
        const before = await drive(python ?? '', port, [
          ...['HELP', 'STATUS@1', 'getStatus@1', 'GETID@1', 'GETVARS@1', 'PAUSE@1', 'RESUME@1', 'START@1', 'STARTALL'],
          ...['NONSENSE@1', 'STATUS@9', 'GETID@9', 'SETQUERY', 'status1'],
        ]);
        expect(Object.fromEntries(before.answers)).toEqual({
          HELP,
          'STATUS@1': 'STOPPED\tNOCOMM\t',
          'getStatus@1': [0, 0xf0],
          'GETID@1': 'INT_ERR',
          'GETVARS@1': { lastRead: '', values: {} },
          'PAUSE@1': 'IS STOPPED',
          'RESUME@1': 'IS STOPPED',
          'START@1': 'START\tOK',
          STARTALL: 'STARTING',
          'NONSENSE@1': 'ERR',
          'STATUS@9': 'SRV_ERR 0:\tno analyzer 9; there are 1, 2',
          'GETID@9': 'INT_ERR',
          SETQUERY: 'NOT IMPLEMENTED',
          status1: expect.stringMatching(/^STARTED\t(NO)?COMM\t/),
        });
        await lector.entry(/analyzer 1 .*(is read|answers again): "/);
        await lector.entry(/analyzer 2 .*(is read|answers again)/);

        const reading = await drive(python ?? '', port, [
          ...['START@1', 'IDENT@1', 'GETID@1', 'FORCEREQ@1', 'getStatus@1', 'GETDEFS@1', 'GETCONF', 'GETCONF@XML'],
        ]);
        const { answers } = reading;
        expect(answers.get('START@1')).toBe('ALLREADY START');
        expect([answers.get('IDENT@1'), answers.get('GETID@1')]).toEqual(Array(2).fill('Schneider Electric PM710'));
        expect(answers.get('FORCEREQ@1')).toBe('FORCE REQUESTED');
        expect(answers.get('getStatus@1')).toEqual([1, 0xff]);
        expect(answers.get('GETDEFS@1')).toMatchObject({
          PAT: { registre: 4006, numRegs: 1, regEscala: 'FEP', valEscala: 0, valMax: 32_767, compost: false },
        });
        expect(answers.get('GETCONF@XML')).toEqual(answers.get('GETCONF'));
        expect(answers.get('GETCONF')).toMatchObject({
          equips: { 1: { requests: ['TPF', 'CEA'], dataexport: { localFile: 'dades' } } },
        });

        const isRead = async () => {
          const { answers: now } = await drive(python ?? '', port, ['GETVARS@1']);
          return JSON.stringify(now.get('GETVARS@1')) !== '{"lastRead":"","values":{}}';
        };
        while (!(await isRead()));
        const from = lector.entries.length;
        await drive(python ?? '', port, ['PAUSE@1']);
        await lector.entry(/analyzer 1 .* is paused/, from);
        const paused = await drive(python ?? '', port, ['getStatus@1', 'GETVARS@1', 'GETSTATUS@1', 'RESUME@1']);
        expect(paused.answers.get('getStatus@1')).toEqual([2, expect.any(Number)]);
        expect(paused.answers.get('GETVARS@1')).toEqual({
          lastRead: expect.stringMatching(/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/),
          values: { TPF: Array(3).fill(expect.any(Number)), CEA: [expect.any(Number)] },
        });
        expect(paused.answers.get('GETSTATUS@1')).toMatchObject({
          lastTime: expect.any(Number),
          HMU: [expect.any(Number), expect.any(Number)],
          ERR: 0,
          ERR_MSG: 'NO_ERROR',
        });
        expect(paused.answers.get('RESUME@1')).toBe('RESUMED');

        const reload = await drive(python ?? '', port, ['RELOAD']);
        expect(reload.answers.get('RELOAD')).toBe('RELOAD\tOK');
        writeFileSync(join(folder, 'config.xml'), xml.replace('</configuracio>', ''));
        const broken = await drive(python ?? '', port, ['RELOAD', 'getStatus@2', 'QUIT']);
        expect(broken.answers.get('RELOAD')).toBe('SRV_CONF_ERR');
        expect(broken.answers.get('getStatus@2')).toEqual([1, 0xff]);
        expect([broken.answers.get('QUIT'), broken.closed]).toEqual(['DISCONNECTED!', true]);
        expect(String(broken.python)).toBe(version.slice(0, 1));

        const last = await drive(python ?? '', port, ['SHUTDOWN']);
        expect([last.answers.get('SHUTDOWN'), last.closed]).toEqual(['DISCONNECTED!', true]);
        expect((await lector.ended).code).toBe(0);
      },
      60_000,
    );
  }
});
