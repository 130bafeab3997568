import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { owedOn } from '../../src/cli/owed.ts';
import { fakeServer, type Script } from '../client/fake-server.ts';
import { SAMPLES } from '../client/sample-views.ts';
import { sampleRecord } from '../store/sample-rows.ts';
import { openSample } from '../store/samples.ts';
import { samples, testHost } from './ctl-host.ts';

/** A data folder with what two exporters are owed, and the files that lead to it. */
async function installed(port = 0): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lector-owed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'config.xml'), '<lector/>');
  writeFileSync(join(folder, 'lector.ini'), `[General]\ndata_dir = data\n[Control]\nport = ${port}\n`);
  const { store } = await openSample({ dir: join(folder, 'data') });
  await store.outbox.register('clientRest:https://centre/ws', [1]);
  await store.outbox.register('localFile:dades', [1]);
  for (let number = 1; number <= 3; number += 1) await store.putRecord(sampleRecord(1, number));
  const owed = store.outbox.next('localFile:dades', 3).map(({ sequence }) => sequence);
  await store.outbox.acknowledge('localFile:dades', owed.slice(0, 2));
  await store.outbox.park('localFile:dades', owed[2] ?? 0, 'refused');
  await store.close();
  return folder;
}

async function ran(folder: string, o: { readonly json?: boolean; readonly columns?: number } = {}) {
  const host = testHost('/nowhere', o.columns ?? null);
  const files = { config: join(folder, 'config.xml'), ini: join(folder, 'lector.ini') };
  const options = { ...files, ...(o.json === true && { json: true }) };
  const code = await owedOn(options, host);
  return { code, ...host.said };
}

/** A server of that folder. */
async function serving(folder: string, script: Script): Promise<void> {
  mkdirSync(join(folder, 'data', 'run'), { recursive: true });
  const server = await fakeServer({ script, path: join(folder, 'data', 'run', 'lector.sock') });
  onTestFinished(() => server.stop());
}

describe('lector owed', () => {
  it('says what the store says where no server runs, and that it is the store that says it', async () => {
    const folder = await installed();
    const { code, out, err } = await ran(folder);
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.split('\t'))).toEqual([
      ['exporter', 'owed', 'oldest', 'parked'],
      ['clientRest:https://centre/ws', '3', '2026-05-04T08:15:00.000Z', '0'],
      ['localFile:dades', '0', '-', '1'],
      [''],
    ]);
    expect(err).toMatch(/^lector: no server runs; this is what the store in .*data says\n$/);
    const json = JSON.parse((await ran(folder, { json: true })).out);
    expect(json).toMatchObject({
      source: 'store',
      deliveries: [
        { owed: 3, parked: 0 },
        { owed: 0, parked: 1 },
      ],
    });
  });

  it('asks the server of that configuration where one runs', async () => {
    const folder = await installed();
    await serving(folder, samples);
    const { out, err } = await ran(folder);
    expect(out).toContain('localFile dades\tdades\tidle\t3\t');
    expect(err).toBe('');
    expect(JSON.parse((await ran(folder, { json: true })).out)).toEqual({ source: 'server', ...SAMPLES.OWED });
  });

  it('does not ask a server of another configuration that listens at its port', async () => {
    const other = await fakeServer({ script: samples });
    onTestFinished(() => other.stop());
    const { out, err } = await ran(await installed(other.port));
    expect(out).toContain('clientRest:https://centre/ws\t3\t');
    expect(err).toContain('no server runs');
  });

  it('tells a person when all is paid', async () => {
    const folder = await installed();
    expect((await ran(folder, { columns: 100 })).out).not.toContain('Nothing is owed');
    const deliveries = SAMPLES.OWED.deliveries.map((each) => ({ ...each, owed: 0, oldest: null }));
    await serving(folder, (name, _argument, peer) => peer.answer(name, { deliveries }));
    expect((await ran(folder, { columns: 100 })).out).toMatch(/\nNothing is owed\.\n$/);
  });

  it('says in words that there is neither a server nor a store', async () => {
    const folder = await installed();
    rmSync(join(folder, 'data'), { recursive: true });
    await expect(ran(folder)).rejects.toMatchObject({ code: 'STORE_FAILED', message: /there is no store in/ });
  });
});
