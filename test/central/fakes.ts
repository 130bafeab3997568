import type {
  AnalyzerChange,
  AnalyzerRow,
  CentralRecord,
  History,
  Ingest,
  ModelRow,
  NodeChange,
  NodeRow,
  Registry,
  Verdict,
} from '../../src/central/ports.ts';
import { LectorError } from '../../src/domain/errors.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import type { SiteWire } from '../../src/protocol/site-wire.ts';
import { asJson } from './as-json.ts';

/** What a centre keeps, in memory, by the words of its ports. */
export type FakeCentre = {
  readonly registry: Registry;
  readonly ingest: Ingest;
  readonly history: History;
  readonly records: readonly CentralRecord[];
  /** From now on everything rejects with this; null: no more. */
  failWith(error: Error | null): void;
  /** How often a token was looked up. */
  lookups(): number;
};

type State = {
  now: EpochMs;
  error: Error | null;
  lookups: number;
  days: number | null;
  issued: number;
  readonly nodes: Map<number, NodeRow>;
  readonly analyzers: Map<string, AnalyzerRow>;
  readonly models: Map<string, ModelRow>;
  readonly nodeTokens: Map<string, number>;
  readonly adminTokens: Set<string>;
  readonly allowed: Map<string, number | null>;
  readonly records: CentralRecord[];
};

const refused = (words: string) => new LectorError('CENTRE_REFUSED', words);
const key = (node: number, analyzer: number) => `${node}-${analyzer}`;

const NODE: Omit<NodeRow, 'id' | 'addedAt'> = {
  ...{ name: '', location: '', timezone: 'Europe/Madrid', lector: null, instance: null, version: null },
  ...{ clockOffsetMs: null, seenAt: null, tokens: 0 },
};

export function createFakeCentre(now = epochMs(Date.UTC(2026, 10, 25, 12))): FakeCentre {
  const state: State = {
    ...{ now, error: null, lookups: 0, days: null, issued: 0 },
    ...{ nodes: new Map(), analyzers: new Map(), models: new Map(), nodeTokens: new Map() },
    ...{ adminTokens: new Set(), allowed: new Map([['127.0.0.0/8', null] as const, ['::1', null] as const]) },
    records: [],
  };
  const registry = { ...nodesOf(state), ...analyzersOf(state), ...tokensOf(state) };
  return {
    registry: failing(registry, state),
    ingest: failing(ingestOf(state), state, ['onStored', 'close']),
    history: historyOf(state),
    records: state.records,
    failWith(error) {
      state.error = error;
    },
    lookups: () => state.lookups,
  };
}

/** The same, but each call rejects while there is an error. */
function failing<T extends object>(target: T, state: State, but: readonly string[] = []): T {
  const entries = Object.entries(target).map(([name, call]) => {
    const wrapped = async (...args: readonly unknown[]) => {
      if (state.error !== null) throw state.error;
      return (call as (...args: readonly unknown[]) => unknown)(...args);
    };
    return [name, but.includes(name) ? call : wrapped];
  });
  return Object.fromEntries(entries) as T;
}

function nodesOf(state: State) {
  const node = (id: number): NodeRow => {
    const row = state.nodes.get(id);
    if (row === undefined) throw refused(`there is no node ${id}`);
    return row;
  };
  const put = (row: NodeRow): NodeRow => {
    state.nodes.set(row.id, row);
    return row;
  };
  const recordsOf = (id: number) => state.records.filter((each) => each.node === id);
  return {
    nodes: async () => [...state.nodes.values()].sort((a, b) => a.id - b.id),
    node: async (id: number) => state.nodes.get(id) ?? null,
    async addNode(id: number, about: NodeChange) {
      if (state.nodes.has(id)) throw refused(`there is a node ${id} already`);
      return put({ ...NODE, id, addedAt: state.now, ...about });
    },
    changeNode: async (id: number, change: NodeChange) => put({ ...node(id), ...change }),
    async removeNode(id: number, withRecords: boolean) {
      node(id);
      if (!withRecords && recordsOf(id).length > 0) throw refused(`node ${id} has records`);
      state.nodes.delete(id);
      for (const [name, row] of state.analyzers) if (row.node === id) state.analyzers.delete(name);
    },
    replaceLector: async (id: number) => void put({ ...node(id), instance: null }),
    async acceptSite(site: SiteWire, receivedAt: EpochMs, register: boolean) {
      const row = state.nodes.get(site.node);
      if (row === undefined && !register) return { kind: 'unknown' as const, words: `there is no node ${site.node}` };
      const known = row ?? { ...NODE, id: site.node, addedAt: receivedAt };
      if (known.instance !== null && known.instance !== site.instance) return { kind: 'taken' as const, words: TAKEN };
      const { name, location, timezone, version, instance } = site;
      const clockOffsetMs = Date.parse(site.now) - receivedAt;
      put({ ...known, name, location, timezone, version, instance, seenAt: receivedAt, clockOffsetMs });
      for (const each of site.analyzers) {
        state.analyzers.set(key(site.node, each.id), { ...each, node: site.node, lastEnd: null });
      }
      return { kind: 'accepted' as const };
    },
    async mayFeed(id: number, instance: string | null) {
      const bound = state.nodes.get(id)?.instance ?? null;
      return bound === null || instance === null || bound === instance
        ? { ok: true as const }
        : { ok: false as const, words: TAKEN };
    },
  };
}

const TAKEN = 'another lector feeds this node';

function analyzersOf(state: State) {
  const analyzer = (node: number, id: number): AnalyzerRow => {
    const row = state.analyzers.get(key(node, id));
    if (row === undefined) throw refused(`node ${node} has no analyzer ${id}`);
    return row;
  };
  const put = (row: AnalyzerRow): AnalyzerRow => {
    state.analyzers.set(key(row.node, row.id), row);
    return row;
  };
  return {
    analyzers: async (node: number | null) =>
      [...state.analyzers.values()].filter((each) => node === null || each.node === node),
    analyzer: async (node: number, id: number) => state.analyzers.get(key(node, id)) ?? null,
    async addAnalyzer(node: number, id: number, about: AnalyzerChange) {
      if (!state.nodes.has(node)) throw refused(`there is no node ${node}`);
      const variables = state.models.get(about.model ?? '')?.variables ?? [];
      const row = { node, id, name: '', location: '', vendor: '', model: '', recordingMs: null, lastEnd: null };
      return put({ ...row, variables, ...about });
    },
    changeAnalyzer: async (node: number, id: number, change: AnalyzerChange) =>
      put({ ...analyzer(node, id), ...change }),
    async removeAnalyzer(node: number, id: number, withRecords: boolean) {
      analyzer(node, id);
      const has = state.records.some((each) => each.node === node && each.analyzer === id);
      if (has && !withRecords) throw refused(`analyzer ${id} of node ${node} has records`);
      state.analyzers.delete(key(node, id));
    },
    models: async () => [...state.models.values()],
    putModel: async (model: Omit<ModelRow, 'edited'>) => void state.models.set(model.name, { ...model, edited: true }),
    async removeModel(name: string) {
      if (!state.models.delete(name)) throw refused(`there is no model ${name}`);
    },
  };
}

function tokensOf(state: State) {
  const issue = () => {
    state.issued += 1;
    return `token-${state.issued}`;
  };
  return {
    async issueNodeToken(node: number, _label: string) {
      if (!state.nodes.has(node)) throw refused(`there is no node ${node}`);
      const token = issue();
      state.nodeTokens.set(token, node);
      return token;
    },
    async revokeNodeTokens(node: number) {
      const tokens = [...state.nodeTokens].filter(([, each]) => each === node);
      for (const [token] of tokens) state.nodeTokens.delete(token);
      return tokens.length;
    },
    async nodeOfToken(token: string) {
      state.lookups += 1;
      return state.nodeTokens.get(token) ?? null;
    },
    async issueAdminToken(_label: string) {
      const token = issue();
      state.adminTokens.add(token);
      return token;
    },
    async revokeAdminTokens() {
      const { size } = state.adminTokens;
      state.adminTokens.clear();
      return size;
    },
    async isAdminToken(token: string) {
      state.lookups += 1;
      return state.adminTokens.has(token);
    },
    hasAdminToken: async () => state.adminTokens.size > 0,
    allowed: async () => [...state.allowed].map(([cidr, node]) => ({ cidr, node })),
    allow: async (cidr: string, node: number | null) => void state.allowed.set(cidr, node),
    disallow: async (cidr: string) => state.allowed.delete(cidr),
    retentionDays: async () => state.days,
    keptSince: async () => (state.days === null ? null : epochMs(state.now - state.days * 86_400_000)),
    async setRetention(days: number | null) {
      state.days = days;
    },
  };
}

function ingestOf(state: State): Ingest {
  const listeners = new Set<(record: CentralRecord) => void>();
  const putOne = (record: CentralRecord, register: boolean): Verdict => {
    const { node, analyzer, model, end, generation } = record;
    if (!state.analyzers.has(key(node, analyzer))) {
      if (!register) return { status: 'refused', reason: `node ${node} has no analyzer ${analyzer}` };
      if (!state.nodes.has(node)) state.nodes.set(node, { ...NODE, id: node, addedAt: state.now });
      const row = { node, id: analyzer, name: '', location: '', vendor: '', model, recordingMs: null };
      state.analyzers.set(key(node, analyzer), { ...row, variables: [], lastEnd: end });
    }
    const there = state.records.find(
      (each) => each.node === node && each.analyzer === analyzer && each.end === end && each.generation === generation,
    );
    if (there !== undefined)
      return { status: JSON.stringify(there) === JSON.stringify(record) ? 'duplicate' : 'differs' };
    state.records.push(record);
    for (const listener of listeners) listener(record);
    return { status: 'stored' };
  };
  return {
    put: async (records, register) => records.map((record) => putOne(record, register)),
    onStored(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => undefined,
  };
}

function historyOf(state: State): History {
  const failure = () => {
    if (state.error !== null) throw state.error;
  };
  const records: History['records'] = async function* ({ node, analyzer, from, to }) {
    failure();
    const own = state.records.filter((each) => each.node === node && each.analyzer === analyzer);
    yield* own.filter(({ end }) => end > from && end <= to).sort((a, b) => a.end - b.end);
  };
  return {
    ...{ records, recordsAsJson: asJson(records) },
    async latest(node) {
      failure();
      const byAnalyzer = new Map<string, CentralRecord>();
      for (const record of [...state.records].sort((a, b) => a.end - b.end)) {
        if (record.end <= state.now) byAnalyzer.set(key(record.node, record.analyzer), record);
      }
      return [...byAnalyzer.values()].filter((each) => node === null || each.node === node);
    },
    async shape({ node, analyzer, from, to }) {
      failure();
      const own = state.records.filter((each) => each.node === node && each.analyzer === analyzer);
      const within = own.filter(({ end }) => end > from && end <= to);
      const variables = new Map(within.flatMap((record) => Object.entries(record.variables)));
      return [...variables].map(([code, { aggregate, values }]) => ({ code, aggregate, count: values.length }));
    },
    async holdings(node, from, to) {
      failure();
      const own = state.records.filter((each) => each.node === node && each.end > from && each.end <= to);
      return own
        .sort((a, b) => a.analyzer - b.analyzer || a.end - b.end || a.generation - b.generation)
        .map(({ analyzer, end, generation }) => [analyzer, end, generation] as const);
    },
  };
}
