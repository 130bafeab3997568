import type { Answer, Seen } from '../http/fake-server.ts';

/** The predecessor's centre: keeps one reading of each local time of an analyzer that it knows. */
export function oldCentre(analyzers: readonly number[]) {
  const stored = new Map<string, URLSearchParams>();
  const answer = ({ method, path, body }: Seen): Answer => {
    const [, analyzer] = /^\/ws\/v2\/history\/save\/4\/(\d+)\/$/.exec(path) ?? [];
    if (analyzer === undefined || method !== 'POST') return page(404);
    if (!analyzers.includes(Number(analyzer))) return page(404);
    const form = new URLSearchParams(body);
    const key = `${analyzer} ${form.get('DATA_HORA')}`;
    if (stored.has(key)) return { status: 409, body: '#Duplicated reading' };
    stored.set(key, form);
    return { status: 201, body: `#Saved:${stored.size}` };
  };
  return { answer, stored };
}

export const page = (status: number): Answer => ({ status, type: 'text/html', body: '<html><h1>Django</h1></html>' });

export const ABOUT = {
  ...{ product: 'lector', role: 'centre', version: '9.9.9', api: 1, now: '2026-05-04T12:00:00.000Z' },
  batch: { records: 500, bytes: 1_000_000, unpackedBytes: 8_000_000 },
};

type Line = { readonly analyzer: number; readonly end: string; readonly generation: number; readonly n: number };

/** Ours, as its wire says: keeps each identity once and says what became of each record. */
export function ourCentre(
  judge: (line: Line, text: string) => string | null = () => null,
  since: number | null = null,
) {
  /** What came by the predecessor's call is a form. */
  const isWhole = (text: string) => text.startsWith('{');
  const stored = new Map<string, { readonly text: string; times: number }>();
  const sites: unknown[] = [];
  const put = (text: string) => {
    const line = JSON.parse(text) as Line;
    const verdict = judge(line, text);
    if (verdict !== null) return { status: verdict, reason: `it is ${verdict}` };
    const key = `${line.analyzer}:${Date.parse(line.end)}:${line.generation}`;
    const before = stored.get(key);
    if (before === undefined || !isWhole(before.text)) {
      stored.set(key, { text, times: 1 });
      return { status: 'stored' };
    }
    before.times += 1;
    return { status: before.text === text ? 'duplicate' : 'differs' };
  };
  /** The predecessor's call: only for analyzers that there are. */
  const save = (analyzer: number, form: URLSearchParams): Answer => {
    if (![...stored.keys()].some((key) => key.startsWith(`${analyzer}:`))) {
      return problem(404, 'not-found', `lector central analyzer add 4 ${analyzer} --model ${form.get('MODEL')}`);
    }
    const key = `${analyzer}:${Date.parse(form.get('DATA_HORA_UTC') ?? '')}:0`;
    if (stored.has(key)) return { status: 409, body: '#Duplicated' };
    stored.set(key, { text: form.toString(), times: 1 });
    return { status: 201, body: `#Saved:${stored.size}` };
  };
  const answer = ({ method, path, body }: Seen): Answer => {
    if (path === '/api/v1/about') return json(200, ABOUT);
    if (path === '/api/v1/nodes/4/site' && method === 'PUT') {
      sites.push(JSON.parse(body));
      return { status: 204 };
    }
    if (path === '/api/v1/records' && method === 'POST') {
      const results = body.split('\n').slice(0, -1).map(put);
      return json(200, { product: 'lector', results });
    }
    const [, analyzer] = /^\/ws\/v2\/history\/save\/4\/(\d+)\/$/.exec(path) ?? [];
    if (analyzer !== undefined) return save(Number(analyzer), new URLSearchParams(body));
    if (path.startsWith('/api/v1/nodes/4/holdings?')) {
      const query = new URL(path, 'http://x').searchParams;
      const [from, to] = [Date.parse(query.get('from') ?? ''), Date.parse(query.get('to') ?? '')];
      const all = [...stored].map(([key, { text }]) => [...key.split(':').map(Number), ...(isWhole(text) ? [] : [1])]);
      return json(200, { node: 4, records: all.filter(([, end = 0]) => end > from && end <= to), since });
    }
    return problem(404, 'not-found', 'there is nothing here');
  };
  return { answer, stored, sites };
}

export const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  ...{ status, type: 'application/json', body: JSON.stringify(value), headers },
});

export const problem = (status: number, code: string, detail: string): Answer => ({
  ...{ status, type: 'application/problem+json' },
  body: JSON.stringify({ type: `/problems/${code}`, title: code, status, detail }),
});
