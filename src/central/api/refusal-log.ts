import type { Clock, Log } from '../../domain/ports.ts';
import type { MonoMs } from '../../domain/units.ts';

/** The same is logged once in so many ms. */
const EVERY_MS = 60_000;
/** Different refusals that are remembered; beyond, the oldest is forgotten. */
const REMEMBERED_MAX = 1_000;

export type Refused = {
  /** What makes two refusals the same, such as code and address. */
  readonly key: string;
  readonly words: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** A bug, or a fault of ours. */
  readonly isOurs?: boolean;
};

/** One line a minute for each refusal, with how often it came besides: seen, and never a full disk. */
export function createRefusalLog(clock: Clock, log: Log): (refused: Refused) => void {
  const said = new Map<string, { readonly at: MonoMs; unsaid: number }>();
  return ({ key, words, facts, isOurs = false }) => {
    const last = said.get(key);
    if (last !== undefined && clock.mono() - last.at < EVERY_MS) {
      last.unsaid += 1;
      return;
    }
    // deleted first, so that the order is that of their last lines
    said.delete(key);
    const [oldest] = said.keys();
    if (said.size >= REMEMBERED_MAX && oldest !== undefined) said.delete(oldest);
    said.set(key, { at: clock.mono(), unsaid: 0 });
    const before = last === undefined || last.unsaid === 0 ? '' : ` (and ${last.unsaid} times before)`;
    log[isOurs ? 'error' : 'warn'](facts, `${words}${before}`);
  };
}
