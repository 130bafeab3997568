import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOG_FILE_BYTES, LOG_FILES_MAX } from '../../src/log/rolling-file.ts';
import {
  type LectorOptions,
  lectorCommand,
  plantXml,
  SIMULATED,
  serialDevice,
  startLector,
  writePlant,
} from '../support/lector-process.ts';
import { requireRoot, requireTool } from '../support/require-tool.ts';

const ends: (() => void | Promise<void>)[] = [];
const onEnd = (end: () => void) => void ends.push(end);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lector-process-'));
  chmodSync(folder, 0o755);
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const PLANT = plantXml([{ id: 1, ...SIMULATED }], [{ id: 1, device: 1 }]);
const start = (options: Partial<LectorOptions> = {}) => startLector({ folder, onEnd, ...options });
const READ = /^analyzer 1 .* is read/;
const logText = () =>
  readdirSync(join(folder, 'log'))
    .map((name) => readFileSync(join(folder, 'log', name), 'utf8'))
    .join('');

describe('two at a time', () => {
  it('F43 a second lector on one data folder is refused with the number of the first, but no stale lock', async () => {
    writePlant(folder, PLANT);
    const first = start();
    await first.entry(READ);
    const second = start();
    expect(await second.ended).toMatchObject({ code: 1 });
    expect(second.stderr()).toMatch(new RegExp(`^lector: the data folder .*/data is in use by process ${first.pid};`));
    expect(second.stderr().trim().split('\n')).toHaveLength(1);
    await first.end('SIGKILL');
    expect(readlinkSync(join(folder, 'data', 'lock'))).toMatch(new RegExp(`^${first.pid}\\.`));
    await start().entry(READ);
  });

  it.skipIf(!requireTool('socat'))('F43 a second lector on the same serial port says who has it', async () => {
    const port = join(folder, 'port');
    const socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${port}`, 'pty,raw,echo=0']);
    onEnd(() => void socat.kill('SIGKILL'));
    await new Promise<void>((resolve) =>
      socat.stderr.on('data', (text: Buffer) => {
        if (text.includes('starting data transfer')) resolve();
      }),
    );
    const xml = plantXml([serialDevice(1, port)], [{ id: 1, device: 1 }]);
    writePlant(folder, xml);
    const other = join(folder, 'other');
    writePlant(other, xml);
    const first = start();
    await first.entry(/^device 1 .* is open/);
    const second = start({ folder: other });
    const refused = await second.entry(/cannot be opened/);
    expect(refused).toMatchObject({ level: 'warning', errno: 'EBUSY' });
    expect(refused.msg).toMatch(new RegExp(`in use by node .*\\(process ${first.pid}\\)`));
  });
});

describe('a fault outside every actor', () => {
  const HOOK = "process.on('SIGUSR2',()=>{throw new Error('broken on purpose')})";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(HOOK)}` };

  it('ends the process with one critical line, and details in the log file', async () => {
    writePlant(folder, PLANT);
    const lector = start({ env });
    await lector.entry(READ);
    expect(await lector.end('SIGUSR2')).toMatchObject({ code: 1 });
    expect(lector.entries.filter(({ level }) => level === 'critical')).toHaveLength(1);
    expect(lector.entries.at(-1)?.msg).toMatch(/a fault that nothing handles ends Lector/);
    expect(lector.stderr()).toBe('');
    expect(logText()).toContain('broken on purpose');
    await start().entry(READ);
  });

  it.skipIf(!requireTool('script'))('shows no stack trace on a terminal', async () => {
    writePlant(folder, PLANT);
    const line = lectorCommand('serve')
      .map((each) => `'${each.replaceAll("'", `'\\''`)}'`)
      .join(' ');
    const terminal = spawn('script', ['-qfec', `exec ${line}`, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    onEnd(() => void terminal.kill('SIGKILL'));
    let shown = '';
    const code = new Promise<number | null>((resolve) => terminal.once('close', resolve));
    await new Promise<void>((resolve) =>
      terminal.stdout.on('data', (text: Buffer) => {
        shown += text.toString();
        if (/is read/.test(shown)) resolve();
      }),
    );
    const pid = Number(readlinkSync(join(folder, 'data', 'lock')).split('.')[0]);
    process.kill(pid, 'SIGUSR2');
    expect(await code).toBe(1);
    expect(shown).toMatch(/critical.*a fault that nothing handles.*broken on purpose/);
    expect(shown).not.toMatch(/\n\s+at |node:internal/);
    expect(logText()).toContain('"stack"');
  });
});

describe('folders and files that are not as they should be', () => {
  const REFUSED = [
    {
      what: 'a data folder that is a file',
      make: () => writeFileSync(join(folder, 'data'), ''),
      says: /data folder .*EEXIST/,
    },
    {
      what: 'a store that is a file',
      make: () => {
        mkdirSync(join(folder, 'data'));
        writeFileSync(join(folder, 'data', 'store'), '');
      },
      says: /cannot open the store in .*: EEXIST.*check the disk/,
    },
  ];
  it.each(REFUSED)('$what is refused in one sentence', async ({ make, says }) => {
    writePlant(folder, PLANT);
    make();
    const lector = start();
    expect(await lector.ended).toMatchObject({ code: 1 });
    expect(lector.stderr()).toMatch(says);
    expect(lector.stderr().trim().split('\n')).toHaveLength(1);
  });

  it.skipIf(!(requireRoot() && requireTool('setpriv')))(
    'a data folder that may not be written is refused in one sentence',
    async () => {
      writePlant(folder, PLANT, 'log_dir = /tmp');
      const lector = start({ prefix: ['setpriv', '--reuid', '65534', '--clear-groups'] });
      expect(await lector.ended).toMatchObject({ code: 1 });
      expect(lector.stderr()).toMatch(/^lector: cannot use the data folder .*EACCES.*let this user write there/m);
    },
  );

  it('a log folder that cannot be written is said once, and the meters are read', async () => {
    writePlant(folder, PLANT, 'log_dir = config.xml/log');
    const lector = start();
    await lector.entry(READ);
    expect(await lector.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(lector.stderr().trim().split('\n')).toEqual([expect.stringMatching(/cannot write the log in .*going on/)]);
  });

  it('a store that is damaged is set aside with a line, and a new one begun', async () => {
    writePlant(folder, PLANT);
    mkdirSync(join(folder, 'data', 'store'), { recursive: true });
    writeFileSync(join(folder, 'data', 'store', 'data.mdb'), 'no store at all'.repeat(1000));
    const lector = start();
    const told = await lector.entry(/the store was damaged: it is set aside/);
    await lector.entry(READ);
    expect(readdirSync(String(told.aside))).toContain('data.mdb');
  });

  it('F57 old log files beyond their bounds are gone after a start', async () => {
    writePlant(folder, PLANT);
    for (let number = 1; number <= 400; number += 1) {
      const path = join(folder, 'log', `lector.${number}.log`);
      writeFileSync(path, '');
      truncateSync(path, 25 * LOG_FILE_BYTES);
    }
    const lector = start();
    await lector.entry(READ);
    await lector.end('SIGTERM');
    const names = readdirSync(join(folder, 'log'));
    expect(names.length).toBeLessThanOrEqual(LOG_FILES_MAX + 1);
    expect(logText()).toContain('is read');
  });
});
