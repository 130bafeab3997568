import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock, Log } from '../domain/ports.ts';

/** Damaged stores that stay for whoever wants to look into them: the last one, and the one before. */
const KEPT_MAX = 2;

/** Puts a damaged store beside an empty folder in its place, says so, and removes older ones: disk use is bounded. */
export function setAside(path: string, damage: string, clock: Clock, log: Log): void {
  const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, '-');
  const aside = `${path}.corrupt-${stamp}`;
  renameSync(path, aside);
  mkdirSync(path);
  log.error(
    { aside, damage },
    'the store was damaged: it is set aside and a new one begun; what exporters had not been sent yet is not sent, ' +
      'and what dades holds stays there',
  );
  removeOlder(path, aside, log);
}

/** The one of now stays, whatever the clock says: one that was wrong gave it an older name than its neighbours. */
function removeOlder(path: string, aside: string, log: Log): void {
  const folder = dirname(path);
  const others = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.corrupt-`) && name !== basename(aside))
    .sort();
  for (const name of others.slice(0, Math.max(0, others.length - (KEPT_MAX - 1)))) {
    const removed = join(folder, name);
    try {
      rmSync(removed, { recursive: true });
      log.warn({ removed }, `an older damaged store is removed: the newest ${KEPT_MAX} are kept`);
    } catch (error) {
      log.warn({ removed, error }, 'an older damaged store could not be removed');
    }
  }
}
