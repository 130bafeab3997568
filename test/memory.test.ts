import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { epochMs } from '../src/domain/units.ts';
import { createMemory } from '../src/memory.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { openStateFile } from '../src/store/state-file.ts';
import { knownAs } from './support/connecting.ts';
import { createLogLines } from './support/log-lines.ts';
import { createSteppedClock, settleTurns } from './support/stepped-clock.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function remembering() {
  const folder = mkdtempSync(join(tmpdir(), 'lector-memory-'));
  folders.push(folder);
  const file = join(folder, 'state.json');
  const log = createLogLines();
  const [state, store, clock] = [await openStateFile(file, log), createMemoryStore(), createSteppedClock()];
  const memory = createMemory({ state, store, clock, log });
  const written = async () => {
    await state.update((before) => before);
    await settleTurns();
  };
  return { memory, store, clock, written, kept: () => JSON.parse(readFileSync(file, 'utf8')) };
}

const RUNNING = { mode: 'running', until: null, by: null } as const;

describe('what is remembered of analyzers', () => {
  it('a pause that ends while it is still being written is over after a restart too, and leaves its gap', async () => {
    const { memory, store, clock, written, kept } = await remembering();
    memory.keepIdentity(2, knownAs());
    memory.keepMode(1, { mode: 'paused', until: null, by: 'analyzer' });
    const since = clock.now();
    await clock.advance(5000);
    memory.keepMode(2, { mode: 'paused', until: null, by: 'analyzer' });
    memory.keepMode(2, RUNNING);
    memory.keepMode(1, RUNNING);
    await written();
    expect(kept().paused).toEqual({});
    expect(store.gaps(1, epochMs(0), epochMs(1e15))).toMatchObject([{ from: since, to: clock.now(), cause: 'paused' }]);
  });

  it('two thousand identities learnt at once take a few writes, not one each', async () => {
    const { memory, written, kept } = await remembering();
    const timeOf = async (work: () => void) => {
      const from = performance.now();
      work();
      await written();
      return performance.now() - from;
    };
    const one = Math.max(...[await timeOf(() => memory.keepIdentity(1, knownAs())), 1]);
    const all = await timeOf(() => {
      for (let id = 1; id <= 2000; id += 1) memory.keepIdentity(id, knownAs());
    });
    expect(Object.keys(kept().identities)).toHaveLength(2000);
    expect(all / one).toBeLessThan(200);
  });
});
