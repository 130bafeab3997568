import type { AnalyzerId } from '../../src/domain/units.ts';
import type { FrameView, PlantEvent } from '../../src/protocol/events.ts';
import type { Answered, Operator, Refusal, RefusalCode } from '../../src/protocol/operator.ts';
import type { Py } from '../../src/protocol/pickle.ts';
import type { RecordWire } from '../../src/protocol/record-wire.ts';
import type { AnalyzerView } from '../../src/protocol/views.ts';
import { AT, analyzerView, deviceView, listView, readingView, recordWire } from './views.ts';

const refuse = (code: RefusalCode, message: string): { readonly ok: false; readonly error: Refusal } => ({
  ok: false,
  error: { code, message, hint: '' },
});
const done = <T>(data: T): Answered<T> => ({ ok: true, data });

/** What a test changes of a plant, and what it looks at afterwards. */
export type FakePlant = {
  readonly operator: Operator;
  readonly analyzers: Map<AnalyzerId, AnalyzerView>;
  /** What was asked that changes something, oldest first: `pause 1 null`. */
  readonly done: string[];
  /** Refusals that come instead of the answer, by command: `start`, `readNow`... */
  readonly refusals: Map<string, RefusalCode>;
  /** Commands that throw: a bug. */
  readonly bugs: Set<string>;
  readonly records: Map<AnalyzerId, RecordWire[]>;
  emit(event: PlantEvent): void;
  frame(view: FrameView): void;
  /** Ends the oldest of `identify` or `reload` that waits. */
  settle(): void;
  readonly waiting: number;
  /** Listeners that the operator has: of everything, and of frames. */
  listeners(): { readonly events: number; readonly frames: number };
};

/** An operator of `count` meters that only remembers what it was asked. */
export function createFakePlant(count = 3): FakePlant {
  const ids = Array.from({ length: count }, (_, n) => n + 1);
  const analyzers = new Map(ids.map((id) => [id, analyzerView(id)]));
  const records = new Map(ids.map((id) => [id, [recordWire(id, 1)]]));
  const asked: string[] = [];
  const refusals = new Map<string, RefusalCode>();
  const bugs = new Set<string>();
  const events = new Set<(event: PlantEvent) => void>();
  const frames = new Map<(frame: FrameView) => void, number>();
  const slow: (() => void)[] = [];
  const pys = new Map<string, Py>();
  const kept = (key: string, make: () => Py): Py => {
    const known = pys.get(key) ?? make();
    pys.set(key, known);
    return known;
  };

  /** What a command comes to, unless the test wants otherwise. */
  function outcome<T>(name: string, value: () => T): Answered<T> {
    if (bugs.has(name)) throw new TypeError(`${name} fell over`);
    const code = refusals.get(name);
    return code === undefined ? done(value()) : refuse(code, `${name} cannot be: ${code}`);
  }
  function change(name: string, ...facts: readonly unknown[]): Answered<{ analyzers: number[]; words: string }> {
    return outcome(name, () => {
      asked.push([name, ...facts].join(' '));
      return { analyzers: [], words: `${name} is done` };
    });
  }
  const later = <T>(name: string, value: () => T): Promise<Answered<T>> =>
    new Promise((resolve, reject) => {
      slow.push(() => {
        try {
          resolve(outcome(name, value));
        } catch (error) {
          reject(error);
        }
      });
    });
  const view = (id: AnalyzerId): AnalyzerView => analyzers.get(id) ?? analyzerView(id);

  const operator: Operator = {
    resolve(text) {
      const device = /^(?:line|device):(\d+)$/.exec(text)?.[1];
      if (device === '1') return done({ kind: 'device', id: 1 });
      if (device !== undefined) return refuse('NO_SUCH_DEVICE', `no line ${device}; there are 1`);
      const byName = [...analyzers.values()].find(({ name }) => name.toLowerCase() === text.toLowerCase());
      // as text: a number in another form is none
      const id = analyzers.has(Number(text)) && String(Number(text)) === text ? Number(text) : byName?.id;
      if (id !== undefined && analyzers.has(id)) return done({ kind: 'analyzer', id });
      return refuse('NO_SUCH_ANALYZER', `no analyzer ${text}; there are ${[...analyzers.keys()].join(', ')}`);
    },
    now: () => AT,
    version: () => ({ product: 'lector', version: '1.0.0', protocol: 1, runtime: 'node', pid: 7, startedAt: AT }),
    list: () => listView([...analyzers.values()]),
    analyzer: (id) => outcome('analyzer', () => view(id)),
    device: (id) => (id === 1 ? done(deviceView(1, ids)) : refuse('NO_SUCH_DEVICE', `no line ${id}; there are 1`)),
    identification: (id) => outcome('identification', () => ({ id, identification: `Meter number ${id}  ` })),
    vars: (id) => done({ id, reading: readingView(id), ageMs: 100 }),
    defs: (id) => done({ id, profile: 'p', model: 'PM710', variables: [], definitions: {} }),
    meterStatus: (id) => done({ id, lastTime: AT, HMU: [1, 2], ERR: 0, ERR_MSG: [], VSO: 1, NSN: 2 }),
    conf: () => ({ devices: {}, equips: {} }),
    history: (id, code, seconds) => later('history', () => ({ id, code, seconds }) as never),
    records: (id, max) => Promise.resolve(done({ id, records: (records.get(id) ?? []).slice(-max) })),
    tree: () => ({ name: 'root', kind: 'root', label: 'root', state: 'running', since: AT, children: [] }) as never,
    why: (target) => done({ name: `${target.kind}:${target.id}`, label: '', changes: [] }),
    owed: () => ({ deliveries: [] }),
    parked: (exporter) =>
      outcome('parked', () => ({ deliveries: [{ exporter: `${exporter}`, parked: 0, records: [] }] })),
    retry: async (exporter) => {
      const did = change('retry', exporter);
      return did.ok ? done({ ...did.data, exporter, owedAgain: 2 }) : did;
    },
    alarms: () => ({ alarms: [] }),
    lines: () => ({ lines: [] }),
    legacy: {
      vars: (id) =>
        outcome('legacy.vars', () => kept(`vars ${id}`, () => ({ lastRead: '', values: { TPF: [id + 0.5] } }))),
      defs: (id) => done(kept(`defs ${id}`, () => ({ TPF: { registre: 4033n, descripcio: 'Tensió' } }))),
      status: (id) => done(kept(`status ${id}`, () => ({ lastTime: 0, ERR: 0n }))),
      conf: () => kept('conf', () => ({ devices: {}, equips: new Map([[1n, { requests: ['TPF'] }]]) })),
    },
    start: (id) => change('start', id),
    startAll: () => change('startAll'),
    stop: (id) => change('stop', id),
    pause: ({ kind, id }, seconds) => change('pause', kind, id, seconds),
    resume: ({ kind, id }) => change('resume', kind, id),
    readNow: (id) => change('readNow', id),
    identify: (id, limitMs) => {
      asked.push(`identify ${id} ${limitMs}`);
      return later('identify', () => ({ id, identification: `Again ${id} ` }));
    },
    reload: (planOnly) => {
      asked.push(`reload ${planOnly}`);
      return later('reload', () => ({ applied: !planOnly, changes: [], needsRestart: [], warnings: [] }));
    },
    shutdown: () => change('shutdown'),
    fault: (id, kind, seconds) => {
      const answered = change('fault', id, kind, seconds);
      return answered.ok ? done({ ...answered.data, kind, forMs: seconds * 1000 }) : answered;
    },
    subscribe(listener) {
      events.add(listener);
      return () => events.delete(listener);
    },
    watchFrames(id, listener) {
      frames.set(listener, id);
      return () => frames.delete(listener);
    },
    recentLog: () => [{ at: AT, level: 'info', text: 'it began' }],
  };

  return {
    operator,
    analyzers,
    done: asked,
    refusals,
    bugs,
    records,
    emit(event) {
      for (const listener of events) listener(event);
    },
    frame(frame) {
      for (const [listener, device] of frames) if (device === frame.device) listener(frame);
    },
    settle: () => slow.shift()?.(),
    get waiting() {
      return slow.length;
    },
    listeners: () => ({ events: events.size, frames: frames.size }),
  };
}
