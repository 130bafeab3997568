import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CostEvent } from '../domain/cost-event.ts';
import { LectorError } from '../domain/errors.ts';
import { replaceFile } from '../store/state-file.ts';
import { eventsText, parseEvents } from '../tariff/events.ts';

/** Beside the store, in `data_dir`. */
export const EVENTS_FILE = 'events.json';

/** What was entered by hand; none where there is no file. Throws CONFIG_INVALID where it cannot be read. */
export function readEvents(dataDir: string): readonly CostEvent[] {
  const file = join(dataDir, EVENTS_FILE);
  try {
    return parseEvents(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const words = error instanceof Error ? error.message : String(error);
    throw new LectorError('CONFIG_INVALID', `${file} cannot be read: ${words}; correct it, or put it aside`);
  }
}

/** In the place of the old file in one step, durable. */
export const writeEvents = (dataDir: string, events: readonly CostEvent[]): Promise<void> =>
  replaceFile(join(dataDir, EVENTS_FILE), eventsText(events));
