import type { EpochMs } from '../../domain/units.ts';
import type { Rule } from './rule.ts';
import type { RuleState } from './step.ts';

/** What is remembered of a rule and one analyzer, or virtual meter. */
export type StateRow = { readonly node: number; readonly analyzer: number; readonly state: RuleState };

/** `name`: what it is called here, such as `high`. */
export type RuleRow = {
  readonly name: string;
  readonly rule: Rule;
  readonly changedAt: EpochMs;
  /** What its webhook has not acknowledged, and what it said about the oldest of it; null: nothing yet. */
  readonly unsent: number;
  readonly error: string | null;
  /** By node and analyzer. */
  readonly states: readonly StateRow[];
};

/** What came of a test: it arrived; its webhook did not take it; nobody has tried yet, or nobody serves this centre. */
export type TestOutcome =
  | { readonly kind: 'arrived' }
  | { readonly kind: 'failed'; readonly words: string }
  | { readonly kind: 'waiting'; readonly isServed: boolean };

/** Rules, and what became of them. What cannot be rejects with CENTRE_REFUSED, in words. */
export interface Rules {
  /** By name. */
  rules(): Promise<readonly RuleRow[]>;
  rule(name: string): Promise<RuleRow | null>;
  /** Adds or changes it; what it is about (`when`) stays. What it has not told yet is tried again at once. */
  putRule(name: string, rule: Rule): Promise<RuleRow>;
  /** With what it has not told yet; resolves with what it was. */
  removeRule(name: string): Promise<RuleRow>;
  /** Leaves a test for whoever serves the centre, which sends it as it sends everything; resolves with its number. */
  askTest(name: string): Promise<number>;
  /** Rejects where the rule was removed meanwhile. */
  testOutcome(name: string, test: number): Promise<TestOutcome>;
  /** It is not sent any more. */
  endTest(test: number): Promise<void>;
}
