import { deliveryWaitMs, type Random, RETRY_AFTER_MAX_MS } from '../../domain/backoff.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import { epochMs } from '../../domain/units.ts';
import { createFewAtOnce } from '../few-at-once.ts';
import type { HookSender } from './hook.ts';
import type { Asked } from './leader.ts';
import {
  acknowledged,
  dropOldTests,
  type Message,
  messagesOf,
  notAcknowledged,
  type Outgoing,
  outgoing,
} from './ledger.ts';

/** Webhooks that are called at one time. */
const HOOKS_AT_ONCE = 4;
/** Messages of a rule that are looked at in one turn. */
const PIECE = 50;
/** In one turn those that fail are tried for so long: others may have something to tell by then. */
const FAILING_MS = 3_000;
/** What one rule gets of a turn, though its webhook takes everything: slowly, it would hold up all others. */
const RULE_MS = 3_000;
const TEST_KEPT_MS = 10 * 60_000;
/** A clock that was put back since leaves no message waiting for it. */
const WAIT_MAX_MS = RETRY_AFTER_MAX_MS * 2;
const ERROR_MAX = 500;

type OutboxOptions = {
  readonly hooks: HookSender;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly isStopped: () => boolean;
};

/** refused: others may be taken. blocked: nothing else would arrive there either. */
type Came = 'taken' | 'refused' | 'blocked';

/**
 * Sends what rules have to tell, each message until it is acknowledged: those of one rule in their order, unless the
 * address takes others and not this one; then those of its alarm alone wait for it, for what arrives after the end of
 * an alarm would be the last word on it. A message goes out twice where this process ends between the receipt and its
 * note; it is the same one, with the same key.
 */
export function createOutbox(o: OutboxOptions): (client: Asked) => Promise<void> {
  const few = createFewAtOnce(HOOKS_AT_ONCE);
  /** Rules whose trouble was told. */
  const troubled = new Set<string>();

  const sendOne = async (client: Asked, { name, rule }: Outgoing, message: Message): Promise<Came> => {
    const sent = await o.hooks.send(rule.webhook, message.body);
    if (sent.kind === 'taken') {
      await acknowledged(client, message.id);
      if (troubled.delete(name))
        o.log.info({ rule: name }, `the webhook of the rule ${safe(name)} takes messages again`);
      return 'taken';
    }
    // it was cut by us
    if (o.isStopped()) return 'blocked';
    const { failure, blocks } = sent;
    const nextAt = epochMs(o.clock.now() + deliveryWaitMs(message.tries + 1, failure, o.random));
    const error = safe(failure.message, ERROR_MAX);
    await notAcknowledged(client, { id: message.id, nextAt, error, blocks });
    if (!troubled.has(name) && message.event !== 'test') {
      troubled.add(name);
      o.log.warn(
        { rule: name },
        `the webhook of the rule ${safe(name)} did not take a message, and gets it again: ${error}`,
      );
    }
    return blocks ? 'blocked' : 'refused';
  };

  /** Those after it wait too. */
  const isWaiting = ({ blocks, nextAt }: Message): boolean => {
    const waitMs = nextAt === null ? 0 : nextAt - o.clock.now();
    return blocks && waitMs > 0 && waitMs <= WAIT_MAX_MS;
  };

  const sendAll = async (client: Asked, rule: Outgoing): Promise<void> => {
    const which = { now: o.clock.now(), waitMaxMs: WAIT_MAX_MS, max: PIECE };
    const messages = await messagesOf(client, rule.name, which);
    // somebody waits for what comes of a test, and it is tried once
    for (const test of messages.filter(({ event, tries }) => event === 'test' && tries === 0)) {
      await sendOne(client, rule, test);
    }
    const refused = new Set<string | null>();
    const begun = o.clock.mono();
    for (const message of messages.filter(({ event }) => event !== 'test')) {
      if (refused.has(message.alarm)) continue;
      if (o.isStopped() || isWaiting(message) || o.clock.mono() - begun > RULE_MS) return;
      const came = await sendOne(client, rule, message);
      if (came === 'blocked') return;
      if (came === 'refused') refused.add(message.alarm);
    }
  };

  return async (client) => {
    const rules = await outgoing(client);
    for (const name of troubled) if (!rules.some((each) => each.name === name)) troubled.delete(name);
    const begun = o.clock.mono();
    const isLater = () => o.clock.mono() - begun > FAILING_MS;
    const send = async (rule: Outgoing) => (rule.isFailing && isLater() ? undefined : sendAll(client, rule));
    await Promise.all(rules.map((rule) => few(() => send(rule))));
    if (rules.length > 0) await dropOldTests(client, epochMs(o.clock.now() - TEST_KEPT_MS));
  };
}
