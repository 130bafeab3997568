import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { safe } from '../../../domain/safe.ts';
import type { EpochMs } from '../../../domain/units.ts';
import type { CentralRecord, Ingest, NodeRow, Verdict } from '../../ports.ts';
import { plainAddress } from '../addresses.ts';
import type { CentreApp, CentreDeps } from '../app-types.ts';
import { problem, problemResponses } from '../problems.ts';
import { createRefusalLog } from '../refusal-log.ts';
import { ANALYZER_PATH } from '../schemas.ts';
import { instanceOf, mayDeliver } from './delivery.ts';
import { createOldPlaces, type OldPlaces } from './old-places.ts';
import { instantsOf, type OldForm, oldRecord, parseOldForm, variablesOf } from './old-reading.ts';

const SAVE = '/ws/v2/history/save/:node/:analyzer';
/** One reading: a form of some KiB. */
const BODY_BYTES_MAX = 262_144;

const FORM = z.object({
  DATA_HORA: z.string().describe('End in the local time of the node, dd/mm/YYYY HH:MM:SS.'),
  DATA_HORA_UTC: z.string().optional().describe('The same instant, ISO 8601 with Z; it counts where it is given.'),
  LECTURA: z.string().describe('JSON, such as {"TPF": [230.1, 229.8, 231.0]}; NaN as Python prints it is missing.'),
  MODEL: z.string().optional().describe('Model of the meter, such as PM710.'),
});

const plainText = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } });

/** How the predecessor's `clientRest` delivers one reading. Its answers are texts, as its clients know them. */
export async function oldSaveRoute(app: CentreApp, deps: CentreDeps): Promise<void> {
  const places = createOldPlaces(deps);
  const logRefused = createRefusalLog(deps.clock, deps.log);
  const say = ({ ip, params }: FastifyRequest, status: number, text: string) => {
    const { node, analyzer } = params as Place;
    const whose = `a reading of analyzer ${analyzer} of node ${node}, from ${plainAddress(ip)}`;
    const words = `${whose}: ${text.replace(/^1?#/, '')}`;
    logRefused({ key: `${status} ${node} ${analyzer}`, words, facts: { node, analyzer, status } });
  };
  app.removeAllContentTypeParsers();
  // by its name it is found at once, and whatever else they call it
  app.addContentTypeParser(['application/x-www-form-urlencoded', '*'], { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  app.post(
    SAVE,
    {
      config: {
        access: 'deliver',
        brief: true,
        described: { body: { type: 'application/x-www-form-urlencoded', schema: FORM } },
      },
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "Stores one reading: the predecessor's call",
        tags: ['as before'],
        params: ANALYZER_PATH,
        response: {
          ...problemResponses('node-taken', 'too-large'),
          201: plainText('`#Saved:<id>`'),
          400: plainText('`1#...`: it can never be stored'),
          404: plainText('`#...`: there is no such analyzer'),
          409: plainText('`#...`: there is a reading of that time already'),
        },
      },
    },
    async (request, reply) => {
      const { status, text } = await save(request, request.params, deps, places);
      if (status === 400 || status === 404) say(request, status, text);
      return reply.code(status).type('text/plain; charset=utf-8').send(text);
    },
  );
}

type Said = { readonly status: 201 | 400 | 404 | 409; readonly text: string };
type Place = { readonly node: number; readonly analyzer: number };

async function save(
  request: FastifyRequest,
  place: Place,
  { registry, ingest, clock }: CentreDeps,
  places: OldPlaces,
): Promise<Said> {
  const { node, analyzer } = place;
  mayDeliver(request, node);
  const known = places.known(node, analyzer) ?? (await places.find(node, analyzer));
  const form = parseOldForm(typeof request.body === 'string' ? request.body : '');
  if (known === null) return unknown(place, form, await registry.node(node));
  const feeds = await registry.mayFeed(node, instanceOf(request));
  if (!feeds.ok) throw problem('node-taken', feeds.words);
  const ends = instantsOf(form, known.offsetAt, clock.now());
  const variables = variablesOf(form.reading, known.aggregateOf);
  if (!ends.ok) return { status: 400, text: `1#${ends.words}` };
  if (!variables.ok) return { status: 400, text: `1#${variables.words}` };
  const model = form.model === '' ? known.model : form.model;
  const about = { node, analyzer, model, variables: variables.value };
  const [record, verdict] = await putFirst(about, ends.value, ingest);
  if (verdict.status === 'refused') {
    // it may be gone since it was looked up
    places.forget(node, analyzer);
    if ((await places.find(node, analyzer)) === null) return unknown(place, form, await registry.node(node));
  }
  return answerOf(record, verdict);
}

/** Of the records that a stamp can mean, the first whose place is free, or that is there already. */
async function putFirst(
  about: Omit<Parameters<typeof oldRecord>[0], 'end'>,
  ends: readonly EpochMs[],
  ingest: Ingest,
): Promise<readonly [CentralRecord, Verdict]> {
  for (const [index, end] of ends.entries()) {
    const record = oldRecord({ ...about, end });
    const [verdict = { status: 'later' as const }] = await ingest.put([record], false);
    if (verdict.status !== 'differs' || index === ends.length - 1) return [record, verdict];
  }
  throw new Error('a stamp means at least one instant');
}

const isoOf = (at: number): string => new Date(at).toISOString();

function answerOf(record: CentralRecord, { status, reason }: Verdict): Said {
  switch (status) {
    case 'stored':
      return { status: 201, text: `#Saved:${Math.floor(record.end / 1000)}` };
    case 'duplicate':
    case 'differs':
      return {
        status: 409,
        text: `#there is a reading of analyzer ${record.analyzer} at ${isoOf(record.end)} already`,
      };
    case 'refused':
      return { status: 400, text: `1#${safe(reason ?? 'it cannot be stored')}` };
    case 'later':
      throw problem('unavailable', reason ?? 'the reading was not stored yet; send it again');
  }
}

function unknown({ node, analyzer }: Place, { model }: OldForm, row: NodeRow | null): Said {
  // its stamps have no zone: that of the node says what they mean
  const first = row === null ? `lector central node add ${node} --zone Europe/Madrid (or where it is); then ` : '';
  const command = `${first}lector central analyzer add ${node} ${analyzer} --model ${safe(model || 'MODEL', 40)}`;
  const text = `#there is no analyzer ${analyzer} of node ${node} here; make it known with: ${command}`;
  return { status: 404, text };
}
