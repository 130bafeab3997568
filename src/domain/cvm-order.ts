/** Commands in the order they are asked, cycle after cycle. */
export type CvmOrder<T> = {
  readonly order: readonly T[];
  /**
   * Indices into `order` before which the reserved command goes, ascending; 0 is between the last of one cycle and the
   * first of the next. The CVM link puts it there by itself (a request as long as the one before it); the planner needs
   * the places for the time that a cycle takes.
   */
  readonly reservedBefore: readonly number[];
};

/** Groups of equal length, largest first; of equal size, first seen first. */
function groupsByLength<T extends { readonly length: number }>(commands: readonly T[]): readonly (readonly T[])[] {
  const groups = new Map<number, T[]>();
  for (const command of commands) {
    const group = groups.get(command.length);
    if (group === undefined) groups.set(command.length, [command]);
    else group.push(command);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

/**
 * Orders commands so that neighbours have answers of different length, the last and the first included: a CVM answer
 * does not say what it answers, and its length is what tells a doubled one from the next. Where one length is more
 * than half of all, the reserved command separates, in as few places as can be. Same input, same order.
 */
export function orderCvmCommands<T extends { readonly length: number }>(commands: readonly T[]): CvmOrder<T> {
  const groups = groupsByLength(commands);
  const largest = groups[0]?.length ?? 0;
  const separators = Math.max(0, 2 * largest - commands.length);
  const items: readonly (T | null)[] = [...groups.flat(), ...Array.from({ length: separators }, () => null)];
  // Largest group first into the even places, then on into the odd ones: no group is longer than half the circle,
  // so none meets itself.
  const circle: (T | null)[] = Array.from({ length: items.length }, () => null);
  const half = Math.ceil(items.length / 2);
  for (const [index, item] of items.entries()) circle[index < half ? 2 * index : 2 * (index - half) + 1] = item;
  const order = circle.filter((item) => item !== null);
  const reservedBefore: number[] = [];
  let passed = 0;
  for (const item of circle) {
    if (item === null) reservedBefore.push(passed % order.length);
    else passed += 1;
  }
  return { order, reservedBefore: reservedBefore.sort((a, b) => a - b) };
}
