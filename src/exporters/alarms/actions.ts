import type { AlarmAction } from '../../domain/alarm-rules.ts';
import { spanText } from '../../domain/alarm-words.ts';
import { type Failure, toFailure } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { AlarmWire } from '../../protocol/alarm-wire.ts';
import type { ActionContext, Attempt } from './attempt.ts';
import { createCommand } from './command.ts';
import { type Begun, createLanes } from './lanes.ts';
import { createTopic } from './topic.ts';
import { createWebhook } from './webhook.ts';

/** Waits before it is tried again; then it is given up, and the log says so. */
export const RETRY_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000];
/** Of each kind so many are under way at once. */
export const AT_ONCE = 4;
/** Of each action so many wait at most: beyond, the oldest go. */
export const WAITING_MAX = 100;
/** What is under way when the program ends may take so long. */
const GOODBYE_MS = 2_000;

export type AlarmActions = {
  /** Has the actions done, in order for each alarm. Returns at once, never throws. */
  tell(wire: AlarmWire, actions: readonly AlarmAction[]): void;
  /** What waits is given up; what is under way has a moment. Never rejects. */
  close(): Promise<void>;
};

type Job = { readonly wire: AlarmWire; readonly action: AlarmAction; readonly of: string; tries: number };

type Attempts = { readonly [Kind in AlarmAction['kind']]: Attempt<Kind> };

/**
 * Tells the world of alarms: a destination that is slow or dead holds up none of the others, and nothing else. All that
 * waits is in memory and bounded; over a restart it is lost, and alarms that are still there are raised anew.
 */
export function createAlarmActions(context: ActionContext, attempts: Attempts = attemptsOf(context)): AlarmActions {
  const { clock, log } = context;
  // what one action is told of one alarm is told in order
  const lanes = createLanes<Job>(WAITING_MAX);
  const underWay = new Map<AlarmAction['kind'], number>();
  const running = new Set<Promise<void>>();
  const behind = new Set<string>();
  const failing = new Set<string>();
  const ending = new AbortController();
  let isClosing = false;

  const count = (kind: AlarmAction['kind'], by: number) => underWay.set(kind, (underWay.get(kind) ?? 0) + by);
  const isFree = ({ action }: Job) => (underWay.get(action.kind) ?? 0) < AT_ONCE;
  const pump = () => {
    while (!isClosing) {
      const begun = lanes.next(isFree);
      if (begun === null) return;
      const { kind } = begun.job.action;
      count(kind, 1);
      const run = tellOnce(begun).finally(() => {
        count(kind, -1);
        running.delete(run);
        pump();
      });
      running.add(run);
    }
  };
  const tellOnce = async (begun: Begun<Job>) => {
    const { job } = begun;
    try {
      await attempt(attempts, job, ending.signal);
      behind.delete(job.of);
      failing.delete(job.of);
      begun.done();
    } catch (error) {
      const failure = toFailure(error);
      const waitMs = retryWaitMs(job.tries, failure, context.random);
      job.tries += 1;
      if (waitMs === null || isClosing) {
        begun.done();
        log.error({ error: failure, tries: job.tries }, givenUp(job, failure.message));
        return;
      }
      // once, until it succeeds: who has just written a rule need not wait until it is given up
      log[failing.has(job.of) ? 'debug' : 'warn']({ error: failure }, notYet(job, failure.message, waitMs));
      failing.add(job.of);
      const timer = clock.setTimeout(() => {
        ready();
        pump();
      }, waitMs);
      const ready = begun.later(() => clock.clearTimeout(timer));
    }
  };
  return {
    tell(wire, actions) {
      if (isClosing) return;
      for (const action of actions) {
        const of = JSON.stringify(action);
        const dropped = lanes.add(`${of}|${wire.rule}|${wire.subject}`, of, { wire, action, of, tries: 0 });
        if (dropped === null || behind.has(of)) continue;
        behind.add(of);
        log.warn({ waiting: WAITING_MAX }, `${placeOf(action)} does not keep up with alarms: the oldest are left out`);
      }
      pump();
    },
    async close() {
      isClosing = true;
      lanes.end();
      const { promise, resolve } = Promise.withResolvers<void>();
      const limit = clock.setTimeout(() => resolve(), GOODBYE_MS);
      await Promise.race([Promise.allSettled([...running]), promise]);
      clock.clearTimeout(limit);
      ending.abort();
    },
  };
}

/** null: it is given up. */
function retryWaitMs(tries: number, { code, facts }: Failure, random: () => number): number | null {
  const wait = RETRY_MS[tries];
  if (wait === undefined || code !== 'EXPORT_FAILED') return null;
  const asked = typeof facts.retryAfterMs === 'number' ? facts.retryAfterMs : 0;
  return Math.max(wait, Math.min(asked, RETRY_MS.at(-1) ?? 0)) * (1 + random() / 4);
}

function attemptsOf(context: ActionContext): Attempts {
  return { webhook: createWebhook(context), mqtt: createTopic(context), command: createCommand(context) };
}

async function attempt(attempts: Attempts, { action, wire }: Job, signal: AbortSignal): Promise<void> {
  switch (action.kind) {
    case 'webhook':
      return attempts.webhook(action, wire, signal);
    case 'mqtt':
      return attempts.mqtt(action, wire, signal);
    case 'command':
      return attempts.command(action, wire, signal);
  }
}

/** `webhook https://example.com`, without what may be secret in a path. */
function placeOf(action: AlarmAction): string {
  switch (action.kind) {
    case 'webhook':
    case 'mqtt': {
      const url = URL.parse(action.url);
      return `${action.kind} ${url === null ? '' : `${url.protocol}//${safe(url.host)}`}`;
    }
    case 'command':
      return `command ${safe(action.argv[0])}`;
  }
}

const whatOf = ({ rule, event }: AlarmWire) => `alarm "${safe(rule)}" was ${event}`;

function notYet({ action, wire }: Job, message: string, waitMs: number): string {
  const next = `it is tried again in ${spanText(waitMs)}, and then a few times more`;
  return `${placeOf(action)} was not told yet that ${whatOf(wire)} (${next}): ${message}`;
}

function givenUp({ action, wire, tries }: Job, message: string): string {
  const often = tries === 1 ? 'once' : `${tries} times`;
  return `${placeOf(action)} was not told that ${whatOf(wire)} (tried ${often}): ${message}`;
}
