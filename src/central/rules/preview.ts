import type { Clock } from '../../domain/ports.ts';
import { epochMs } from '../../domain/units.ts';
import type { CostDeps } from '../cost/billing.ts';
import { dueOf } from './due.ts';
import { createLooker } from './look.ts';
import { seenText, shareText } from './message.ts';
import type { RuleRow, Rules, TestOutcome } from './ports.ts';
import { type Subject, subjectsOf, subjectText } from './subjects.ts';

/** Those that are looked at when somebody tries a rule. */
const SUBJECTS_MAX = 20;
/** Whoever serves looks for messages every few seconds, and calls for ten at most. */
const TEST_MS = 20_000;
/** One that has just been started serves by then. */
const SERVED_MS = 5_000;
const LOOK_MS = 250;

/** What a rule saw last of an analyzer, in words. */
export type Preview = { readonly node: number; readonly analyzer: number; readonly text: string };

/** What a rule makes of the newest records, in words; nothing is kept, and nobody is told. */
export async function previewRule({ rule }: RuleRow, deps: CostDeps): Promise<readonly Preview[]> {
  const [nodes, analyzers, virtuals] = await Promise.all([
    deps.registry.nodes(),
    deps.registry.analyzers(rule.node),
    deps.meters.virtuals(rule.node),
  ]);
  const look = createLooker(deps);
  const textOf = async (subject: Subject): Promise<string> => {
    const offsetAt = deps.zoneOffset(subject.node.timezone);
    const now = deps.clock.now();
    const until = rule.when === 'cost' ? now : epochMs(Math.min(now, subject.lastEnd ?? now));
    const [looked] = await look(rule, subject, dueOf(null, rule, until, offsetAt).fresh);
    if (looked === undefined) return 'nothing of it is over yet';
    const { finding } = looked;
    return finding.kind === 'unknown'
      ? `cannot be judged: ${finding.why}`
      : `${seenText(finding.seen, rule, offsetAt)}${shareText(finding.seen)}`;
  };
  const previews: Preview[] = [];
  for (const subject of subjectsOf(rule, { nodes, analyzers, virtuals }).slice(0, SUBJECTS_MAX)) {
    const text = `${subjectText(subject)} ${await textOf(subject)}`;
    previews.push({ node: subject.node.id, analyzer: subject.id, text });
  }
  return previews;
}

/** Has whoever serves the centre send a test, and waits for what comes of it; nothing of it is left. */
export async function tryHook(rules: Rules, name: string, clock: Clock): Promise<TestOutcome> {
  const test = await rules.askTest(name);
  const asked = clock.mono();
  let outcome: TestOutcome;
  do {
    await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), LOOK_MS));
    outcome = await rules.testOutcome(name, test);
  } while (outcome.kind === 'waiting' && clock.mono() - asked < (outcome.isServed ? TEST_MS : SERVED_MS));
  await rules.endTest(test);
  return outcome;
}

/** For a person; where nobody tried, what to do about it. */
export function outcomeText(outcome: TestOutcome): string {
  switch (outcome.kind) {
    case 'arrived':
      return 'the webhook took a test message';
    case 'failed':
      return `the webhook did not take a test message: ${outcome.words}`;
    case 'waiting':
      if (outcome.isServed) return 'the test message was not sent yet, others are sent first: try again';
      return 'nobody sent a test message: "lector central serve" sends them, and does not run on this database';
  }
}
