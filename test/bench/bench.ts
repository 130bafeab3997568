/** One line of the table: what we manage, what the control manages in the same round, and how they compare. */
export type BenchLine = {
  readonly name: string;
  readonly ours: number;
  readonly control: number | null;
  /** ours / control: the median over the rounds, each round's own. */
  readonly ratio: number | null;
  readonly unit: string;
  readonly target: string;
  /** null: reported only, fails nothing. */
  readonly pass: boolean | null;
  readonly note?: string;
};

/** A measurement that can be run by its id. Every figure is a ratio against a control of the same round. */
export type Bench = {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  run(): Promise<readonly BenchLine[]>;
};

/** The middle one; of an even number the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
