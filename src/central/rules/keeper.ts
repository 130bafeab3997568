import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { LectorError, toFailure } from '../../domain/errors.ts';
import type { Window } from '../../domain/grid.ts';
import type { Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { CostDeps } from '../cost/billing.ts';
import { failureKind } from '../schema/failure.ts';
import { type Due, dueOf, judge } from './due.ts';
import type { Asked } from './leader.ts';
import { keepJudgement } from './ledger.ts';
import { createLooker, type Looker } from './look.ts';
import { ruleWire } from './message.ts';
import type { RuleRow } from './ports.ts';
import { rulesIn } from './rules.ts';
import { endedFor, newState, type RuleState, type Told } from './step.ts';
import { type Here, readHere, type Subject, subjectsOf, subjectText } from './subjects.ts';

/** Messages that a rule may have waiting: beyond that it is judged no further until some of them arrive. */
export const UNSENT_MAX = 1_000;
/** How often it is looked whether more came of what was not whole. */
const LATE_EVERY_MS = 5 * 60_000;
/** Of rules and analyzers that are there, and of those that were. */
const KEYS_MAX = 100_000;
const GONE = 'it is not watched any more';

/** `before`: what is remembered of it; null: nothing yet. */
type About = { readonly subject: Subject; readonly before: RuleState | null };

type KeeperOptions = { readonly deps: CostDeps; readonly log: Log; readonly isStopped: () => boolean };

/** Judges all rules by what is stored, and keeps what became of them. Rejects when PostgreSQL is away. */
export function createKeeper({ deps, log, isStopped }: KeeperOptions): (client: Asked) => Promise<void> {
  const { clock } = deps;
  /** When it was looked for late records of a rule and a subject, lived time. */
  const lookedLate = new Map<string, number>();
  /** The rule that no answer came about. */
  let unanswered = '';
  /** What could not be done, told once. */
  const troubles = new Set<string>();

  /** `awaited`: what is over, and whose records are waited for. */
  const dueNow = (
    row: RuleRow,
    subject: Subject,
    state: RuleState | null,
  ): Due & { readonly awaited: Window | null } => {
    const { fresh, late } = dueOf(state, row.rule, clock.now(), deps.zoneOffset(subject.node.timezone));
    const [first] = fresh;
    const isAwaited = row.rule.when !== 'cost' && first !== undefined && (subject.lastEnd ?? 0) < first.end;
    const isTime = first !== undefined && (!isAwaited || clock.now() >= first.end + row.rule.graceMs);
    const key = keyOf(row, subject);
    const isLateTime = isTime || clock.mono() - (lookedLate.get(key) ?? Number.NEGATIVE_INFINITY) >= LATE_EVERY_MS;
    if (late.length > 0 && isLateTime) lookedLate.set(key, clock.mono());
    return { fresh: isTime ? fresh : [], late: isLateTime ? late : [], awaited: isTime ? null : (first ?? null) };
  };

  const judgeOne = async (client: Asked, row: RuleRow, about: About, look: Looker): Promise<void> => {
    const { name, rule } = row;
    const { subject, before } = about;
    const { node, id } = subject;
    const due = dueNow(row, subject, before);
    const where = { row, node: node.id, analyzer: id };
    if (due.fresh.length + due.late.length === 0) {
      // it is judged from there on, however late its records are
      const first = before === null && due.awaited !== null ? newState(due.awaited.start) : null;
      if (first !== null) await keepJudgement(client, { ...where, state: first, wires: [], now: clock.now() });
      return;
    }
    const looked = await look(
      rule,
      subject,
      [...due.late, ...due.fresh].sort((a, b) => a.end - b.end),
    );
    const isLate = new Set(due.late.map(({ end }) => end));
    const found = {
      late: looked.filter(({ window }) => isLate.has(window.end)),
      fresh: looked.filter(({ window }) => !isLate.has(window.end)),
    };
    const { clearPercent, repeatMs } = rule;
    const now = clock.now();
    const { state, told } = judge(before, found, { clearPercent, repeatMs, now, rule, makeId: randomUUID });
    if (told.length === 0 && isDeepStrictEqual(state, before)) return;
    const wires = told.map((each) => wireOf(row, subject, each, now));
    await keepJudgement(client, { ...where, state, wires, now });
    for (const { event, message } of wires) {
      const facts = { rule: name, node: node.id, analyzer: id };
      if (event === 'cleared') log.info(facts, `rule ${safe(name)}: ${safe(message, 500)}`);
      else log.warn(facts, `rule ${safe(name)}: ${safe(message, 500)}`);
    }
  };

  const wireOf = ({ name, rule }: RuleRow, subject: Subject, told: Told, now: EpochMs) =>
    ruleWire(told, { name, rule, subject, now, offsetAt: deps.zoneOffset(subject.node.timezone) });

  /** Of those that a rule is about no more. */
  const endOthers = async (client: Asked, row: RuleRow, here: Here, subjects: readonly Subject[]) => {
    const meant = new Set(subjects.map((each) => placeOf(each.node.id, each.id)));
    for (const { node, analyzer, state } of row.states) {
      if (meant.has(placeOf(node, analyzer))) continue;
      const now = clock.now();
      const told = endedFor(state, GONE);
      const site = here.nodes.find(({ id }) => id === node) ?? { id: node, name: '', timezone: 'UTC' };
      const subject = { node: site, id: analyzer, name: '', isSum: false, lastEnd: null };
      const wires = told === null ? [] : [wireOf(row, subject, told, now)];
      await keepJudgement(client, { row, node, analyzer, state: null, wires, now });
    }
  };

  const tellOnce = (key: string, facts: Readonly<Record<string, unknown>>, text: string) => {
    if (!troubles.has(key)) log.warn(facts, text);
    troubles.add(key);
  };

  const judgeRule = async (client: Asked, row: RuleRow, here: Here, look: Looker): Promise<void> => {
    const { name, unsent } = row;
    const full = `full ${name}`;
    if (unsent >= UNSENT_MAX) {
      tellOnce(
        full,
        { rule: name, unsent },
        `rule ${safe(name)} waits: its webhook has ${unsent} messages to take first`,
      );
      return;
    }
    troubles.delete(full);
    const subjects = subjectsOf(row.rule, here);
    const states = new Map(row.states.map((each) => [placeOf(each.node, each.analyzer), each.state]));
    for (const subject of subjects) {
      if (isStopped()) return;
      const key = keyOf(row, subject);
      try {
        await judgeOne(
          client,
          row,
          { subject, before: states.get(placeOf(subject.node.id, subject.id)) ?? null },
          look,
        );
        troubles.delete(key);
      } catch (error) {
        if (!isOfThisOne(error)) throw error;
        const { message, facts } = toFailure(error);
        const words = `rule ${safe(name)} cannot judge ${safe(subjectText(subject), 200)}: ${safe(message, 300)}`;
        tellOnce(key, { ...facts, rule: name }, words);
      }
    }
    await endOthers(client, row, here, subjects);
  };

  return async (client) => {
    const rows = await rulesIn(client, null);
    if (rows.length === 0) return;
    const here = await readHere({ query: (text) => client.query(text) });
    const look = createLooker(deps);
    if (lookedLate.size > KEYS_MAX) lookedLate.clear();
    if (troubles.size > KEYS_MAX) troubles.clear();
    // one that PostgreSQL takes too long for keeps those after it waiting once, and not for ever
    const after = rows.findIndex(({ name }) => name === unanswered) + 1;
    for (const row of [...rows.slice(after), ...rows.slice(0, after)]) {
      unanswered = row.name;
      await judgeRule(client, row, here, look);
    }
    unanswered = '';
  };
}

const placeOf = (node: number, analyzer: number): string => `${node} ${analyzer}`;
const keyOf = ({ name }: RuleRow, { node, id }: Subject): string => `${placeOf(node.id, id)} ${name}`;

/** What went wrong with one rule and one analyzer, also by a bug of ours, keeps no other from being judged. */
const isOfThisOne = (error: unknown): boolean =>
  error instanceof LectorError
    ? !error.retryable || error.code === 'DATABASE_FAILED'
    : ['data', 'bug'].includes(failureKind(error));
