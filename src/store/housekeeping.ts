import type { Clock, Log } from '../domain/ports.ts';
import type { PruningStep } from './pruning.ts';
import { type Reserve, spaceOf } from './reserve.ts';
import type { Writer } from './writer.ts';

/** A pruning step that found much to do is followed by the next one so soon. */
const AGAIN_MS = 200;

type Housekeeping = {
  readonly settings: { readonly dir: string; readonly clock: Clock; readonly log: Log; readonly pruneEveryMs: number };
  readonly writer: Writer;
  readonly reserve: Reserve;
  readonly step: () => Promise<PruningStep>;
};

/** Prunes in bounded steps and keeps the reserve, from time to time, until `end`. Leaves a disk that refuses alone. */
export function keepHouse({ settings, writer, reserve, step }: Housekeeping): { end(): void } {
  const { clock, dir, log, pruneEveryMs } = settings;
  let ended = false;
  let timer: unknown;

  const once = async (): Promise<boolean> => {
    if (writer.refusing()) return false;
    const space = await spaceOf(dir);
    if (space !== null) await reserve.make(space);
    return (await writer.between(step)).more;
  };
  const round = async () => {
    const more = await once().catch((error: unknown) => {
      log.warn({ error: String(error) }, 'old data could not be removed; it is tried again later');
      return false;
    });
    if (!ended) timer = clock.setTimeout(() => void round(), more ? Math.min(AGAIN_MS, pruneEveryMs) : pruneEveryMs);
  };
  timer = clock.setTimeout(() => void round(), pruneEveryMs);

  return {
    end() {
      ended = true;
      clock.clearTimeout(timer);
    },
  };
}

/** Waits for `promise`, at most `ms`. */
export async function withLimit(promise: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimeout(() => resolve(), ms);
  await Promise.race([promise.catch(() => undefined), late]);
  clock.clearTimeout(timer);
}
