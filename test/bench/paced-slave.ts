import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { answerPdu } from '../../drivers/simulated/modbus-answers.ts';
import { createRtuSlave } from '../../drivers/simulated/rtu-slave.ts';
import { UNDISTURBED } from '../../drivers/simulated/values.ts';
import { epochMs } from '../../src/domain/units.ts';
import { registerTable } from './register-table.ts';
import { charMs, silenceMs, type WirePace } from './table.ts';

/*
 * A meter at the end of a wire, in a process of its own that does nothing else: `paced-slave.ts PATH BAUD TURNAROUND
 * MODEL`. A request takes its time on the wire, then the silence and the meter's delay pass, then each byte of the
 * answer is there when its last bit is. It waits in blocking calls, for timers of a whole millisecond are too coarse.
 * When the port goes it prints what it saw.
 */
export type SlaveReport = {
  /** From the last byte of an answer to the next request, ms; the shortest, and how many were measured. */
  readonly shortestSilenceMs: number;
  readonly requests: number;
  /** How late the bytes were handed over, ms, at worst: of the machine, not of who is measured. */
  readonly latestByteMs: number;
};

const [path = '', baud = '', turnaround = '', model = ''] = process.argv.slice(2);
const pace: WirePace = { baud: Number(baud), charBits: 11, turnaroundMs: Number(turnaround) };
const { meter, words } = registerTable(model);
if (!meter) throw new Error(`no profile of ${model}`);
const cell = new Int32Array(new SharedArrayBuffer(4));
const slave = createRtuSlave();
const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
process.stdout.write('{"ready":true}\n');

const waitUntil = (instant: number): void => {
  const restMs = instant - performance.now();
  if (restMs > 0) Atomics.wait(cell, 0, 0, restMs);
};

let answeredAt: number | null = null;
let shortestSilenceMs = Number.POSITIVE_INFINITY;
let requests = 0;
let latestByteMs = 0;

function send(frame: Uint8Array, from: number): void {
  for (let sent = 0; sent < frame.length; ) {
    waitUntil(from + (sent + 1) * charMs(pace));
    // after being late, all that is due by now goes at once
    const due = Math.floor((performance.now() - from) / charMs(pace));
    const until = Math.min(frame.length, Math.max(sent + 1, due));
    // its last bit has passed by now, whenever the system lets go of the byte
    answeredAt = performance.now();
    sent += writeSync(fd, frame, sent, until - sent);
    latestByteMs = Math.max(latestByteMs, performance.now() - from - sent * charMs(pace));
  }
}

function answer(pdu: Uint8Array): Uint8Array {
  const [fn = 0, addressHigh = 0, addressLow = 0, , count = 0] = pdu;
  const table = words[fn];
  if (table === undefined) return answerPdu(meter!, pdu, epochMs(Date.now()), UNDISTURBED).pdu;
  const address = (addressHigh << 8) | addressLow;
  return Uint8Array.of(fn, 2 * count, ...[...table.subarray(address, address + count)].flatMap(bytesOf));
}

const bytesOf = (word: number): readonly number[] => [word >> 8, word & 0xff];

function serve(): void {
  const buffer = Buffer.alloc(256);
  for (;;) {
    const length = readSync(fd, buffer, 0, buffer.length, null);
    const at = performance.now();
    if (length === 0) return;
    for (const asked of slave.receive(buffer.subarray(0, length), false)) {
      if (answeredAt !== null) shortestSilenceMs = Math.min(shortestSilenceMs, at - answeredAt);
      requests += 1;
      const endsAt = at + asked.frame.length * charMs(pace);
      send(slave.frame(asked, answer(asked.pdu)), endsAt + silenceMs(pace) + pace.turnaroundMs);
    }
  }
}

try {
  serve();
} catch (error) {
  // the port is gone: that is the end
  if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
}
closeSync(fd);
const report: SlaveReport = { shortestSilenceMs, requests, latestByteMs };
process.stdout.write(`${JSON.stringify(report)}\n`);
