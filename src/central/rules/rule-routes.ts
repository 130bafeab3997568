import { z } from 'zod';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { NAME_PATH, NOTHING } from '../api/schemas.ts';
import type { RuleRow, Rules } from './ports.ts';
import { outcomeText, previewRule, tryHook } from './preview.ts';
import { ruleProblem } from './rule.ts';
import { RULE, RULE_BODY, ruleOf, ruleView, TRIED } from './rule-schemas.ts';
import { noRule, ruleNameProblem } from './rules.ts';

const TAGS = ['rules'];
const ALL = '/api/v1/rules';
const ONE = `${ALL}/:name`;
/** The addresses of webhooks are nobody else's business. */
const config = { access: 'change' } as const;

/** Rules on demand, base load and cost that call a webhook. */
export async function ruleRoutes(app: CentreApp, deps: AppDeps): Promise<void> {
  const { rules } = deps;
  app.get(
    ALL,
    {
      config,
      schema: {
        summary: 'All rules, and what became of them',
        tags: TAGS,
        response: { 200: z.object({ rules: z.array(RULE) }), ...problemResponses() },
      },
    },
    async () => ({ rules: (await rules.rules()).map(ruleView) }),
  );
  app.get(
    ONE,
    {
      config,
      schema: {
        summary: 'One rule',
        tags: TAGS,
        params: NAME_PATH,
        response: { 200: RULE, ...problemResponses('not-found') },
      },
    },
    async ({ params }) => ruleView(await existing(rules, params.name)),
  );
  changeRoutes(app, deps);
}

function changeRoutes(app: CentreApp, deps: AppDeps): void {
  const { rules, clock } = deps;
  app.put(
    ONE,
    {
      config,
      schema: {
        summary: 'Adds or changes a rule',
        tags: TAGS,
        params: NAME_PATH,
        body: RULE_BODY,
        response: { 200: RULE, ...problemResponses('conflict', 'too-large') },
      },
    },
    async ({ params, body }) => {
      const rule = ruleOf(body);
      const wrong = ruleNameProblem(params.name) ?? ruleProblem(rule);
      if (wrong !== null) throw problem('bad-request', wrong);
      return ruleView(await rules.putRule(params.name, rule));
    },
  );
  app.delete(
    ONE,
    {
      config,
      schema: {
        summary: 'Removes a rule, and what it has not told yet',
        tags: TAGS,
        params: NAME_PATH,
        response: { 204: NOTHING, ...problemResponses('not-found', 'conflict') },
      },
    },
    async ({ params }, reply) => {
      await existing(rules, params.name);
      await rules.removeRule(params.name);
      return reply.code(204).send(null);
    },
  );
  app.post(
    `${ONE}/test`,
    {
      config,
      schema: {
        summary: 'Sends a test by the webhook of a rule, and says what the rule sees now',
        tags: TAGS,
        params: NAME_PATH,
        response: { 200: TRIED, ...problemResponses('not-found', 'conflict') },
      },
    },
    async ({ params }) => {
      const row = await existing(rules, params.name);
      const [seen, outcome] = await Promise.all([previewRule(row, deps), tryHook(rules, row.name, clock)]);
      return { outcome: outcome.kind, words: outcomeText(outcome), seen: [...seen] };
    },
  );
}

async function existing(rules: Rules, name: string): Promise<RuleRow> {
  const row = await rules.rule(name);
  if (row !== null) return row;
  throw problem('not-found', noRule(name));
}
