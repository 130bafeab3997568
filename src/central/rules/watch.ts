import type pg from 'pg';
import type { Random } from '../../domain/backoff.ts';
import { toFailure } from '../../domain/errors.ts';
import type { AppDeps } from '../api/app-types.ts';
import type { CostDeps } from '../cost/billing.ts';
import { createHookSender } from './hook.ts';
import { createKeeper } from './keeper.ts';
import { type Asked, createLeader } from './leader.ts';
import { createOutbox } from './outbox.ts';
import type { SecretOf } from './secrets.ts';

const JUDGE_EVERY_MS = 30_000;
const SEND_EVERY_MS = 3_000;

export type WatchOptions = {
  /** Of its own: a connection that is kept, and nothing else. */
  readonly pool: Pick<pg.Pool, 'connect'>;
  readonly deps: CostDeps & Pick<AppDeps, 'log' | 'version'>;
  readonly secretOf: SecretOf;
  readonly random: Random;
};

export type RuleWatch = {
  /** What the timers do: judges, or sends, once. Never rejects. */
  judge(): Promise<void>;
  send(): Promise<void>;
  /** Cuts what is being sent, and resolves when nothing is under way. */
  stop(): Promise<void>;
};

/**
 * Judges rules and sends what they have to tell, now and then, for as long as it runs; of several processes on one
 * database one does. What fails is done the next time.
 */
export function watchRules({ pool, deps, secretOf, random }: WatchOptions): RuleWatch {
  const { clock, log, version } = deps;
  let isStopped = false;
  const leader = createLeader(pool);
  const hooks = createHookSender({ clock, version, secretOf });
  const about = { deps, clock, log, random, hooks, isStopped: () => isStopped };
  const loop = (what: string, work: (client: Asked) => Promise<void>, everyMs: number) => {
    // of each its own: one that goes well says nothing of the other
    let isAway = false;
    return createLoop(clock, everyMs, async () => {
      try {
        const client = await leader.client();
        if (client === null || isStopped) return;
        await work(client);
        if (isAway) log.info({}, `rules are ${what} again`);
        isAway = false;
      } catch (error) {
        leader.lose();
        if (!isAway && !isStopped)
          log.warn({ reason: toFailure(error).message }, `rules wait: they could not be ${what}`);
        isAway = true;
      }
    });
  };
  const judging = loop('judged', createKeeper(about), JUDGE_EVERY_MS);
  const sending = loop('told', createOutbox(about), SEND_EVERY_MS);
  return {
    judge: judging.now,
    send: sending.now,
    async stop() {
      isStopped = true;
      await Promise.all([judging.stop(), sending.stop(), hooks.close()]);
      await leader.end();
    },
  };
}

type Timers = Pick<CostDeps['clock'], 'setTimeout' | 'clearTimeout'>;

/** Does something, waits, and does it again; never twice at one time. */
function createLoop(clock: Timers, everyMs: number, work: () => Promise<void>) {
  let isStopped = false;
  let timer: unknown = null;
  let running: Promise<void> | null = null;
  const now = (): Promise<void> => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
  const next = () => {
    timer = clock.setTimeout(() => void now().finally(() => isStopped || next()), everyMs);
  };
  next();
  return {
    now,
    async stop() {
      isStopped = true;
      clock.clearTimeout(timer);
      await running;
    },
  };
}
