import type pg from 'pg';
import { type CostEvent, EVENTS_MAX } from '../../domain/cost-event.ts';
import { parseVirtual } from '../../domain/virtual.ts';
import type { SiteVirtual, SiteWire } from '../../protocol/site-wire.ts';
import { checkId, lineOf, refused } from './parts.ts';

/** More than people make of one site. */
const VIRTUALS_MAX = 1_000;
/** Of an event, as the table keeps it. */
export const EVENT_ID_MAX = 2_147_483_647;

type Sums = Pick<SiteWire, 'virtuals' | 'events'>;

/** What a site says of its sums and events, refused where it cannot be kept. */
export function checkSums({ virtuals = [], events }: Sums): void {
  if (virtuals.length > VIRTUALS_MAX) {
    throw refused(`expected at most ${VIRTUALS_MAX} virtual meters of a node, saw ${virtuals.length}`);
  }
  const told = events?.length ?? 0;
  if (told > EVENTS_MAX) throw refused(`expected at most ${EVENTS_MAX} events of a node, saw ${told}`);
  for (const { id, of } of virtuals) {
    checkId('analyzer', id);
    if (parseVirtual(of) === null) throw refused(`the virtual meter ${id} is no sum of analyzers such as "1 - 5"`);
  }
  for (const { id, analyzerId } of events ?? []) {
    checkId('analyzer', analyzerId);
    if (id > EVENT_ID_MAX) throw refused(`expected at most ${EVENT_ID_MAX} for the id of an event, saw ${id}`);
  }
}

/** What people wrote at the site as lines of a usual length. */
export function tidiedSums({ virtuals = [], events = [] }: Sums): Required<Sums> {
  return {
    virtuals: virtuals.map((each) => ({ ...each, name: lineOf(each.name), location: lineOf(each.location) })),
    events: events?.map(tidiedEvent) ?? null,
  };
}

function tidiedEvent(event: CostEvent): CostEvent {
  const text = lineOf(event.text);
  if (event.kind !== 'exchange') return { ...event, text };
  return { ...event, text, counter: event.counter === null ? null : lineOf(event.counter) };
}

const MADE_HERE = `SELECT id FROM virtuals WHERE node_id = $1 AND origin = 'centre' AND id = ANY ($2::int[])`;
const DROP_VIRTUALS = `DELETE FROM virtuals WHERE node_id = $1 AND origin = 'site' AND id <> ALL ($2::int[])`;

/** One that somebody made here for a lector that told none gives way to what the lector says now. */
const KEEP_VIRTUALS = `INSERT INTO virtuals AS old (node_id, id, name, location, terms, origin)
  SELECT $1::bigint, told.*, 'site' FROM unnest($2::int[], $3::text[], $4::text[], $5::text[])
    AS told (id, name, location, terms)
  ON CONFLICT (node_id, id) DO UPDATE SET name = excluded.name, location = excluded.location,
    terms = excluded.terms, origin = 'site'
  WHERE (old.name, old.location, old.terms, old.origin) IS DISTINCT FROM
    (excluded.name, excluded.location, excluded.terms, 'site')`;

const DROP_EVENTS = `DELETE FROM events WHERE node_id = $1 AND origin = 'site' AND id <> ALL ($2::int[])`;

const KEEP_EVENTS = `INSERT INTO events AS old (node_id, origin, id, analyzer_id, event)
  SELECT $1::bigint, 'site', told.* FROM unnest($2::int[], $3::int[], $4::jsonb[]) AS told (id, analyzer_id, event)
  ON CONFLICT (node_id, origin, id) DO UPDATE SET analyzer_id = excluded.analyzer_id, event = excluded.event
  WHERE old.event IS DISTINCT FROM excluded.event`;

/**
 * In place of what the site told before; what was entered here stays. Resolves with the ids of virtual meters that were
 * made here, and are as the site tells them from now on.
 */
export async function keepSums(client: pg.PoolClient, site: SiteWire): Promise<readonly number[]> {
  const { node, virtuals = [], events = [] } = site;
  const ids = virtuals.map(({ id }) => id);
  const { rows } = ids.length === 0 ? { rows: [] } : await client.query<{ id: number }>(MADE_HERE, [node, ids]);
  await keepVirtuals(client, node, onceEach(virtuals));
  // what cannot be read at the site holds as it was told
  if (events !== null) await keepEvents(client, node, onceEach(events));
  return rows.map(({ id }) => id);
}

async function keepVirtuals(client: pg.PoolClient, node: number, virtuals: readonly SiteVirtual[]): Promise<void> {
  const ids = virtuals.map(({ id }) => id);
  await client.query(DROP_VIRTUALS, [node, ids]);
  if (ids.length === 0) return;
  const [names, locations] = [virtuals.map(({ name }) => name), virtuals.map(({ location }) => location)];
  await client.query(KEEP_VIRTUALS, [node, ids, names, locations, virtuals.map(({ of }) => of)]);
}

async function keepEvents(client: pg.PoolClient, node: number, events: readonly CostEvent[]): Promise<void> {
  const ids = events.map(({ id }) => id);
  await client.query(DROP_EVENTS, [node, ids]);
  if (ids.length === 0) return;
  const texts = events.map((each) => JSON.stringify(each));
  await client.query(KEEP_EVENTS, [node, ids, events.map(({ analyzerId }) => analyzerId), texts]);
}

const onceEach = <T extends { readonly id: number }>(all: readonly T[]): readonly T[] => [
  ...new Map(all.map((each) => [each.id, each] as const)).values(),
];
