import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startCentral } from '../support/central-process.ts';
import { lectorCommand } from '../support/lector-process.ts';
import { putCluster } from '../support/prepared-cluster.ts';
import { requireTool } from '../support/require-tool.ts';

const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lector-central-'));
  // PostgreSQL runs as another user where we are root
  chmodSync(dir, 0o755);
  ends.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const serve = (dir: string, ...args: readonly string[]) =>
  startCentral({ folder: dir, args: ['serve', '--port', '0', ...args], onEnd: (end) => ends.push(end) });

// each makes a PostgreSQL of its own and starts three processes
describe('lector central serve', { timeout: 120_000 }, () => {
  it('starts its own PostgreSQL in ./central, answers, and ends in order when it is told to', async () => {
    const dir = folder();
    const centre = serve(dir);
    const [, origin] = await centre.told(/the centre listens at (http:\/\/[\d.:]+) and keeps records in/);
    const about = await fetch(`${origin}/api/v1/about`);
    expect(await about.json()).toMatchObject({ product: 'lector', role: 'centre', api: 1 });
    await centre.told(/lector central admin-token.* makes the token/);
    const list = lectorCommand('central', 'node', 'add', '4', '--name', 'School');
    const [program = '', ...rest] = list;
    const beside = spawnSync(program, rest, { cwd: dir, encoding: 'utf8' });
    expect(beside).toMatchObject({ status: 0, stdout: expect.stringMatching(/^node 4 is there/) });
    expect(await (await fetch(`${origin}/api/v1/nodes`)).json()).toMatchObject({ nodes: [{ id: 4, name: 'School' }] });
    await centre.end('SIGTERM');
    expect([centre.child.exitCode, centre.said()]).toEqual([0, expect.stringMatching(/"msg":"stopped"/)]);
    expect(centre.said()).not.toMatch(/"level":"(warning|error|critical)"/);
  });

  it('serves TLS where it is given a certificate', async () => {
    if (!requireTool('openssl')) return;
    const dir = folder();
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...['-subj', '/CN=localhost', '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')],
    ]);
    expect(made.status).toBe(0);
    await putCluster(join(dir, 'central'));
    const centre = serve(dir, '--tls-cert', 'cert.pem', '--tls-key', 'key.pem');
    const [, origin] = await centre.told(/the centre listens at (https:\/\/[\d.:]+) /);
    const asked = request(`${origin}/api/v1/health`, { rejectUnauthorized: false, agent: false }).end();
    const [answer] = await once(asked, 'response');
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await centre.end('SIGINT');
    expect(centre.child.exitCode).toBe(0);
  });
});
