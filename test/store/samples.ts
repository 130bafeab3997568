import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import type { Store } from '../../src/domain/store-port.ts';
import { openStore, type StoreOptions } from '../../src/store/store.ts';

/** A log that keeps what it is told. */
export function createKeptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (facts: Readonly<Record<string, unknown>>, text: string) => {
    lines.push(`${level} ${text} ${JSON.stringify(facts)}`);
  };
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

export type OpenedStore = {
  readonly store: Store;
  readonly dir: string;
  readonly log: ReturnType<typeof createKeptLog>;
};

/** A store on the real clock; in a new folder unless told. */
export async function openSample(options: Partial<StoreOptions> & { readonly dir: string }): Promise<OpenedStore> {
  const log = createKeptLog();
  const store = await openStore({ clock: systemClock(), log, ...options });
  return { store, dir: options.dir, log };
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(onEnd: (end: () => void) => void): string {
  const dir = mkdtempSync(join(tmpdir(), 'lector-store-'));
  onEnd(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
