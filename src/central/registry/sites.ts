import type pg from 'pg';
import { safe } from '../../domain/safe.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { SiteWire } from '../../protocol/site-wire.ts';
import { createFewAtOnce } from '../few-at-once.ts';
import type { Registry } from '../ports.ts';
import { noNode } from './nodes.ts';
import { checkId, checkText, checkZone, lineOf, type RegistryParts, refused } from './parts.ts';
import { createShortMemory } from './short-memory.ts';
import { checkSums, keepSums, tidiedSums } from './site-sums.ts';

/** How often it is noted that a node was heard, ms: its calls come every few seconds. */
const SEEN_EVERY_MS = 60_000;
/** Twice what one lector is made for. */
const ANALYZERS_MAX = 4_000;
/** Sites that are kept at one time: one waits for the other of its node, and keeps a connection meanwhile. */
const ACCEPTING_MAX = 2;

type Sites = Pick<Registry, 'acceptSite' | 'mayFeed' | 'replaceLector'>;
type Bound = { readonly instance: string | null; readonly name: string; readonly seen_at: Date | null };

export function createSites({ database, clock, log }: RegistryParts): Sites {
  const { pool } = database;
  const few = createFewAtOnce(ACCEPTING_MAX);
  const boundNodes = createShortMemory<number, Bound>(clock);
  const seen = new Map<number, EpochMs>();

  async function boundOf(node: number): Promise<Bound | null> {
    const kept = boundNodes.get(node);
    if (kept !== undefined) return kept;
    const { rows } = await pool.query<Bound>('SELECT instance, name, seen_at FROM nodes WHERE id = $1', [node]);
    const [found] = rows;
    if (found !== undefined) boundNodes.set(node, found);
    return found ?? null;
  }

  async function noteSeen(node: number): Promise<void> {
    const now = clock.now();
    if (Math.abs(now - (seen.get(node) ?? 0)) < SEEN_EVERY_MS) return;
    seen.set(node, now);
    await pool.query('UPDATE nodes SET seen_at = $2 WHERE id = $1', [node, new Date(now)]);
  }

  async function accept(told: SiteWire, receivedAt: EpochMs, register: boolean): ReturnType<Sites['acceptSite']> {
    const site = tidied(told);
    checkSite(site);
    checkSums(site);
    const { node, instance } = site;
    const client = await pool.connect();
    let failed = true;
    let replaced: readonly number[] = [];
    try {
      await client.query('BEGIN');
      const bound = await lockNode(client, site, register);
      const isTaken = bound !== null && bound.instance !== null && bound.instance !== instance;
      if (bound !== null && !isTaken) {
        await keepSite(client, site, receivedAt);
        replaced = await keepSums(client, site);
      }
      await client.query('COMMIT');
      failed = false;
      if (bound === null) return { kind: 'unknown', words: noNode(node).message };
      if (isTaken) return { kind: 'taken', words: takenWords(node, bound, instance) };
      for (const id of replaced) {
        const words = 'was made here; from now on it is what its lector tells';
        log.info({ node }, `virtual meter ${id} of node ${node} ${words}`);
      }
      if (bound.instance === null) log.info({ node, instance }, `node ${node} is fed by the lector ${instance}`);
    } finally {
      if (failed) await client.query('ROLLBACK').catch(() => undefined);
      client.release(failed);
      boundNodes.delete(node);
    }
    return { kind: 'accepted' };
  }

  return {
    acceptSite: (told, receivedAt, register) => few(() => accept(told, receivedAt, register)),
    async mayFeed(node, instance) {
      const bound = await boundOf(node);
      if (bound === null) return { ok: true };
      if (instance !== null && bound.instance !== null && bound.instance !== instance) {
        return { ok: false, words: takenWords(node, bound, instance) };
      }
      await noteSeen(node);
      return { ok: true };
    },
    async replaceLector(id) {
      const { rowCount } = await pool.query('UPDATE nodes SET instance = NULL WHERE id = $1', [id]);
      boundNodes.delete(id);
      if (rowCount !== 1) throw noNode(id);
    },
  };
}

function checkSite({ node, version, timezone, instance, now, analyzers }: SiteWire): void {
  checkId('node', node);
  for (const [what, text] of Object.entries({ version, instance })) checkText(`${what} of a node`, text);
  checkZone(timezone);
  if (instance === '') throw refused('expected the instance of the lector, saw none');
  if (!Number.isFinite(Date.parse(now))) throw refused(`expected an ISO time for now, saw "${safe(now, 60)}"`);
  if (analyzers.length > ANALYZERS_MAX) {
    throw refused(`expected at most ${ANALYZERS_MAX} analyzers of a node, saw ${analyzers.length}`);
  }
  for (const { id } of analyzers) checkId('analyzer', id);
}

/** Names are what people wrote at the site: one that is no line of a usual length costs no record, but its end. */
function tidied(site: SiteWire): SiteWire {
  const analyzers = site.analyzers.map((each) => ({
    ...each,
    ...{ name: lineOf(each.name), location: lineOf(each.location) },
    ...{ vendor: lineOf(each.vendor), model: lineOf(each.model) },
    variables: each.variables.map((one) => ({ ...one, description: lineOf(one.description) })),
  }));
  return { ...site, name: lineOf(site.name), location: lineOf(site.location), analyzers, ...tidiedSums(site) };
}

/** The node as it was before, made where there is none and it may be; null: there is none. */
async function lockNode(client: pg.PoolClient, site: SiteWire, register: boolean): Promise<Bound | null> {
  const { node, name, location, timezone } = site;
  if (register) {
    const make = `INSERT INTO nodes (id, name, location, timezone) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;
    await client.query(make, [node, name, location, timezone]);
  }
  const { rows } = await client.query<Bound>('SELECT instance, name, seen_at FROM nodes WHERE id = $1 FOR UPDATE', [
    node,
  ]);
  return rows[0] ?? null;
}

const KEEP_NODE = `UPDATE nodes SET name = $2, location = $3, timezone = $4, version = $5, instance = $6,
  clock_offset_ms = $7, seen_at = $8 WHERE id = $1`;

const KEEP_ANALYZERS = `INSERT INTO analyzers AS old
    (node_id, id, name, location, vendor, model, recording_ms, variables)
  SELECT $1::bigint, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::jsonb[])
    AS told (id, name, location, vendor, model, recording_ms, variables)
  ORDER BY id
  ON CONFLICT (node_id, id) DO UPDATE SET name = excluded.name, location = excluded.location,
    vendor = excluded.vendor, model = excluded.model, recording_ms = excluded.recording_ms,
    variables = excluded.variables
  WHERE (old.name, old.location, old.vendor, old.model, old.recording_ms, old.variables) IS DISTINCT FROM
    (excluded.name, excluded.location, excluded.vendor, excluded.model, excluded.recording_ms, excluded.variables)`;

async function keepSite(client: pg.PoolClient, site: SiteWire, receivedAt: EpochMs): Promise<void> {
  const { node, name, location, timezone, version, instance } = site;
  const offsetMs = epochMs(Date.parse(site.now)) - receivedAt;
  const own = [node, name, location, timezone, version, instance, offsetMs, new Date(receivedAt)];
  await client.query(KEEP_NODE, own);
  const analyzers = [...new Map(site.analyzers.map((each) => [each.id, each] as const)).values()];
  if (analyzers.length === 0) return;
  await client.query(KEEP_ANALYZERS, [
    node,
    analyzers.map(({ id }) => id),
    analyzers.map((each) => each.name),
    analyzers.map((each) => each.location),
    analyzers.map(({ vendor }) => vendor),
    analyzers.map(({ model }) => model),
    analyzers.map(({ recordingMs }) => recordingMs),
    analyzers.map(({ variables }) => JSON.stringify(variables)),
  ]);
}

/** Short enough that a lector shows all of it, for what to do is at its end. */
function takenWords(node: number, { instance, name, seen_at }: Bound, asking: string): string {
  const heard = seen_at === null ? '' : `, last heard ${seen_at.toISOString().slice(0, 19)}Z`;
  const other = `another lector (instance ${shortOf(String(instance))}${heard})`;
  const correct = 'one of the two has the wrong node id in its config.xml';
  const replace = `if this one replaces the other: lector central node replace ${node}`;
  const mine = `not by this one (${shortOf(asking)})`;
  return `node ${node} "${safe(name, 40)}" is fed by ${other}, ${mine}: ${correct}; ${replace}`;
}

/** The beginning of a UUID tells two lectors apart. */
const shortOf = (instance: string): string => safe(instance.slice(0, 13));
