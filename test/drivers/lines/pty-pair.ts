import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SerialSettings } from '../../../src/domain/installation.ts';

/** A null-modem cable made by socat: what is written to `a` arrives at `b` and the other way round. */
export type PtyPair = {
  readonly a: string;
  readonly b: string;
  /** SIGSTOP: nobody takes bytes any more; SIGKILL: the adapter is pulled out. Resolves when it has taken effect. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void>;
  remove(): Promise<void>;
};

export const settingsOf = (port: string, baud = 19_200): SerialSettings => ({
  port,
  baud,
  bits: 8,
  parity: 'E',
  stop: 1,
});

/** Makes the pair below `folder` (a temporary one of its own by default); resolves when both ends can be opened. */
export async function createPtyPair(folder = mkdtempSync(join(tmpdir(), 'lector-pty-'))): Promise<PtyPair> {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${a}`, `pty,raw,echo=0,link=${b}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => socat.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socat.once('error', reject);
    socat.once('exit', () => reject(new Error('socat ended before it was ready')));
    socat.stderr.on('data', (text: Buffer) => {
      if (text.includes('starting data transfer loop')) resolve();
    });
  });
  return {
    a,
    b,
    async signal(signal) {
      socat.kill(signal);
      if (signal === 'SIGKILL') await gone;
    },
    async remove() {
      socat.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
