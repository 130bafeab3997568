import { z } from 'zod';
import { type LectorClient, LectorError } from '../../client/index.ts';
import { statusText } from '../../protocol/classic-answers.ts';
import type { CentreApp, CentreDeps } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { ANALYZER_PATH, NODE_PATH } from '../api/schemas.ts';
import type { NodeRow } from '../ports.ts';

const TAGS = ['as before'];
/** The predecessor's GETID while the meter has not said what it is. */
const NOT_IDENTIFIED = 'INT_ERR';
/** What is chosen in its menus for every variable. */
const ALL = { ALL: 'Totes les variables' } as const;

const STATES: Readonly<Record<string, number>> = { STOPPED: 0, STARTED: 1, PAUSED: 2 };
const COMM = { COMM: 255, NOCOMM: 240 } as const;

/** What each of them asks a lector, as the predecessor's client library gave it. */
const QUESTIONS = {
  Vars: async (client: LectorClient, id: number) => {
    const { reading } = await client.vars(id);
    return { lastRead: reading === null ? '' : oldTime(reading.at), values: reading?.values ?? {} };
  },
  Defs: async (client: LectorClient, id: number) => (await client.defs(id)).definitions,
  Status: async (client: LectorClient, id: number) => {
    const [state = '', comm = ''] = statusText(await client.status(id)).split('\t');
    return [STATES[state] ?? 0, comm === 'COMM' ? COMM.COMM : COMM.NOCOMM];
  },
  Id: async (client: LectorClient, id: number) => {
    try {
      return (await client.identification(id)).identification;
    } catch (error) {
      if (error instanceof LectorError && error.facts.code === 'NOT_READY') return NOT_IDENTIFIED;
      throw error;
    }
  },
  Conf: (client: LectorClient) => client.conf(),
} as const satisfies Record<string, (client: LectorClient, id: number) => Promise<unknown>>;

/** `2026-11-25T18:05:42.123+01:00` as `25/11/2026 18:05:42`. */
function oldTime(iso: string): string {
  const [date = '', time = ''] = iso.split('T');
  return `${date.split('-').reverse().join('/')} ${time.slice(0, 8)}`;
}

const GET = ANALYZER_PATH.extend({ what: z.enum(['Vars', 'Defs', 'Status', 'Id', 'Conf']) });
const NODES = z.object({
  ResultSet: z.object({
    Nodes: z.array(z.object({ id: z.number(), nom: z.string(), host: z.string(), ubicacio: z.string() })),
  }),
});
const ANALYZERS = z.object({
  ResultSet: z.object({
    Analitzadors: z.array(
      z.object({
        id: z.string().describe('<node>-<analyzer>'),
        fabricant: z.string(),
        model: z.string(),
        addr: z.number(),
      }),
    ),
  }),
});

/** What the predecessor's pages ask: the lectors live, and the lists of its menus. */
export async function oldReadRoutes(app: CentreApp, deps: CentreDeps): Promise<void> {
  lectorRoute(app, deps);
  nodeLists(app, deps);
  analyzerLists(app, deps);
}

function lectorRoute(app: CentreApp, { registry, live }: CentreDeps): void {
  app.get(
    '/ws/v2/lector/get/:what/:node/:analyzer',
    {
      schema: {
        summary: "Asks the node's own lector: the predecessor's call",
        description: '5 s at most. Status: `[state, comm]` with 0 stopped, 1 started, 2 paused and 255 comm, 240 none.',
        tags: TAGS,
        params: GET,
        response: { 200: z.unknown(), ...problemResponses('not-found', 'conflict', 'lector-unreachable') },
      },
    },
    async ({ params: { what, node, analyzer } }, reply) => {
      const row = await registry.node(node);
      if (row === null) throw problem('not-found', `there is no node ${node}`);
      const answer = await live.ask<unknown>(row, (client) => QUESTIONS[what](client, analyzer));
      // a text is no JSON by itself
      return reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(answer);
    },
  );
}

const nodesOf = (rows: readonly NodeRow[]): z.output<typeof NODES> => ({
  ResultSet: {
    Nodes: rows.map(({ id, name, lector, location }) => ({
      id,
      nom: name,
      host: lector?.host ?? '',
      ubicacio: location,
    })),
  },
});

function nodeLists(app: CentreApp, { registry }: CentreDeps): void {
  const response = { 200: NODES, ...problemResponses() };
  app.get('/nodes', { schema: { summary: 'The nodes, for a menu', tags: TAGS, response } }, async () =>
    nodesOf(await registry.nodes()),
  );
  app.get(
    '/node/sQuery=*',
    {
      config: { described: { rest: 'text' } },
      schema: {
        summary: 'The nodes whose name or place has the text, for a menu',
        tags: TAGS,
        params: z.object({ '*': z.string() }),
        response,
      },
    },
    async ({ params }) => {
      const plain = (each: string) => each.normalize().toLocaleLowerCase();
      const text = plain(params['*'].replace(/\/$/, '').trim());
      // as a form writes a blank
      const texts = [text, text.replaceAll('+', ' ').trim()];
      const has = (each: string) => texts.some((one) => plain(each).includes(one));
      return nodesOf((await registry.nodes()).filter(({ name, location }) => has(name) || has(location)));
    },
  );
}

function analyzerLists(app: CentreApp, { registry }: CentreDeps): void {
  app.get(
    '/node/:node/analizers',
    {
      schema: {
        summary: 'The analyzers of a node, for a menu',
        tags: TAGS,
        params: NODE_PATH,
        response: { 200: ANALYZERS, ...problemResponses('not-found') },
      },
    },
    async ({ params: { node } }) => {
      const [row, analyzers] = await Promise.all([registry.node(node), registry.analyzers(node)]);
      if (row === null) throw problem('not-found', `there is no node ${node}`);
      const list = analyzers.map(({ id, vendor, model }) => ({
        ...{ id: `${node}-${id}`, fabricant: vendor, model, addr: id },
      }));
      return { ResultSet: { Analitzadors: list } };
    },
  );
  app.get(
    '/parametres/:id',
    {
      schema: {
        summary: 'The variables of an analyzer, for a menu',
        tags: TAGS,
        params: z.object({ id: z.string().regex(/^\d{1,10}-\d{1,5}$/, 'expected <node>-<analyzer>, such as 4-1') }),
        response: { 200: z.record(z.string(), z.string()), ...problemResponses('not-found') },
      },
    },
    async ({ params: { id } }) => {
      const [node = 0, analyzer = 0] = id.split('-').map(Number);
      const row = await registry.analyzer(node, analyzer);
      if (row === null) throw problem('not-found', `there is no analyzer ${analyzer} of node ${node} here`);
      return { ...ALL, ...Object.fromEntries(row.variables.map((each) => [each.code, each.description])) };
    },
  );
}
