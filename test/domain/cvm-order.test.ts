import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderCvmCommands } from '../../src/domain/cvm-order.ts';

const LENGTHS = [36, 27, 12, 9, 3] as const;
const commands = fc
  .array(fc.constantFrom(...LENGTHS), { maxLength: 20 })
  .map((lengths) => lengths.map((length, id) => ({ id, length })));

/** The cycle as it goes onto the line: lengths, with 0 for the reserved command. */
function cycle({ order, reservedBefore }: ReturnType<typeof orderCvmCommands<{ id: number; length: number }>>) {
  return order.flatMap(({ length }, index) => (reservedBefore.includes(index) ? [0, length] : [length]));
}

describe('the order of CVM commands', () => {
  it('puts answers of one length beside each other never, the last and the first of a cycle included', () => {
    fc.assert(
      fc.property(commands, (asked) => {
        const lengths = cycle(orderCvmCommands(asked));
        return lengths.every((length, n) => length !== lengths[(n + 1) % lengths.length] || lengths.length === 0);
      }),
    );
  });

  it('asks everything once, and needs as few reserved commands as can be', () => {
    fc.assert(
      fc.property(commands, (asked) => {
        const { order, reservedBefore } = orderCvmCommands(asked);
        const most = Math.max(0, ...LENGTHS.map((each) => asked.filter(({ length }) => length === each).length));
        expect(order.map(({ id }) => id).sort((a, b) => a - b)).toEqual(asked.map(({ id }) => id));
        expect(reservedBefore).toHaveLength(Math.max(0, 2 * most - asked.length));
        expect(new Set(reservedBefore).size).toBe(reservedBefore.length);
      }),
    );
  });

  it.each([
    [[], []],
    [[36], [0, 36]],
    [
      [36, 36],
      [36, 0, 36, 0],
    ],
    [
      [36, 36, 36, 12, 3],
      [36, 12, 36, 3, 36, 0],
    ],
    [
      [36, 12],
      [36, 12],
    ],
  ])('%j becomes %j (0: the reserved command)', (lengths, expected) => {
    const lined = cycle(orderCvmCommands(lengths.map((length, id) => ({ id, length }))));
    const turned = expected.map((_, n) => [...expected.slice(n), ...expected.slice(0, n)]);
    expect(expected.length === 0 ? [lined] : turned).toContainEqual(lined);
  });

  it('is the same for the same commands', () => {
    fc.assert(
      fc.property(commands, (asked) => {
        expect(orderCvmCommands(asked)).toEqual(orderCvmCommands([...asked]));
      }),
    );
  });
});
