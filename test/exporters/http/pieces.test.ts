import { describe, expect, it } from 'vitest';
import { LectorError, toFailure } from '../../../src/domain/errors.ts';
import type { OwedRecord } from '../../../src/domain/store-port.ts';
import { createPieces, type PieceOutcome, VAIN_MAX } from '../../../src/exporters/http/pieces.ts';
import { kinds, quarters } from './context.ts';

const broken = new LectorError('EXPORT_FAILED', 'it failed over it');
const settled = (piece: readonly OwedRecord[]): PieceOutcome => ({
  kind: 'settled',
  results: piece.map(({ sequence }) => ({ sequence, kind: 'delivered' })),
});

/** A destination with an opinion, and the sizes of what it was sent. */
function destination(judge: (piece: readonly OwedRecord[]) => PieceOutcome) {
  const sizes: number[] = [];
  const send = async (piece: readonly OwedRecord[]) => {
    sizes.push(piece.length);
    return judge(piece);
  };
  return { sizes, send };
}

const holds = (piece: readonly OwedRecord[], ...indices: readonly number[]) =>
  piece.some(({ sequence }) => indices.includes(sequence % 100_000));

describe('records in pieces', () => {
  it('F64 a batch that is too large is halved, and the next one is no larger than what was taken', async () => {
    const { sizes, send } = destination((piece) =>
      piece.length > 30 ? { kind: 'tooLarge', reason: 'too large' } : settled(piece),
    );
    const pieces = createPieces(() => 500);
    const records = quarters(100);
    expect(new Set(kinds(await pieces.send(records, send)))).toEqual(new Set(['delivered']));
    expect(sizes).toEqual([100, 50, 25, 25, 25, 25]);
    await pieces.send(records, send);
    expect(sizes.slice(6)).toEqual([25, 25, 25, 25]);
    pieces.forget();
    await pieces.send(records.slice(0, 30), send);
    expect(sizes.slice(10)).toEqual([30]);
  });

  it('F64 one record that is too large by itself is refused, and the others go', async () => {
    const { sizes, send } = destination((piece) =>
      holds(piece, 5) ? { kind: 'tooLarge', reason: 'it is too large' } : settled(piece),
    );
    const pieces = createPieces(() => 500);
    const results = await pieces.send(quarters(8), send);
    await pieces.send(quarters(5), send);
    expect(sizes.at(-1)).toBe(5);
    expect(results[5]).toEqual({ sequence: 100_005, kind: 'refused', reason: 'it is too large' });
    expect(kinds(results).filter((kind) => kind === 'delivered')).toHaveLength(7);
  });

  it.each([
    0, 1, 250, 498, 499,
  ])('F64 record %i of 500 that breaks the server is found, and the others go', async (at) => {
    const { sizes, send } = destination((piece) =>
      holds(piece, at) ? { kind: 'suspect', failure: toFailure(broken), final: false } : settled(piece),
    );
    const results = await createPieces(() => 500).send(quarters(500), send);
    expect(results.flatMap(({ kind }, index) => (kind === 'delivered' ? [] : [index]))).toEqual([at]);
    expect(results[at]).toMatchObject({ kind: 'failed', failure: { message: 'it failed over it' } });
    expect(sizes.length).toBeLessThan(25);
  });

  it('a record that will never be taken is refused', async () => {
    const { send } = destination((piece) =>
      holds(piece, 2) ? { kind: 'suspect', failure: toFailure(broken), final: true } : settled(piece),
    );
    expect(kinds(await createPieces(() => 500).send(quarters(4), send))).toEqual([
      ...['delivered', 'delivered', 'refused', 'delivered'],
    ]);
  });

  it('F64 a server that breaks over everything is left alone after a few', async () => {
    const { sizes, send } = destination(() => ({ kind: 'suspect', failure: toFailure(broken), final: false }));
    await expect(createPieces(() => 500).send(quarters(500), send)).rejects.toThrow('it failed over it');
    expect(sizes).toHaveLength(VAIN_MAX);
  });

  it('what was taken before the destination stopped is told, and the rest failed', async () => {
    let calls = 0;
    const { send } = destination((piece) => {
      calls += 1;
      return calls === 1 ? settled(piece) : { kind: 'stopped', failure: broken };
    });
    const results = await createPieces(() => 2).send(quarters(6), send);
    expect(kinds(results)).toEqual(['delivered', 'delivered', 'failed', 'failed', 'failed', 'failed']);
    expect(calls).toBe(2);
  });
});
