import { durationText } from '../../central/api/page-text.ts';
import { CLOCK_OFF_MS } from '../../central/api/settings.ts';
import type { NodeRow } from '../../central/ports.ts';
import { postgresHolder } from '../../central/postgres/postgres.ts';
import { safe } from '../../domain/safe.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { jsonText } from '../ctl/json-text.ts';
import type { PlaceOptions } from './options.ts';
import { type Opened, type Place, placeOf, withCentre } from './place.ts';
import { counted, isoOrNull, printRows, timeText } from './print.ts';

/** `lector central status`: whether it runs, what it holds, and when each site was heard last. */
export async function status(options: PlaceOptions): Promise<number> {
  const place = placeOf(options, process.env, process.cwd());
  // asked before this command takes the folder itself
  const holder = 'dir' in place ? await postgresHolder(place.dir) : null;
  const pid = holder?.role === 'serving' ? holder.pid : null;
  return withCentre(options, async (opened) => {
    const about = await aboutOf(opened);
    if (options.json === true) process.stdout.write(jsonText({ ...placeView(place), pid, ...viewOf(about) }));
    else print(options, { place, pid }, about);
    return 0;
  });
}

type About = Awaited<ReturnType<typeof aboutOf>>;

async function aboutOf({ registry, database }: Opened) {
  const [nodes, analyzers, days, allowed] = await Promise.all([
    registry.nodes(),
    registry.analyzers(null),
    registry.retentionDays(),
    registry.allowed(),
  ]);
  const sites = nodes.map((node) => {
    const own = analyzers.filter((each) => each.node === node.id);
    const ends = own.flatMap(({ lastEnd }) => lastEnd ?? []);
    return { node, analyzers: own.length, last: ends.length === 0 ? null : epochMs(Math.max(...ends)) };
  });
  const { rows } = await database.pool.query(SIZE);
  const { bytes, counted: exact, estimated } = rows[0] as { bytes: number; counted: number; estimated: number };
  const isExact = exact < COUNTED_MAX;
  const records = isExact ? exact : Math.max(exact, Math.round(estimated));
  return { sites, analyzers: analyzers.length, days, allowed, bytes, records, isExact };
}

/** So many are counted; of more PostgreSQL's own estimate will do, for counting a year of them takes seconds. */
const COUNTED_MAX = 100_000;
const SIZE = `SELECT pg_database_size(current_database())::float8 AS bytes,
  (SELECT count(*) FROM (SELECT 1 FROM records LIMIT ${COUNTED_MAX}))::float8 AS counted,
  (SELECT coalesce(sum(greatest(c.reltuples, 0)), 0) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'records'::regclass)::float8 AS estimated`;

const placeView = (place: Place) => ('dir' in place ? { data: place.dir } : { data: null });

const viewOf = ({ sites, analyzers, days, allowed, bytes, records, isExact }: About) => ({
  nodes: sites.map(({ node, analyzers: count, last }) => ({
    ...siteView(node),
    analyzers: count,
    last: isoOrNull(last),
  })),
  ...{ analyzers, retentionDays: days, allowed, bytes, records, recordsAreCounted: isExact },
});

const siteView = ({ id, name, version, seenAt, clockOffsetMs }: NodeRow) => ({
  ...{ id, name, version, clockOffsetMs, seen: isoOrNull(seenAt) },
});

type Where = { readonly place: Place; readonly pid: number | null };

function print(options: PlaceOptions, { place, pid }: Where, about: About): void {
  const runs = pid === null ? 'no centre runs on it' : `the centre on it is process ${pid}`;
  const where = 'dir' in place ? `${safe(place.dir)}: ${runs}` : 'the PostgreSQL of --database';
  const kept = about.days === null ? 'kept for ever' : `kept for ${counted(about.days, 'day')}`;
  const records = `${about.isExact ? '' : 'about '}${counted(about.records, 'record')}`;
  const size = `${Math.ceil(about.bytes / 1_000_000)} MB, ${records}, ${kept}`;
  const counts = `${counted(about.sites.length, 'node')}, ${counted(about.analyzers, 'analyzer')}`;
  process.stdout.write(`${where}\n${counts}; ${size}\n\n`);
  printRows(options, {
    documents: [],
    rows: about.sites.map(({ node, analyzers, last }) => ({
      node: node.id,
      name: node.name,
      analyzers,
      'last record': timeText(last),
      heard: timeText(node.seenAt),
      clock: clockText(node.clockOffsetMs),
    })),
    nothing: 'no site has delivered yet',
  });
}

function clockText(offsetMs: EpochMs | number | null): string | null {
  if (offsetMs === null) return null;
  if (Math.abs(offsetMs) < CLOCK_OFF_MS) return 'right';
  return `${durationText(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}
