import type { CvmCommand } from '../../src/domain/transaction.ts';
import { type MonoMs, monoMs, type UnitId } from '../../src/domain/units.ts';

/** All that tells the answers of one unit apart: the exact number of characters of values, or that it is a text. */
export type AnswerForm = number | 'text';

export const formOf = (command: CvmCommand): AnswerForm => command.length ?? 'text';

/**
 * What is known of the answers of one unit that may still be on their way.
 *
 * A meter answers in order, and an answer says nothing of its request but its form. So an answer is surely that of the
 * request in flight when no older request of the same form can still be answered (it is *fresh*), and then everything
 * older has passed. What is owed: forms that were asked and not answered since, and that of the last answer, which may
 * come doubled.
 */
export type UnitStep = {
  /**
   * in: all older answers have passed but those owed. out: something failed, or the line was opened: nothing but the
   * reserved command is sent. heard: the reserved command was answered, but perhaps by an older answer of its form.
   */
  readonly state: 'in' | 'heard' | 'out';
  /** When each form was last asked, or last answered. */
  readonly owed: ReadonlyMap<AnswerForm, MonoMs>;
  /** The form that a timeout left unanswered: seen whole, it ends the quiet window. */
  readonly missed: AnswerForm | null;
  readonly quietUntil: MonoMs;
  /** What it has answered before, one command for each form. */
  readonly known: ReadonlyMap<AnswerForm, CvmCommand>;
};

export const NEW_UNIT: UnitStep = {
  state: 'out',
  owed: new Map(),
  missed: null,
  quietUntil: monoMs(Number.NEGATIVE_INFINITY),
  known: new Map(),
};

/** An answer that is owed is given up after so many timeouts, and not before so many ms. */
const FORGET_TIMEOUTS = 20;
const FORGET_MIN_MS = 10_000;

export const forgetMs = (timeoutMs: number): number => Math.max(FORGET_MIN_MS, FORGET_TIMEOUTS * timeoutMs);

const withOwed = (step: UnitStep, form: AnswerForm, now: MonoMs): ReadonlyMap<AnswerForm, MonoMs> =>
  new Map(step.owed).set(form, now);

/** Whether an answer of this form can only be that of a request sent now. */
export function isFresh(step: UnitStep, form: AnswerForm, now: MonoMs, forget: number): boolean {
  const since = step.owed.get(form);
  return since === undefined || now - since > forget;
}

/** Short requests, each with a form of its own, for when the reserved one is owed itself and nothing else is known. */
const SEPARATORS = [
  { command: 'RHI', length: 3 },
  { command: 'RFI', length: 12 },
] as const;

export type NextRequest =
  | { readonly kind: 'ask' }
  | { readonly kind: 'first'; readonly command: CvmCommand }
  /** Nothing can be told apart from what is owed; in `ms` the oldest of it is given up. */
  | { readonly kind: 'wait'; readonly ms: number };

/**
 * What must be sent now so that in the end `asked` can be sent with a fresh answer: `asked` itself, or something before
 * it. A text (VER) may be asked although one is owed: it is the same text, and it proves nothing (see
 * {@link answered}).
 */
export function nextRequest(
  step: UnitStep,
  asked: CvmCommand,
  reserved: CvmCommand,
  now: MonoMs,
  forget: number,
): NextRequest {
  const fresh = (command: CvmCommand) => isFresh(step, formOf(command), now, forget);
  const mayAsk = fresh(asked) || asked.length === null;
  if (step.state === 'out') {
    return mayAsk && asked.command === reserved.command ? { kind: 'ask' } : { kind: 'first', command: reserved };
  }
  if (mayAsk) return { kind: 'ask' };
  const candidates = [reserved, ...separators(step, asked.unit)];
  const command = candidates.find(fresh);
  if (command !== undefined) return { kind: 'first', command };
  const since = [asked, ...candidates].map((each) => step.owed.get(formOf(each)) ?? now);
  return { kind: 'wait', ms: Math.max(1, Math.min(...since) + forget - now + 1) };
}

/** What can prove that everything older has passed: first what this meter is known to answer, short before long. */
function separators(step: UnitStep, unit: UnitId): readonly CvmCommand[] {
  const known = [...step.known.values()].sort((a, b) => (a.length ?? 0) - (b.length ?? 0));
  return [...known, ...SEPARATORS.map((each) => ({ kind: 'cvm', unit, ...each }) as const)];
}

/** A request of this form goes out. */
export const sent = (step: UnitStep, form: AnswerForm, now: MonoMs): UnitStep => ({
  ...step,
  owed: withOwed(step, form, now),
});

/** The request was answered; `fresh`: by its own answer, for sure. */
export function answered(step: UnitStep, command: CvmCommand, fresh: boolean, now: MonoMs): UnitStep {
  const form = formOf(command);
  const known = new Map(step.known).set(form, command);
  if (fresh) return { ...NEW_UNIT, state: 'in', owed: new Map([[form, now]]), known };
  return { ...step, state: step.state === 'out' ? 'heard' : step.state, owed: withOwed(step, form, now), known };
}

/** The request failed. `mayCome`: its answer was not seen, not even bent or torn. */
export const failed = (step: UnitStep, form: AnswerForm, mayCome: boolean, quietUntil: MonoMs): UnitStep => ({
  ...step,
  state: 'out',
  missed: mayCome ? form : step.missed,
  quietUntil,
});

/** A good answer of this form passed while it was not awaited. */
export const passed = (step: UnitStep, form: AnswerForm, now: MonoMs): UnitStep =>
  step.missed === form ? { ...step, missed: null, quietUntil: now } : step;

/** The line was opened again: what was owed may still come, from a meter or out of a gateway. */
export const reopened = (step: UnitStep): UnitStep => ({ ...step, state: 'out' });
