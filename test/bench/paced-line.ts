import { createPtyPair } from '../drivers/lines/pty-pair.ts';
import { nodeCommand, startContestant } from './contestant.ts';
import type { SlaveReport } from './paced-slave.ts';

/** A pty whose other end is a meter at the pace of a baud rate; `end` gives what it saw. */
export type PacedLine = { readonly path: string; end(): Promise<SlaveReport> };

export async function openPacedLine(baud: number, turnaroundMs: number): Promise<PacedLine> {
  const pair = await createPtyPair();
  const slave = startContestant(nodeCommand('paced-slave.ts', pair.b, `${baud}`, `${turnaroundMs}`, 'PM710'));
  await slave.next();
  return {
    path: pair.a,
    async end() {
      // the port goes, which ends the meter
      await pair.remove();
      const report = await slave.next<SlaveReport>();
      await slave.end();
      return report;
    },
  };
}
