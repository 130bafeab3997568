import type { EpochMs, UnitId } from './units.ts';

/** FC3 or FC4: `count` registers from the 0-based wire `address`. */
export type ReadRegisters = {
  readonly kind: 'registers';
  readonly unit: UnitId;
  readonly function: 3 | 4;
  readonly address: number;
  readonly count: number;
};

/** FC17, report server id. Answered as the text after the id and run-status bytes. */
export type ReportServerId = { readonly kind: 'serverId'; readonly unit: UnitId };

/** FC43/14, basic device identification. Answered as vendor, product and revision joined by blanks. */
export type ReadDeviceId = { readonly kind: 'deviceId'; readonly unit: UnitId };

/** A command of the CVM ASCII protocol. `length` is the exact number of data characters; null: any (VER). */
export type CvmCommand = {
  readonly kind: 'cvm';
  readonly unit: UnitId;
  readonly command: string;
  readonly length: number | null;
};

/** What is asked of a meter in one request. Nothing that writes exists. */
export type Transaction = ReadRegisters | ReportServerId | ReadDeviceId | CvmCommand;

/**
 * A transaction with what its link must know to run it safely. `reserved` is the short read that no other request of
 * this unit equals in function and count (or the CVM command VER): the only thing sent to a unit after a timeout,
 * until it answers.
 */
export type Ask = {
  readonly transaction: Transaction;
  readonly timeoutMs: number;
  readonly reserved: ReadRegisters | CvmCommand;
};

/** A checked answer. `at` is the wall-clock instant at which its request was sent, `tookMs` request to last byte. */
export type Answer =
  | { readonly kind: 'words'; readonly words: readonly number[]; readonly at: EpochMs; readonly tookMs: number }
  | { readonly kind: 'text'; readonly text: string; readonly at: EpochMs; readonly tookMs: number };

/** What a link noticed on the line, counted per unit and per device. */
export const LINE_EVENTS = [
  'timeout',
  'late',
  'unexpectedUnit',
  'crc',
  'truncated',
  'malformed',
  'junk',
  'echo',
  'exception',
  'busy',
  'noisy',
  'lost',
  'resync',
] as const;
export type LineEventKind = (typeof LINE_EVENTS)[number];

export type LineEvent = { readonly kind: LineEventKind; readonly unit: UnitId; readonly text?: string };

/** One frame as it passed, for the bus view. */
export type LineFrame = {
  readonly direction: 'request' | 'answer' | 'junk';
  readonly bytes: Uint8Array;
  readonly at: EpochMs;
};
