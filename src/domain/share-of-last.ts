/** How many of the last things were of a kind. */
export type ShareOfLast = {
  add(isOfKind: boolean): void;
  /** 0..1; null before the first. */
  share(): number | null;
};

/** Over the last `size` things. */
export function createShareOfLast(size: number): ShareOfLast {
  const kinds = new Uint8Array(size);
  let place = 0;
  let known = 0;
  let count = 0;
  return {
    add(isOfKind) {
      const value = isOfKind ? 1 : 0;
      count += value - kinds[place]!;
      kinds[place] = value;
      place = (place + 1) % size;
      if (known < size) known += 1;
    },
    share: () => (known === 0 ? null : count / known),
  };
}
