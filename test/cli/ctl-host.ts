import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Host } from '../../src/cli/ctl/host.ts';
import { runCtl } from '../../src/cli/ctl.ts';
import { createClient } from '../../src/client/client.ts';
import { type FakeServer, fakeServer, type Script } from '../client/fake-server.ts';
import { SAMPLES } from '../client/sample-views.ts';

/** 18:05:43.323 at +01:00, as the samples have it. */
export const NOW = Date.UTC(2026, 10, 25, 17, 5, 43, 323);

export type Outcome = { readonly code: number; readonly out: string; readonly err: string };

/** A host that keeps what is printed; `columns` makes it a terminal. */
export type TestHost = Host & {
  readonly said: { out: string; err: string };
  /** As Ctrl+C does. */
  interrupt(): void;
  /** What waits for its time: the longest first. */
  readonly timers: { readonly ms: number; readonly callback: () => void }[];
  /** Settles when what was printed matches. */
  printed(pattern: RegExp): Promise<void>;
};

export function testHost(socket: string, columns: number | null = null): TestHost {
  const said = { out: '', err: '' };
  const end = new AbortController();
  const watchers = new Set<() => void>();
  const timers: { ms: number; callback: () => void }[] = [];
  const print = (key: 'out' | 'err') => (text: string) => {
    said[key] += text;
    for (const each of [...watchers]) each();
  };
  return {
    said,
    timers,
    screen: { tty: columns !== null, columns: columns ?? 80, color: false },
    env: { LECTOR_SOCKET: socket },
    cwd: '/',
    now: () => NOW,
    out: print('out'),
    err: print('err'),
    connect: async (options) => createClient(options),
    after(ms, callback) {
      const timer = { ms, callback };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    ended: () => end.signal,
    interrupt: () => end.abort(),
    printed: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (!pattern.test(said.out + said.err)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

/** A server that answers every command with its sample. */
export const samples: Script = (name, _argument, peer) => peer.answer(name, SAMPLES[name as keyof typeof SAMPLES]);

/** A scripted server on a unix socket of its own, gone with the test. */
export async function serving(script: Script = samples): Promise<FakeServer & { readonly socket: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'lector-ctl-'));
  const socket = join(folder, 's');
  const server = await fakeServer({ script, path: socket });
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { ...server, socket };
}

/** Runs `lector ctl` in this process: to a pipe, or to a terminal of so many columns. */
export async function ran(socket: string, argv: readonly string[], columns: number | null = null): Promise<Outcome> {
  const host = testHost(socket, columns);
  const code = await runCtl(argv, host);
  return { code, ...host.said };
}

/** Requests of a server without the numbers of their connections. */
export const asked = ({ requests }: Pick<FakeServer, 'requests'>): readonly string[] =>
  requests.map((each) => each.replace(/^\d+ /, ''));
