import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeServer, fakeServer } from './fake-server.ts';
import { READING_EVENT, SAMPLES } from './sample-views.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLIENT = join(ROOT, 'src/client/index.ts');
const DOCUMENTED = ['client.ts', 'comm.ts', 'types.ts'];
/** The port that the examples name. */
const PORT = '50007';

/** The fenced blocks of a file's docstrings. */
function blocksOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, 'src/client', file), 'utf8');
  const blocks = [...text.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)];
  return blocks.map(([, block = '']) => block.replace(/^ *\* ?/gm, ''));
}

const examples = DOCUMENTED.flatMap(blocksOf);

/** An example as a module: what it imports comes from the sources; one without imports has a client already. */
function moduleOf(example: string, port: string): string {
  const whole = example.includes('import ')
    ? example
    : `import { createClient } from 'lector/client';\nconst client = createClient({ port: ${PORT} });\n${example}`;
  return whole.replaceAll("'lector/client'", JSON.stringify(CLIENT)).replaceAll(PORT, port);
}

describe('the examples of the docstrings', () => {
  let folder = '';
  let server: FakeServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lector-examples-'));
    server = await fakeServer({
      script: (name, _, peer, dialect) => {
        if (dialect === 'classic') peer.write('STARTED\tCOMM\t\r');
        else peer.answer(name, SAMPLES[name as keyof typeof SAMPLES]);
        if (name === 'SUBSCRIBE') peer.push('reading', READING_EVENT);
      },
    });
    for (const [n, example] of examples.entries()) {
      writeFileSync(join(folder, `example-${n}.ts`), `${moduleOf(example, String(server.port))}\nexport {};\n`);
    }
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('are there for every method', () => {
    const text = readFileSync(join(ROOT, 'src/client/types.ts'), 'utf8');
    const client = text.slice(text.indexOf('export type LectorClient'));
    const methods = new Set([...client.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name));
    const shown = [...methods].filter((name) => examples.some((each) => each.includes(`client.${name}(`)));
    expect(methods.size).toBe(31);
    expect([...methods].filter((name) => !shown.includes(name))).toEqual([]);
  });

  it('compile', () => {
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noUnusedLocals: false,
        rewriteRelativeImportExtensions: false,
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      include: ['*.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  it('run to their end by themselves', async () => {
    const run = examples.map((_, n) => `await import('./example-${n}.ts');`).join('\n');
    writeFileSync(join(folder, 'run.ts'), run);
    const child = spawn(process.execPath, [join(folder, 'run.ts')], { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let errors = '';
    child.stdout.on('data', (bytes) => {
      printed += bytes;
    });
    child.stderr.on('data', (bytes) => {
      errors += bytes;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, errors]).toEqual([0, '']);
    expect(printed).toContain('1 Main switchboard polling');
    expect(printed).toContain('STARTED\tCOMM\t');
  });
});
