import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What the tables of the first version are; `tables.ts` says what each column means. */
const FIRST: readonly string[] = [
  `CREATE TABLE nodes (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    location text NOT NULL,
    timezone text NOT NULL,
    lector_host text,
    lector_port integer,
    instance text,
    version text,
    clock_offset_ms double precision,
    added_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz
  )`,
  `CREATE TABLE node_tokens (
    sha256 bytea PRIMARY KEY,
    node_id bigint NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX node_tokens_of_node ON node_tokens (node_id)',
  `CREATE TABLE admin_tokens (
    sha256 bytea PRIMARY KEY,
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE TABLE allowed (
    cidr text NOT NULL,
    node_id bigint
  )`,
  'CREATE UNIQUE INDEX allowed_once ON allowed (cidr, coalesce(node_id, -1))',
  `CREATE TABLE models (
    name text PRIMARY KEY,
    vendor text NOT NULL,
    profile text,
    variables jsonb NOT NULL,
    edited boolean NOT NULL DEFAULT false
  )`,
  `CREATE TABLE analyzers (
    node_id bigint NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    id integer NOT NULL,
    name text NOT NULL,
    location text NOT NULL,
    vendor text NOT NULL,
    model text NOT NULL,
    recording_ms double precision,
    variables jsonb,
    last_end timestamptz,
    PRIMARY KEY (node_id, id)
  ) WITH (fillfactor = 70)`,
  `CREATE TABLE shapes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 bytea NOT NULL UNIQUE,
    variables jsonb NOT NULL
  )`,
  `CREATE TABLE records (
    end_at timestamptz NOT NULL,
    start_at timestamptz,
    received_at timestamptz NOT NULL DEFAULT now(),
    node_id bigint NOT NULL,
    ratio double precision,
    analyzer_id integer NOT NULL,
    generation integer NOT NULL,
    shape_id integer NOT NULL,
    n integer,
    expected integer,
    model text NOT NULL,
    "values" double precision[] NOT NULL,
    lows double precision[],
    highs double precision[],
    counts integer[],
    expecteds integer[],
    deltas double precision[],
    ages_ms double precision[],
    flags integer[],
    PRIMARY KEY (node_id, analyzer_id, end_at, generation)
  ) PARTITION BY RANGE (end_at)`,
  'CREATE TABLE records_default PARTITION OF records DEFAULT',
  `CREATE TABLE settings (
    key text PRIMARY KEY,
    value jsonb NOT NULL
  )`,
  // lectors on the centre's own machine may deliver from the start
  `INSERT INTO allowed (cidr, node_id) VALUES ('127.0.0.0/8', NULL), ('::1/128', NULL)`,
];

const CONTRACTS: readonly string[] = [
  `CREATE TABLE contracts (
    name text PRIMARY KEY,
    written text NOT NULL,
    hourly text,
    changed_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE TABLE assignments (
    node_id bigint NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    analyzer_id integer,
    from_day text NOT NULL,
    contract text NOT NULL REFERENCES contracts (name),
    FOREIGN KEY (node_id, analyzer_id) REFERENCES analyzers (node_id, id) ON DELETE CASCADE
  )`,
  'CREATE UNIQUE INDEX assignments_once ON assignments (node_id, coalesce(analyzer_id, -1), from_day)',
];

const SUMS_AND_EVENTS: readonly string[] = [
  `CREATE TABLE virtuals (
    node_id bigint NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    id integer NOT NULL,
    name text NOT NULL,
    location text NOT NULL,
    terms text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('site', 'centre')),
    PRIMARY KEY (node_id, id)
  )`,
  `CREATE TABLE events (
    node_id bigint NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    origin text NOT NULL CHECK (origin IN ('site', 'centre')),
    id integer NOT NULL,
    analyzer_id integer NOT NULL,
    event jsonb NOT NULL,
    PRIMARY KEY (node_id, origin, id)
  )`,
  // sums are charged by contracts too, and are no analyzers
  'ALTER TABLE assignments DROP CONSTRAINT assignments_node_id_analyzer_id_fkey',
];

const RULES: readonly string[] = [
  `CREATE TABLE rules (
    name text PRIMARY KEY,
    rule jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
  )`,
  // of a node or an analyzer that is gone the state says what has not been told as over yet
  `CREATE TABLE rule_states (
    rule text NOT NULL REFERENCES rules (name) ON DELETE CASCADE,
    node_id bigint NOT NULL,
    analyzer_id integer NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (rule, node_id, analyzer_id)
  )`,
  `CREATE TABLE rule_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule text NOT NULL REFERENCES rules (name) ON DELETE CASCADE,
    event text NOT NULL,
    body text NOT NULL,
    made_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    error text,
    blocks boolean NOT NULL DEFAULT false
  )`,
  'CREATE INDEX rule_messages_of_rule ON rule_messages (rule, id)',
];

const EVENT_NUMBERS: readonly string[] = [
  // the number of an event that was taken back is never that of another
  'ALTER TABLE nodes ADD COLUMN last_event integer NOT NULL DEFAULT 0',
  `UPDATE nodes SET last_event = last.id
    FROM (SELECT node_id, max(id) AS id FROM events WHERE origin = 'centre' GROUP BY node_id) AS last
    WHERE last.node_id = nodes.id`,
];

const statements = (texts: readonly string[]): Migration => ({
  async up(db: Kysely<unknown>) {
    for (const text of texts) await sql.raw(text).execute(db);
  },
});

/** In the order of their names; one that has been released never changes. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first': statements(FIRST),
  '0002-contracts': statements(CONTRACTS),
  '0003-sums-and-events': statements(SUMS_AND_EVENTS),
  '0004-rules': statements(RULES),
  '0005-event-numbers': statements(EVENT_NUMBERS),
};
