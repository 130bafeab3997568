import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { scanCvmAnswer } from '../../drivers/cvm/frames.ts';
import { isWhole, withCrc } from '../../drivers/modbus/crc.ts';
import type { BlockAnswer } from '../../src/domain/meter.ts';
import type { Block } from '../../src/domain/plan.ts';
import { epochMs } from '../../src/domain/units.ts';

export const UNIT = 1;

/** One request and its answer as they are on the wire: hex bytes with their CRC, or a line of the CVM protocol. */
export type Exchange = { readonly request: string; readonly answer: string };

/**
 * How each main code of a model is read, alone, and what its scale registers say. Bytes and values were made from the
 * makers' documents, with a CRC of their own, and not from the profile.
 */
export type Fixture = {
  readonly id: string;
  /** Wire address of the model's first register, where it is discovered. */
  readonly base?: number;
  readonly scales?: readonly Exchange[];
  readonly codes: Readonly<Record<string, Exchange & { readonly values: readonly number[] }>>;
};

const FOLDER = new URL('fixtures/', import.meta.url);

export function readFixtures(): readonly Fixture[] {
  return readdirSync(FOLDER)
    .sort()
    .map((name) => ({
      id: basename(name, '.json'),
      ...JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')),
    }));
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16));

/** Words of the register answers of a fixture, by "function:address". */
export function memoryOf({ codes, scales = [] }: Fixture): ReadonlyMap<string, number> {
  const memory = new Map<string, number>();
  for (const { request, answer } of [...scales, ...Object.values(codes)]) {
    const asked = bytesOf(request);
    const start = ((asked[2] ?? 0) << 8) | (asked[3] ?? 0);
    for (const [n, word] of wordsOf(bytesOf(answer)).entries()) memory.set(`${asked[1]}:${start + n}`, word);
  }
  return memory;
}

/** The words of an RTU answer. */
function wordsOf(answer: Uint8Array): readonly number[] {
  const data = answer.subarray(3, -2);
  return Array.from({ length: data.length / 2 }, (_, n) => ((data[2 * n] ?? 0) << 8) | (data[2 * n + 1] ?? 0));
}

/** The request for registers as an RTU frame. */
export function requestFrame(block: Extract<Block, { kind: 'registers' }>, unit = UNIT): Uint8Array {
  const { address, count } = block;
  return withCrc(Uint8Array.of(unit, block.function, address >> 8, address & 0xff, count >> 8, count & 0xff));
}

/** The block as it was answered; throws unless the answer is a whole frame of the right length. */
export function answerOf(block: Block, answer: string): BlockAnswer {
  const common = { at: epochMs(0), tookMs: 10 };
  if (block.kind === 'cvm') {
    const bytes = Uint8Array.from(answer, (character) => character.charCodeAt(0));
    const found = scanCvmAnswer(bytes, UNIT, block.length).answer;
    if (found === null) throw new Error(`no CVM answer of ${block.length} characters: ${answer}`);
    return { block, answer: { kind: 'text', text: found.data, ...common } };
  }
  const bytes = bytesOf(answer);
  if (!isWhole(bytes, 0, bytes.length)) throw new Error(`CRC differs: ${answer}`);
  if (bytes[1] !== block.function || bytes[2] !== block.count * 2) throw new Error(`not the answer: ${answer}`);
  return { block, answer: { kind: 'words', words: wordsOf(bytes), ...common } };
}
