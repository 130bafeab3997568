import { createContracts } from '../../central/cost/contracts.ts';
import { createMeters } from '../../central/cost/meters.ts';
import { createUsageRows } from '../../central/cost/usage-rows.ts';
import type { RuleRow, Rules } from '../../central/rules/ports.ts';
import { outcomeText, previewRule, tryHook } from '../../central/rules/preview.ts';
import { limitText, type Rule } from '../../central/rules/rule.ts';
import { ruleView } from '../../central/rules/rule-schemas.ts';
import { createRules, noRule } from '../../central/rules/rules.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { epochMs } from '../../domain/units.ts';
import { zoneOffset } from '../../zone.ts';
import type { PlaceOptions } from './options.ts';
import { type Opened, withCentre } from './place.ts';
import { counted, printDone, printRows, timeText } from './print.ts';
import { changedRule, type RuleOptions, ruleFrom } from './rule-options.ts';

type Words = readonly string[];

const withRules = (
  options: PlaceOptions,
  use: (rules: Rules, opened: Opened) => Promise<number | undefined>,
): Promise<number> => withCentre(options, async (opened) => (await use(createRules(opened), opened)) ?? 0);

/** `lector central rule list` */
export function listRules(options: PlaceOptions): Promise<number> {
  return withRules(options, async (rules) => {
    const all = await rules.rules();
    printRows(options, {
      documents: all.map(ruleView),
      rows: all.map(rowOf),
      nothing: 'no rules; lector central rule add makes one, and its --help shows some',
    });
    return undefined;
  });
}

function rowOf({ name, rule, unsent, error, states }: RuleRow) {
  const raised = states.filter(({ state }) => state.raised !== null).length;
  const judged = states.filter(({ state }) => state.last !== null).length;
  const silent = states.filter(({ state }) => state.why !== null);
  const since = states.reduce((last, { state }) => Math.max(last, state.judgedUntil), 0);
  const why = silent[0]?.state.why ?? null;
  const unknown =
    why === null ? null : `${silent.length > 1 ? `${silent.length} not judged, one: ` : 'not judged: '}${why}`;
  return {
    ...{ rule: name, when: rule.when, of: whose(rule), limit: limitText(rule.limit) },
    ...{
      raised: judged + silent.length === 0 ? null : raised,
      'judged until': timeText(since === 0 ? null : epochMs(since)),
    },
    ...{ unsent, trouble: error ?? unknown },
  };
}

const whose = ({ node, analyzer }: Pick<Rule, 'node' | 'analyzer'>): string =>
  node === null ? 'all sites' : analyzer === null ? `node ${node}` : `analyzer ${analyzer} of node ${node}`;

/** `lector central rule add peak --when demand --node 4 --limit 95% --webhook https://example.org/hook` */
export function addRule(options: RuleOptions, [name = '']: Words): Promise<number> {
  const rule = ruleFrom(options);
  return withRules(options, async (rules) => {
    if ((await rules.rule(name)) !== null) {
      throw new LectorError('CENTRE_REFUSED', `there is a rule ${safe(name)}: lector central rule change changes it`);
    }
    const row = await rules.putRule(name, rule);
    const todo = `lector central rule test ${safe(name)} says what it sees, and calls its webhook`;
    printDone(options, `rule ${safe(name)} on ${whose(rule)} is there; ${todo}`, ruleView(row));
    return undefined;
  });
}

/** `lector central rule change peak --limit 90%` */
export function changeRule(options: RuleOptions, [name = '']: Words): Promise<number> {
  return withRules(options, async (rules) => {
    const before = await existing(rules, name);
    const row = await rules.putRule(name, changedRule(before.rule, options));
    printDone(options, `rule ${safe(name)} is changed`, ruleView(row));
    return undefined;
  });
}

/** `lector central rule remove peak` */
export function removeRule(options: PlaceOptions, [name = '']: Words): Promise<number> {
  return withRules(options, async (rules) => {
    const { unsent, states } = await rules.removeRule(name);
    const raised = states.filter(({ state }) => state.raised !== null).length;
    const dropped = unsent === 0 ? '' : `, with ${counted(unsent, 'message')} that its webhook never took`;
    const open = raised === 0 ? '' : `; ${counted(raised, 'alarm')} of it had not ended, and nobody is told of that`;
    printDone(options, `rule ${safe(name)} is removed${dropped}${open}`, { name, removed: true, unsent, raised });
    return undefined;
  });
}

/** `lector central rule test peak` */
export function testRule(options: PlaceOptions, [name = '']: Words): Promise<number> {
  return withRules(options, async (rules, { database, registry, clock }) => {
    const row = await existing(rules, name);
    const kept = { contracts: createContracts({ database }), meters: createMeters({ database }) };
    const deps = { ...kept, registry, clock, zoneOffset, readUsage: createUsageRows(database) };
    const [seen, outcome] = await Promise.all([previewRule(row, deps), tryHook(rules, name, clock)]);
    const words = outcomeText(outcome);
    const lines = seen.length === 0 ? ['it is about nothing that is here'] : seen.map(({ text }) => safe(text, 500));
    printDone(options, [...lines, words].join('\n'), { outcome: outcome.kind, words, seen });
    return outcome.kind === 'arrived' ? 0 : 1;
  });
}

async function existing(rules: Rules, name: string): Promise<RuleRow> {
  const row = await rules.rule(name);
  if (row !== null) return row;
  throw new LectorError('CENTRE_REFUSED', noRule(name));
}
