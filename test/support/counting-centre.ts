import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A record that arrived: what it said, how often it came, and when first, in ms of the machine. */
type Arrived = { readonly sum: string; readonly at: number; times: number };

export type CountingCentre = {
  readonly port: number;
  /** By `analyzer/end/generation`, ends in ms. */
  readonly stored: ReadonlyMap<string, Arrived>;
  /** Identities that came again and said something else. */
  readonly differing: readonly string[];
  /** false: it answers 503 until it is up again. */
  setUp(isUp: boolean): void;
  /** Settles when so many are stored; rejects when it takes longer. */
  holds(count: number, limitMs: number): Promise<void>;
  close(): Promise<void>;
};

const ABOUT = {
  ...{ product: 'lector', role: 'centre', version: '9.9.9', api: 1 },
  batch: { records: 500, bytes: 1_000_000, unpackedBytes: 8_000_000 },
};

type Line = { readonly analyzer: number; readonly end: string; readonly generation: number };

/** Ours as its wire says, on any port: of each record it keeps who it is. A million fit into memory. */
export async function startCountingCentre(): Promise<CountingCentre> {
  const stored = new Map<string, Arrived>();
  const differing: string[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let isUp = true;

  const put = (text: string) => {
    const { analyzer, end, generation } = JSON.parse(text) as Line;
    const key = `${analyzer}/${Date.parse(end)}/${generation}`;
    const sum = createHash('sha1').update(text).digest('base64').slice(0, 12);
    const before = stored.get(key);
    if (before === undefined) {
      stored.set(key, { sum, at: Date.now(), times: 1 });
      return { status: 'stored' };
    }
    before.times += 1;
    if (before.sum === sum) return { status: 'duplicate' };
    differing.push(key);
    return { status: 'differs' };
  };
  const answerOf = (method: string, url: string, body: string): readonly [number, unknown] => {
    if (!isUp) return [503, { type: '/problems/unavailable', title: 'unavailable', status: 503 }];
    if (url === '/api/v1/about') return [200, { ...ABOUT, now: new Date().toISOString() }];
    if (method === 'PUT') return [204, null];
    if (url.startsWith('/api/v1/nodes/4/holdings')) return [200, { node: 4, records: held(url) }];
    return [200, { product: 'lector', results: body.split('\n').slice(0, -1).map(put) }];
  };
  const held = (url: string) => {
    const query = new URL(url, 'http://x').searchParams;
    const [from, to] = [Date.parse(query.get('from') ?? ''), Date.parse(query.get('to') ?? '')];
    const all = [...stored.keys()].map((key) => key.split('/').map(Number));
    return all.filter(([, end = 0]) => end > from && end <= to);
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const [status, value] = answerOf(request.method ?? '', request.url ?? '', body);
      response.writeHead(status, { 'content-type': status === 503 ? 'application/problem+json' : 'application/json' });
      response.end(value === null ? '' : JSON.stringify(value));
      for (const { count, resolve } of waiting) if (stored.size >= count) resolve();
      waiting = waiting.filter(({ count }) => stored.size < count);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stored,
    differing,
    setUp: (up) => {
      isUp = up;
    },
    holds: (count, limitMs) =>
      new Promise((resolve, reject) => {
        if (stored.size >= count) return resolve();
        const late = () => reject(new Error(`${stored.size} of ${count} records after ${limitMs} ms`));
        const timer = setTimeout(late, limitMs);
        waiting.push({ count, resolve: () => resolve(clearTimeout(timer)) });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  // whoever is killed sends half a request
  for await (const part of request.on('error', () => undefined)) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}
