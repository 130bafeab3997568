import type { ClientEvent, LectorClient } from '../../src/client/types.ts';
import { LectorError } from '../../src/domain/errors.ts';
import type { LinesView, TreeNode } from '../../src/protocol/answers.ts';
import type { ReadingEvent } from '../../src/protocol/events.ts';
import type { RecordWire } from '../../src/protocol/record-wire.ts';
import type { ListView } from '../../src/protocol/views.ts';
import { isoOf, PROBES, VARIABLES, valuesAt } from './fake-plant.ts';

export type FakeClient = LectorClient & {
  /** Pushes to everybody who is subscribed. */
  push(event: ClientEvent): void;
  /** Commands as they came: "pause 2". */
  readonly asked: readonly string[];
  /** From now on commands are refused with this sentence; null: they are not. */
  refuse(sentence: string | null): void;
  list_: ListView;
};

type Queue = { readonly what: readonly string[]; push(event: ClientEvent): void };

/** A server that was invented: it answers at once, and pushes what the test tells it to. */
export function createFakeClient(list: ListView, now: () => number): FakeClient {
  const queues = new Set<Queue>();
  const asked: string[] = [];
  let refused: string | null = null;
  const command = (words: string) => {
    asked.push(words);
    if (refused !== null) throw new LectorError('COMMAND_REFUSED', refused, { code: 'PAUSED', hint: '' });
    return Promise.resolve({ analyzers: [], words });
  };
  const of = (id: unknown) => client.list_.analyzers.find((each) => each.id === Number(id));

  async function* subscribe(what: readonly string[], o: { signal?: AbortSignal } = {}): AsyncGenerator<ClientEvent> {
    const waiting: ClientEvent[] = [];
    let wake = (): void => {};
    const queue: Queue = {
      what,
      push(event) {
        waiting.push(event);
        wake();
      },
    };
    queues.add(queue);
    o.signal?.addEventListener('abort', () => wake());
    const all = what.includes('all');
    yield {
      event: 'snapshot',
      data: { what, list: all ? client.list_ : null, records: all ? [] : null, log: all ? [] : null, frames: [] },
    };
    while (!o.signal?.aborted) {
      const next = waiting.shift();
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    queues.delete(queue);
  }

  const client = {
    list_: list,
    asked,
    refuse(sentence: string | null) {
      refused = sentence;
    },
    push(event: ClientEvent) {
      for (const queue of queues) {
        const wants = event.event === 'frame' ? `frames:${event.data.device}` : 'all';
        if (queue.what.includes(wants) || event.event === 'disconnected') queue.push(event);
      }
    },
    subscribe,
    version: async () => ({
      ...{ product: 'lector' as const, version: '0.1.0', protocol: 1 as const, runtime: 'node', pid: 1 },
      ...{ startedAt: isoOf(now()), access: 'full' as const },
    }),
    defs: async (ref: number | string) => {
      const profile = of(ref)?.profile ?? '';
      const variables = profile === 'das-8000' ? PROBES : VARIABLES;
      return { id: Number(ref), profile, model: '', variables, definitions: {} };
    },
    lines: async () => linesOf(client.list_),
    tree: async () => treeOf(client.list_),
    why: async (ref: number | string) => ({
      name: `analyzer:${ref}`,
      label: of(ref)?.name ?? '',
      changes: [
        {
          ...{ at: isoOf(now() - 250_000), state: 'failed', words: 'it is tried again in 2 s', nextTry: null },
          cause: { code: 'LINE_TIMEOUT', message: 'no answer within 1000 ms' },
        },
        {
          at: isoOf(now() - 7_000_000),
          state: 'polling',
          words: 'it is identified and read',
          cause: null,
          nextTry: null,
        },
      ],
    }),
    meterStatus: async (ref: number | string) => ({
      ...{ id: Number(ref), lastTime: null, HMU: [1234, 5] as const, ERR: 0, ERR_MSG: [], VSO: 31, NSN: 90_210 },
    }),
    records: async (ref: number | string) => ({ id: Number(ref), records: recordsOf(Number(ref), now()) }),
    status: async (ref: number | string) => of(ref),
    history: async (ref: number | string, code: string) => ({
      ...{ id: Number(ref), from: isoOf(now() - 3.6e6), to: isoOf(now()), every: 1 },
      variable: VARIABLES.find((each) => each.code === code) ?? (VARIABLES[0] as (typeof VARIABLES)[number]),
      points: Array.from({ length: 120 }, (_, n) => {
        const at = now() - (120 - n) * 30_000;
        return { at: isoOf(at), values: valuesAt(Number(ref), at)[code] ?? [null] };
      }),
    }),
    pause: (ref: unknown, seconds?: number) =>
      command(seconds === undefined ? `pause ${ref}` : `pause ${ref} ${seconds}`),
    resume: (ref: unknown) => command(`resume ${ref}`),
    start: (ref: unknown) => command(`start ${ref}`),
    startAll: () => command('startAll'),
    stop: (ref: unknown) => command(`stop ${ref}`),
    readNow: (ref: unknown) => command(`readNow ${ref}`),
    identify: (ref: unknown) => command(`identify ${ref}`),
    shutdown: () => command('shutdown'),
    reload: async () => {
      asked.push('reload');
      return { applied: true, changes: [], needsRestart: [], warnings: [] };
    },
    close() {},
  };
  return client as unknown as FakeClient;
}

/** A reading of one meter, as it is pushed. */
export function readingEvent(id: number, at: number): ClientEvent {
  const values = valuesAt(id, at);
  const data: ReadingEvent = {
    id,
    reading: { at: isoOf(at), nominal: isoOf(at), grid: 'normal', forced: false, values, flags: {}, failure: null },
    ...{ comm: true, readings: { good: 3_501, failed: 0 }, errorShare: 0 },
    ...{ energyKwh: 123.5 + id, cost: null, minuteKw: values.PAT?.[0] ?? null },
  };
  return { event: 'reading', data };
}

/** The last records of a meter, oldest first: a minute each, one with a reading that is missing. */
export const recordsOf = (id: number, at: number, count = 10): readonly RecordWire[] =>
  Array.from({ length: count }, (_, n) => {
    const end = Math.floor(at / 60_000) * 60_000 - (count - 1 - n) * 60_000;
    const variables = Object.entries(valuesAt(id, end)).map(([code, values]) => {
      const delta = code === 'CEA' ? [0.58] : null;
      const each = { aggregate: 'mean' as const, values, min: values, max: values };
      return [code, { ...each, n: values.map(() => 30), expected: 30, delta, at: null, flags: [] }] as const;
    });
    return {
      ...{ schema: 'lector.record/1', analyzer: id, profile: 'pm710', name: `Meter ${id}`, model: 'PM710' },
      ...{ start: isoOf(end - 60_000), end: isoOf(end), n: n === 4 ? 29 : 30, expected: 30, quality: 'good' },
      variables: Object.fromEntries(variables),
    } as unknown as RecordWire;
  });

export const linesOf = (list: ListView): LinesView => ({
  lines: list.devices.map((device) => ({
    ...device,
    ...{ utilisation: device.state === 'open' ? 0.42 : 0, planned: 0.35, waiting: 0 },
    transactions: { total: 12_345, perSecond: device.state === 'open' ? 7.4 : 0 },
    errors: device.id === 1 ? { timeout: 120, crc: 3 } : {},
    asking:
      device.state === 'open' ? { analyzer: device.analyzers[0] ?? 1, what: 'registers 4006-4009', ms: 12 } : null,
  })),
});

export const treeOf = (list: ListView): TreeNode => ({
  ...{ name: 'root', kind: 'root', label: list.node.name, state: 'running', since: list.node.startedAt, held: null },
  restarts: { used: 0, max: 5 },
  children: [
    ...list.devices.map(
      (device): TreeNode => ({
        ...{ name: `device:${device.id}`, kind: 'device', label: device.description, state: device.state },
        ...{ since: device.since, restarts: { used: 0, max: 3 }, held: null, children: [] },
      }),
    ),
    ...list.analyzers.map(
      (analyzer): TreeNode => ({
        ...{ name: `analyzer:${analyzer.id}`, kind: 'analyzer', label: analyzer.name, state: analyzer.state },
        ...{ since: analyzer.since, restarts: { used: analyzer.state === 'held' ? 3 : 0, max: 3 }, children: [] },
        held:
          analyzer.state === 'held'
            ? { cause: analyzer.error ?? { code: '', message: '' }, nextTry: analyzer.nextTry }
            : null,
      }),
    ),
  ],
});
