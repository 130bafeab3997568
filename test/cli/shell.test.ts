import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, fakeServer, type Script } from '../client/fake-server.ts';
import { READING } from '../client/sample-plant.ts';
import { READING_EVENT, SAMPLES } from '../client/sample-views.ts';
import { requireTool } from '../support/require-tool.ts';

const SHELL = fileURLToPath(new URL('../../src/cli/shell.ts', import.meta.url));
const RUN = `import(${JSON.stringify(SHELL)}).then(({ shell }) => shell(JSON.parse(process.argv[1]), []))
  .then((code) => { process.exitCode = code; })`;

const script: Script = (name, argument, peer, dialect) => {
  if (dialect === 'classic') peer.write(argument === '1' ? 'STARTED\tCOMM\t\r' : 'SRV_ERR 0:\tno analyzer\r');
  else if (argument === '9') peer.refuse(name, 'NO_SUCH_ANALYZER', 'no analyzer 9', { hint: 'there are 1, 2' });
  else if (name === 'AUTH' && argument !== 'right') peer.refuse(name, 'WRONG_TOKEN', 'that token is not known here');
  else peer.answer(name, SAMPLES[name as keyof typeof SAMPLES] ?? {});
  // the reading that was asked for comes to those who listen
  if (name === 'FORCEREQ') for (const each of server.peers) each.push('reading', FORCED);
};

const FORCED = { ...READING_EVENT, reading: { ...READING, forced: true } };

let folder = '';
let server: FakeServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lector-shell-'));
  server = await fakeServer({ script });
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

/** A shell as a process of its own, with `input` from a pipe. */
async function piped(input: string, options: Readonly<Record<string, unknown>> = {}): Promise<Ran> {
  const args = ['-e', RUN, '--', JSON.stringify({ port: server.port, ...options })];
  const child = spawn(process.execPath, args, { env: { ...process.env, XDG_STATE_HOME: folder } });
  let out = '';
  let err = '';
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes;
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

describe('lector shell from a pipe', () => {
  it('prints answers alone, with tabs and no prompt, and remembers nothing', async () => {
    const { code, out, err } = await piped('status 1\n\nid 1');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^id\tname\t.*\n1\tMain switchboard\t.*\nPM710 v3\.02\n$/);
    expect(() => readFileSync(join(folder, 'lector', 'shell-history'))).toThrow('ENOENT');
  });

  it('goes on after a refusal, and says so by 1 at its end', async () => {
    const { code, out, err } = await piped('status 9 1\nnonsense\nid 1\n');
    expect(code).toBe(1);
    expect(err).toBe(
      'lector: no analyzer 9; there are 1, 2\nlector: there is no command "nonsense"; "help" lists what there is\n',
    );
    expect(out).toContain('\n1\tMain switchboard\t');
    expect(out).toContain('PM710 v3.02\n');
  });

  it('ends with 3 where there is no server, once in words', async () => {
    await server.stop();
    const { code, out, err } = await piped('status 1\nstatus 2\n');
    expect([code, out]).toEqual([3, '']);
    expect(err).toBe(
      `lector: no Lector server at 127.0.0.1:${server.port}: nobody listens there; "lector serve" starts one\n`,
    );
  });

  it('does nothing more when the server goes away: a script never goes on in the dark', async () => {
    const other = await fakeServer({
      script: (name, argument, peer, dialect) => {
        if (name === 'PAUSE') peer.cut();
        else script(name, argument, peer, dialect);
      },
    });
    const { code, err } = await piped('pause 1\nresume 1\n', { port: other.port });
    expect(code).toBe(3);
    expect(err).toContain('it is not known whether PAUSE was done');
    expect(other.requests.filter((each) => each.includes('RESUME'))).toEqual([]);
    await other.stop();
  });

  it('prints one line of JSON for each answer with --json', async () => {
    const { out } = await piped('status 1\nvars 1\njson off\nid 1\n', { json: true });
    const lines = out.trimEnd().split('\n');
    expect(lines.slice(0, 2).map((line) => JSON.parse(line))).toEqual([SAMPLES.STATUS, SAMPLES.GETVARS]);
    expect(lines[2]).toBe('PM710 v3.02');
  });

  it('takes a token that is typed, and uses it on later connections', async () => {
    expect((await piped('auth wrong\n')).err).toBe('lector: that token is not known here\n');
    const { code, out } = await piped('auth right; pause 1\n');
    expect([code, out]).toEqual([0, `The token is right.\n${SAMPLES.PAUSE.words}\n`]);
    expect(server.requests.slice(-4)).toEqual(['4 AUTH right', '4 VERSION', '4 LIST', '4 PAUSE 1']);
  });

  it('reads a meter at once and shows what it says, with the token that was typed', async () => {
    const { code, out, err } = await piped('auth right\nreadnow 1\n');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('\tTPF\tL1\t230.12\tV\t');
    const connections = new Set(server.requests.map((each) => each.split(' ')[0]));
    const proven = server.requests.filter((each) => each.endsWith('AUTH right'));
    // all but the first, on which nothing was proven yet
    expect(proven).toHaveLength(connections.size - 1);
  });

  it('does to everybody what it is told, a line each; the classic dialect has no word for it', async () => {
    const { code, out } = await piped('pause all 10m\nresume all\n');
    expect([code, out]).toEqual([0, `${SAMPLES.PAUSE.words}\n${SAMPLES.PAUSE.words}\nNo analyzer is paused.\n`]);
    expect(server.requests.map((each) => each.slice(2)).filter((each) => /PAUSE|RESUME/.test(each))).toEqual([
      'PAUSE 1:600',
      'PAUSE 2:600',
    ]);
    expect(await piped('pause all\n', { classic: true })).toMatchObject({ code: 1, out: '' });
  });

  it('shows the classic answers as they are, and 1 when one says no', async () => {
    const { code, out } = await piped('status 1\n$STATUS@2;\n', { classic: true });
    expect([code, out]).toEqual([1, 'STARTED\\x09COMM\\x09\nSRV_ERR 0:\\x09no analyzer\n']);
    expect((await piped('STATUS@1', { classic: true })).code).toBe(0);
  });
});

// of util-linux: runs a program on a pseudo-terminal
describe.skipIf(!requireTool('script'))('lector shell on a terminal', () => {
  it('prompts with the name of the node, completes, remembers, and leaves with Ctrl+D', async () => {
    const command = [process.execPath, '-e', RUN, '--', JSON.stringify({ port: server.port })];
    const quoted = command.map((each) => `'${each.replaceAll("'", "'\\''")}'`).join(' ');
    const child = spawn('script', ['-qfec', quoted, '/dev/null'], {
      env: { ...process.env, XDG_STATE_HOME: folder, TERM: 'xterm', COLUMNS: '100' },
    });
    let screen = '';
    const watchers = new Set<() => void>();
    child.stdout.on('data', (bytes: Buffer) => {
      screen += bytes;
      for (const each of watchers) each();
    });
    /** Types, then waits for a text that was not there before. */
    const type = (keys: string, until: string | RegExp): Promise<void> => {
      const from = screen.length;
      if (keys !== '') child.stdin.write(keys);
      return new Promise((resolve, reject) => {
        child.once('close', () => reject(new Error(`it ended without ${until}: ${screen}`)));
        const look = () => {
          const text = screen.slice(from);
          if (typeof until === 'string' ? !text.includes(until) : !until.test(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      });
    };
    await type('', 'lector ies-sa-garriga> ');
    await type('id "ma\t', '"Main switchboard" ');
    await type('\r', /PM710 v3\.02\r\n[^\n]*lector ies-sa-garriga> /);
    await type('use 1\r', 'lector ies-sa-garriga 1> ');
    await type('history TP\t', 'TPF ');
    await type('\u0003', /\^C\r\n[^>]*1> /);
    await type('auth right\r', /The token is right[^>]*1> /);
    // what held the token is not brought back
    await type('\u001b[A', 'use 1');
    await type('half a line\u0003', /\^C\r\n[^>]*1> /);
    for (const peer of server.peers) peer.cut();
    await type(
      '',
      /is\s+tried\s+again[\s\S]*ies-sa-garriga \(not connected\) 1> [\s\S]*connected again[\s\S]*ies-sa-garriga 1> /,
    );
    // a question that something is said into is put again
    await type('shutdown\r', '(yes/no) ');
    for (const peer of server.peers) peer.cut();
    await type('', /it\s+is\s+tried\s+again[\s\S]*\(yes\/no\) /);
    await type('no\r', /ies-sa-garriga[^>]* 1> /);
    expect(server.requests.filter((each) => each.includes('SHUTDOWN'))).toEqual([]);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.write('\u0004');
    expect(await ended).toBe(0);
    expect(readFileSync(join(folder, 'lector', 'shell-history'), 'utf8')).toBe(
      'id "Main switchboard" \nuse 1\nshutdown\n',
    );
  });
});
