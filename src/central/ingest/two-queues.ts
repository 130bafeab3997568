/** A call of few records is of what was recorded just now; one of many is of a backlog, and may be one of hundreds. */
export const FEW = 50;

/** First in, first out, for few and for many apart: who brings few does not wait behind a backlog of others. */
export type TwoQueues<T> = {
  add(items: readonly T[]): void;
  /** Up to `max`: those of few first, but half is for the others while there are any. */
  take(max: number): readonly T[];
  takeAll(): readonly T[];
  /** Of the kind that so many items would be. */
  waiting(count: number): number;
  /** Of both kinds. */
  size(): number;
  isEmpty(): boolean;
};

export function createTwoQueues<T>(): TwoQueues<T> {
  const few: T[] = [];
  const many: T[] = [];
  const queueOf = (count: number) => (count <= FEW ? few : many);
  return {
    add: (items) => void queueOf(items.length).push(...items),
    take(max) {
      const ofMany = Math.max(Math.floor(max / 2), max - few.length);
      const taken = many.splice(0, ofMany);
      return [...few.splice(0, max - taken.length), ...taken];
    },
    takeAll: () => [...few.splice(0), ...many.splice(0)],
    waiting: (count) => queueOf(count).length,
    size: () => few.length + many.length,
    isEmpty: () => few.length + many.length === 0,
  };
}
