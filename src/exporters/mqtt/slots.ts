/** So many may be under way at once; the others wait in order. */
export type Slots = {
  /** Resolves when there is room; rejects once it is closed. */
  take(): Promise<void>;
  give(): void;
  /** Whoever waits, and whoever comes, is told so. */
  close(error: Error): void;
};

export function createSlots(max: number): Slots {
  const waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  let free = Math.max(1, max);
  let closed: Error | null = null;
  return {
    take() {
      if (closed !== null) return Promise.reject(closed);
      if (free === 0) return new Promise((resolve, reject) => void waiting.push({ resolve, reject }));
      free -= 1;
      return Promise.resolve();
    },
    give() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next.resolve();
    },
    close(error) {
      closed = error;
      for (const { reject } of waiting.splice(0)) reject(error);
    },
  };
}
