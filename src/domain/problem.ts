/** One thing wrong in a file, as a person reads it: where, what was expected, what was seen, what to do. */
export type Problem = {
  readonly severity: 'error' | 'warning';
  /** "config.xml:12:5", "lector.ini:3", a profile path; line and column are 1-based. */
  readonly at: string;
  readonly expected: string;
  readonly saw: string;
  readonly todo: string;
};

export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** `config.xml:12:5: expected ..., saw "...": ...` */
export function problemText(problem: Problem): string {
  const head = problem.severity === 'warning' ? `${problem.at}: warning: ` : `${problem.at}: `;
  const todo = problem.todo === '' ? '' : `; ${problem.todo}`;
  return `${head}expected ${problem.expected}, saw ${problem.saw}${todo}`;
}
