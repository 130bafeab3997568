import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExportConfig } from '../../src/domain/installation.ts';
import { registerExports } from '../../src/exports.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createLogLines } from '../support/log-lines.ts';
import { MINUTE, meters } from '../support/plant.ts';
import { createRuns } from '../support/runs.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function dades(): ExportConfig {
  const path = mkdtempSync(join(tmpdir(), 'lector-dades-'));
  folders.push(path);
  return { type: 'localFile', target: 'dades', path, options: {} };
}

describe('exporters that change between runs', () => {
  it('a new one begins with now, and it is said how many older records there are', async () => {
    const to = dades();
    const runs = await createRuns({ at: '2026-05-04T08:00:30Z', analyzers: meters([1, 2]) });
    await runs.clock.advance(3 * MINUTE);
    await runs.stop();
    await runs.start({ analyzers: meters([1, 2], { exports: [to] }) });
    const said = runs.now().log.matching(/6 older records/);
    expect(said).toHaveLength(1);
    await runs.stop();
    await runs.start({ analyzers: meters([1, 2], { exports: [to] }) });
    expect(runs.now().log.matching(/older records/)).toEqual([]);
    await runs.stop();
  });

  it('those that are configured no more are told, with what was not sent', async () => {
    const { outbox } = createMemoryStore();
    const log = createLogLines();
    const absent = () => [
      { exporterId: 'clientRest:http://centre', count: 1, isAll: true },
      { exporterId: 'localFile:/dades', count: 700, isAll: false },
    ];
    await registerExports({ ...outbox, absent }, new Map(), log);
    expect(log.matching(/clientRest:http:..centre is configured no more: it was not sent 1 record,/)).toHaveLength(1);
    expect(log.matching(/localFile:.dades is configured no more: it was not sent more than 700 records,/)).toHaveLength(
      1,
    );
  });
});
