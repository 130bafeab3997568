import { z } from 'zod';
import type { EpochMs } from '../../domain/units.ts';
import { analyzerId, isoOf, nodeId } from '../api/schemas.ts';
import type { RuleRow, StateRow } from './ports.ts';
import { CLEAR_PERCENT, KINDS, LIMIT_UNITS, RULE_KINDS, type Rule } from './rule.ts';

const LIMIT = z.strictObject({
  value: z.number(),
  unit: z
    .enum(LIMIT_UNITS)
    .describe('%: of the contracted power of the period (demand), above the median of four weeks (baseLoad).'),
});
const secretName = z
  .string()
  .nullable()
  .default(null)
  .describe('A name, of which whoever serves knows what it stands for; never the secret itself.');

/** As somebody writes it. */
export const RULE_BODY = z.strictObject({
  when: z
    .enum(RULE_KINDS)
    .describe('Power of a quarter hour; least power of an hour of the night; cost at the end of the month.'),
  node: nodeId.nullable().default(null).describe('null: all of them.'),
  analyzer: analyzerId.nullable().default(null).describe('Or a virtual meter; null: all of the node.'),
  limit: LIMIT,
  clearPercent: z.number().default(CLEAR_PERCENT).describe('So much below its limit it is over, in percent of it.'),
  repeatMs: z.number().int().nullable().default(null).describe('It is told again so often; null: once.'),
  graceMs: z.number().int().optional().describe('Records are waited for so long.'),
  night: z.string().max(20).optional().describe('Local hours of baseLoad, 01:00-05:00.'),
  webhook: z.strictObject({
    url: z.string().max(2_000).describe('http or https; gets the alarm as JSON by POST.'),
    secret: secretName.describe('Name of the secret that it is signed with (HMAC-SHA256).'),
    token: secretName.describe('Name of the secret that is sent as a bearer token.'),
  }),
});

/** With what its kind has where nothing is said. */
export function ruleOf({ graceMs, night, ...rest }: z.output<typeof RULE_BODY>): Rule {
  const kind = KINDS[rest.when];
  return { ...rest, graceMs: graceMs ?? kind.graceMs, night: night ?? kind.night };
}

const STATE = z.object({
  node: nodeId,
  analyzer: analyzerId,
  raised: z.boolean(),
  since: z.string().nullable().describe('End of what was judged when it began.'),
  most: z.number().nullable(),
  judgedUntil: z.string(),
  last: z
    .object({
      ...{ from: z.string(), to: z.string(), value: z.number(), limit: z.number(), unit: z.string() },
      share: z.number().describe('Of that time, what was seen, 0..1.'),
    })
    .nullable(),
  why: z.string().nullable().describe('Why the last could not be judged; null: it was.'),
});

export const RULE = RULE_BODY.extend({
  ...{ name: z.string(), graceMs: z.number(), night: z.string().nullable(), changedAt: z.string() },
  unsent: z.number().int().describe('Messages that the webhook has not taken.'),
  error: z.string().nullable().describe('Why it did not take the oldest of them.'),
  states: z.array(STATE),
});
export type RuleView = z.output<typeof RULE>;

export const ruleView = ({ name, rule, changedAt, unsent, error, states }: RuleRow): RuleView => ({
  ...{ name, ...rule, changedAt: isoOf(changedAt), unsent, error },
  states: states.map(stateView),
});

function stateView({ node, analyzer, state }: StateRow): RuleView['states'][number] {
  const { raised, judgedUntil, last, why } = state;
  const iso = (at: EpochMs | undefined) => (at === undefined ? null : isoOf(at));
  return {
    ...{ node, analyzer, raised: raised !== null, since: iso(raised?.since), most: raised?.most.value ?? null },
    ...{ judgedUntil: isoOf(judgedUntil), why },
    last: last === null ? null : { ...last, from: isoOf(last.start), to: isoOf(last.end) },
  };
}

export const TRIED = z.object({
  outcome: z.enum(['arrived', 'failed', 'waiting']).describe('waiting: nobody sent it.'),
  words: z.string(),
  seen: z.array(z.object({ node: nodeId, analyzer: analyzerId, text: z.string() })),
});
