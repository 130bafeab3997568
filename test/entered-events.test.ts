import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CostEvent } from '../src/domain/cost-event.ts';
import { epochMs } from '../src/domain/units.ts';
import { EVENTS_FILE, watchEvents } from '../src/entered-events.ts';
import { replaceFile } from '../src/store/state-file.ts';
import { eventsText } from '../src/tariff/events.ts';
import { createLogLines } from './support/log-lines.ts';

const NOTE: CostEvent = { id: 1, analyzerId: 1, text: 'a note', kind: 'note', at: epochMs(1_790_000_000_000) };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** `first`: what is there at the start. */
function watched(first?: string) {
  const dataDir = mkdtempSync(join(tmpdir(), 'lector-events-'));
  folders.push(dataDir);
  if (first !== undefined) writeFileSync(join(dataDir, EVENTS_FILE), first);
  const log = createLogLines();
  let changes = 0;
  const events = watchEvents({
    ...{ dataDir, log },
    changed() {
      changes += 1;
    },
  });
  return { file: join(dataDir, EVENTS_FILE), log, events, changes: () => changes };
}

describe('what is entered beside the running server', () => {
  it('is known after a look, and told when it changed', async () => {
    const { file, events, changes } = watched();
    expect(events.now()).toBeNull();
    await events.look();
    expect(events.now()).toEqual([]);
    expect(changes()).toBe(1);
    await replaceFile(file, eventsText([NOTE]));
    await Promise.all([events.look(), events.look()]);
    await events.look();
    expect(events.now()).toEqual([NOTE]);
    expect(changes()).toBe(2);
    // written anew with the same in it
    await replaceFile(file, eventsText([NOTE]));
    await events.look();
    expect(changes()).toBe(2);
    rmSync(file);
    await events.look();
    expect(events.now()).toEqual([]);
    expect(changes()).toBe(3);
  });

  it('that cannot be read is said once, and what was known before is known until it can', async () => {
    const { file, events, log, changes } = watched('{"version": 1, "events": [{"id": 1}]}');
    await events.look();
    expect(events.now()).toBeNull();
    await replaceFile(file, eventsText([NOTE]));
    await events.look();
    expect(events.trouble()).toBeNull();
    writeFileSync(file, 'torn');
    await events.look();
    await events.look();
    expect(events.now()).toEqual([NOTE]);
    expect(events.trouble()).toMatch(/events\.json cannot be read: .*centres go by what they were told before/);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
    expect(changes()).toBe(1);
  });
});
