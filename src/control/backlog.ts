/** Events that a client was too slow for, the newest of each subject. */
export type Backlog = {
  /** Keeps `bytes` in place of what there was of `subject`; null: leaves it out. */
  add(subject: string | null, bytes: Buffer): void;
  /** Takes the one that waits longest; null: there is none. */
  shift(): Buffer | null;
  /** Events that were left out or replaced since the last call. */
  takeMissed(): number;
  clear(): void;
  /** Nothing waits, and nothing is to be told. */
  readonly isEmpty: boolean;
};

/** As long as there are subjects at most; what it holds is shared between all clients. */
export function createBacklog(): Backlog {
  const newest = new Map<string, Buffer>();
  let missed = 0;
  return {
    add(subject, bytes) {
      if (subject === null) {
        missed += 1;
        return;
      }
      // deleted first: what came last of a subject is as new as it came
      if (newest.delete(subject)) missed += 1;
      newest.set(subject, bytes);
    },
    shift() {
      for (const [subject, bytes] of newest) {
        newest.delete(subject);
        return bytes;
      }
      return null;
    },
    takeMissed() {
      const taken = missed;
      missed = 0;
      return taken;
    },
    clear() {
      newest.clear();
      missed = 0;
    },
    get isEmpty() {
      return newest.size === 0 && missed === 0;
    },
  };
}
