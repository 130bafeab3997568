import type { Span } from './register-map.ts';

/** Something that can be read in any of these spans, cheapest first. */
export type Choice<T> = { readonly item: T; readonly spans: readonly Span[] };

const keyOf = (span: Span): string => `${span.function}:${span.end - span.start}`;

/**
 * Gives each item one of its spans so that no two have the same function and count, for as many items as can be
 * (augmenting paths; earlier items and cheaper spans first). `left` are those for which nothing remained.
 */
export function assignDistinct<T>(choices: readonly Choice<T>[]): {
  readonly spans: ReadonlyMap<T, Span>;
  readonly left: readonly T[];
} {
  const holder = new Map<string, { readonly choice: Choice<T>; readonly span: Span }>();

  const place = (choice: Choice<T>, tried: Set<string>): boolean => {
    for (const span of choice.spans) {
      const key = keyOf(span);
      if (tried.has(key)) continue;
      tried.add(key);
      const before = holder.get(key);
      if (before === undefined || place(before.choice, tried)) {
        holder.set(key, { choice, span });
        return true;
      }
    }
    return false;
  };

  const left = choices.filter((choice) => !place(choice, new Set())).map(({ item }) => item);
  const spans = new Map([...holder.values()].map(({ choice, span }) => [choice.item, span]));
  return { spans, left };
}
