import type { Rule } from '../../../src/central/rules/rule.ts';
import { createRules } from '../../../src/central/rules/rules.ts';
import { type RuleWatch, watchRules } from '../../../src/central/rules/watch.ts';
import type { RuleWire } from '../../../src/protocol/rule-wire.ts';
import { type Answer, listen } from '../../exporters/http/fake-server.ts';
import { afterTest } from '../../support/afterwards.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { QUARTER_MS, quarterHours, supply } from '../cost/supply.ts';
import { RULE } from './sample-rule.ts';

/** When {@link plant} begins. */
export const T = Date.parse('2026-01-20T10:00:00+01:00');

/** A centre at 10:00 with what analyzer 1 of node 4 draws in the quarter hours since nine, and a webhook. */
export async function plant(answer: () => Answer = () => ({ status: 204 })) {
  const up = await supply('2026-01-20T10:00:00+01:00');
  const clock = createSteppedClock(T);
  const log = createLogLines();
  const server = await listen(answer);
  const secretOf = async (name: string) => `${name} of the test`;
  const rules = createRules({ database: up.database, clock });
  const start = (readUsage = up.deps.readUsage): RuleWatch => {
    const deps = { ...up.deps, readUsage, clock, log };
    const watch = watchRules({ pool: up.database.pool, deps, secretOf, random: () => 0 });
    afterTest(() => watch.stop());
    return watch;
  };
  const hook = { url: `${server.url}/hook`, secret: 'key', token: null };
  return {
    ...{ up, clock, log, server, rules, start, hook },
    put: (change: Partial<Rule> = {}, name = 'high') => rules.putRule(name, { ...RULE, webhook: hook, ...change }),
    /** Quarter hours after ten, of so many kW each. */
    draw: (first: number, ...kw: readonly number[]) =>
      up.store(
        quarterHours(T + first * QUARTER_MS, T + (first + kw.length) * QUARTER_MS, (end) => {
          return kw[Math.round((end - T) / QUARTER_MS) - first - 1] ?? 0;
        }),
      ),
    wires: () => server.seen.map(({ body }) => JSON.parse(body) as RuleWire),
    told: () => server.seen.map(({ body }) => JSON.parse(body) as RuleWire).map(({ event, value }) => [event, value]),
  };
}

/** What the timers would have done by then. */
export async function look(watch: RuleWatch) {
  await watch.judge();
  await watch.send();
}

/** Looks again and again: who lost the lock gets it when PostgreSQL has taken it back. */
export async function lookUntil(watch: RuleWatch, isThere: () => boolean) {
  for (let turn = 0; turn < 1_000 && !isThere(); turn += 1) await look(watch);
}
