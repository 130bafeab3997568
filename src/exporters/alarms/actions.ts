import type { AlarmAction } from '../../domain/alarm-rules.ts';
import { toFailure } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { AlarmWire } from '../../protocol/alarm-wire.ts';
import type { ActionContext, Attempt } from './attempt.ts';
import { createCommand } from './command.ts';
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
/** What one action is told of one alarm: one thing at a time, and in order. */
type Lane = { readonly jobs: Job[]; state: 'ready' | 'running' | 'waiting'; timer: unknown };

type Attempts = { readonly [Kind in AlarmAction['kind']]: Attempt<Kind> };

/**
 * Tells the world of alarms: a destination that is slow or dead holds up none of the others, and nothing else. All that
 * waits is in memory and bounded; over a restart it is lost, and alarms that are still there are raised anew.
 */
export function createAlarmActions(context: ActionContext, attempts: Attempts = attemptsOf(context)): AlarmActions {
  const { clock, log } = context;
  const lanes = new Map<string, Lane>();
  const underWay = new Map<AlarmAction['kind'], number>();
  const running = new Set<Promise<void>>();
  const ending = new AbortController();
  const dropping = new Set<string>();
  let isClosed = false;

  const waitingFor = (of: string) => [...lanes.values()].flatMap(({ jobs }) => jobs.filter((job) => job.of === of));
  const makeRoom = (of: string) => {
    const waiting = waitingFor(of);
    if (waiting.length < WAITING_MAX) {
      dropping.delete(of);
      return;
    }
    for (const lane of lanes.values()) {
      // the first of a lane that runs is being told
      const index = lane.jobs.findIndex((job, n) => job.of === of && (n > 0 || lane.state !== 'running'));
      if (index < 0) continue;
      const [job] = lane.jobs.splice(index, 1);
      if (!dropping.has(of) && job) {
        log.warn(
          { waiting: waiting.length },
          `${placeOf(job.action)} does not keep up with alarms: the oldest are left out`,
        );
      }
      dropping.add(of);
      return;
    }
  };
  const pump = () => {
    for (const [key, lane] of lanes) {
      const [job] = lane.jobs;
      if (job === undefined && lane.state !== 'running') {
        clock.clearTimeout(lane.timer);
        lanes.delete(key);
      }
      if (job === undefined || lane.state !== 'ready' || isClosed) continue;
      const { kind } = job.action;
      const busy = underWay.get(kind) ?? 0;
      if (busy >= AT_ONCE) continue;
      underWay.set(kind, busy + 1);
      lane.state = 'running';
      const run = attempt(attempts, job, ending.signal)
        .then(
          () => succeeded(lane),
          (error: unknown) => failed(lane, job, error),
        )
        .finally(() => {
          underWay.set(kind, (underWay.get(kind) ?? 1) - 1);
          running.delete(run);
          pump();
        });
      running.add(run);
    }
  };
  const succeeded = (lane: Lane) => {
    lane.jobs.shift();
    lane.state = 'ready';
  };
  const failed = (lane: Lane, job: Job, error: unknown) => {
    const { code, message, facts } = toFailure(error);
    const wait = RETRY_MS[job.tries];
    job.tries += 1;
    const again = wait !== undefined && code === 'EXPORT_FAILED' && !isClosed;
    if (!again) {
      lane.jobs.shift();
      lane.state = 'ready';
      log.error({ error: { code, message, facts }, tries: job.tries }, givenUp(job, message));
      return;
    }
    lane.state = 'waiting';
    const asked = typeof facts.retryAfterMs === 'number' ? facts.retryAfterMs : 0;
    const waitMs = Math.max(wait, Math.min(asked, RETRY_MS.at(-1) ?? 0)) * (1 + context.random() / 4);
    log.debug(
      { error: { code, message, facts } },
      `${placeOf(job.action)} could not be told, and is tried again: ${message}`,
    );
    lane.timer = clock.setTimeout(() => {
      lane.state = 'ready';
      pump();
    }, waitMs);
  };
  return {
    tell(wire, actions) {
      if (isClosed) return;
      for (const action of actions) {
        const of = JSON.stringify(action);
        makeRoom(of);
        const key = `${of}|${wire.rule}|${wire.subject}`;
        const lane = lanes.get(key) ?? { jobs: [], state: 'ready', timer: null };
        lane.jobs.push({ wire, action, of, tries: 0 });
        lanes.set(key, lane);
      }
      pump();
    },
    async close() {
      isClosed = true;
      for (const { timer } of lanes.values()) clock.clearTimeout(timer);
      const { promise, resolve } = Promise.withResolvers<void>();
      const limit = clock.setTimeout(() => {
        ending.abort();
        resolve();
      }, GOODBYE_MS);
      await Promise.race([Promise.allSettled([...running]), promise]);
      clock.clearTimeout(limit);
    },
  };
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

function givenUp({ action, wire, tries }: Job, message: string): string {
  const often = tries === 1 ? 'once' : `${tries} times`;
  return `${placeOf(action)} was not told that alarm "${safe(wire.rule)}" was ${wire.event} (tried ${often}): ${message}`;
}
