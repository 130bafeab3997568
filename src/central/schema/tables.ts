import type { ColumnType, Generated } from 'kysely';
import type { CostEvent } from '../../domain/cost-event.ts';
import type { Aggregate } from '../../domain/profile.ts';
import type { VariableView } from '../../protocol/answers.ts';

type Stamp = ColumnType<Date, Date | string, Date | string>;
type StampOrNull = ColumnType<Date | null, Date | string | null, Date | string | null>;

/** The centre's tables as Kysely sees them; the migrations make them. */
export type Tables = {
  readonly nodes: NodesTable;
  readonly node_tokens: NodeTokensTable;
  readonly admin_tokens: AdminTokensTable;
  readonly allowed: AllowedTable;
  readonly models: ModelsTable;
  readonly analyzers: AnalyzersTable;
  readonly shapes: ShapesTable;
  readonly records: RecordsTable;
  readonly settings: SettingsTable;
  readonly contracts: ContractsTable;
  readonly assignments: AssignmentsTable;
  readonly virtuals: VirtualsTable;
  readonly events: EventsTable;
  readonly rules: RulesTable;
  readonly rule_states: RuleStatesTable;
  readonly rule_messages: RuleMessagesTable;
};

export type NodesTable = {
  id: number;
  name: string;
  location: string;
  timezone: string;
  /** Its own control port, for what is asked live; null: not reachable from here. */
  lector_host: string | null;
  lector_port: number | null;
  /** Of the data folder that feeds it; null: none has yet, or an old lector does. */
  instance: string | null;
  version: string | null;
  /** How far its clock was ahead of ours when it was last heard, ms. */
  clock_offset_ms: number | null;
  added_at: Generated<Date>;
  seen_at: StampOrNull;
  /** Greatest id that an event entered here has had; it is given once. */
  last_event: Generated<number>;
};

/** Tokens are stored as SHA-256 only. */
export type NodeTokensTable = { sha256: Buffer; node_id: number; label: string; created_at: Generated<Date> };
export type AdminTokensTable = { sha256: Buffer; label: string; created_at: Generated<Date> };

/** Addresses that may deliver without a token; `node_id` null: for any node. */
export type AllowedTable = { cidr: string; node_id: number | null };

/** Models with what they measure, seeded from the profiles; `edited`: changed by hand, and left alone from then on. */
export type ModelsTable = {
  name: string;
  vendor: string;
  profile: string | null;
  variables: ColumnType<readonly VariableView[], string, string>;
  edited: Generated<boolean>;
};

export type AnalyzersTable = {
  node_id: number;
  id: number;
  name: string;
  location: string;
  vendor: string;
  model: string;
  recording_ms: number | null;
  /** null: those of its model. */
  variables: ColumnType<readonly VariableView[] | null, string | null, string | null>;
  /** Of the newest record that is not ahead of the clock. */
  last_end: StampOrNull;
};

/** What the flat lists of a record stand for: shared by all records of the same variables. */
export type Shape = readonly { readonly code: string; readonly aggregate: Aggregate; readonly count: number }[];
export type ShapesTable = {
  id: Generated<number>;
  sha256: Buffer;
  variables: ColumnType<Shape, string, string>;
};

/**
 * Partitioned by month of `end_at` (UTC); what is far from any month that can be right lies in the default partition.
 * Lists are flat, in the order of the shape; a list that says nothing new is null, as the row codec tells.
 */
export type RecordsTable = {
  node_id: number;
  analyzer_id: number;
  end_at: Stamp;
  generation: number;
  /** null: an old lector does not say. */
  start_at: StampOrNull;
  received_at: Generated<Date>;
  ratio: number | null;
  model: string;
  shape_id: number;
  n: number | null;
  expected: number | null;
  values: readonly (number | null)[];
  lows: readonly (number | null)[] | null;
  highs: readonly (number | null)[] | null;
  counts: readonly number[] | null;
  /** One a variable. */
  expecteds: readonly number[] | null;
  /** Counters only, in the order of the shape. */
  deltas: readonly (number | null)[] | null;
  /** One a counter variable, ms before the end. */
  ages_ms: readonly (number | null)[] | null;
  /** One a counter variable, bits of the flags. */
  flags: readonly number[] | null;
};

export type SettingsTable = { key: string; value: ColumnType<unknown, string, string> };

/** `written`: the JSON that somebody wrote; `hourly`: the file of prices by the hour that it names. */
export type ContractsTable = { name: string; written: string; hourly: string | null; changed_at: Stamp };

/** `analyzer_id` null: every analyzer of the node without its own. `from_day`: a local date, `2026-01-01`. */
export type AssignmentsTable = { node_id: number; analyzer_id: number | null; from_day: string; contract: string };

/** site: the lector of the node tells it, and takes it back; centre: somebody entered it here. */
export type Origin = 'site' | 'centre';

/** Sums of analyzers. `terms`: `1 - 5`, as `parseVirtual` reads it. */
export type VirtualsTable = {
  node_id: number;
  id: number;
  name: string;
  location: string;
  terms: string;
  origin: Origin;
};

/** `id`: each once of its origin. */
export type EventsTable = {
  node_id: number;
  origin: Origin;
  id: number;
  analyzer_id: number;
  event: ColumnType<CostEvent, string, string>;
};

/** `rule`: as `src/central/rules/rule.ts` has it. */
export type RulesTable = { name: string; rule: ColumnType<unknown, string, string>; changed_at: Stamp };

/** What is remembered of a rule and one analyzer, or virtual meter. */
export type RuleStatesTable = {
  rule: string;
  node_id: number;
  analyzer_id: number;
  state: ColumnType<unknown, string, string>;
};

/** What the webhook of a rule has not acknowledged. `blocks`: those after it wait, for the address answers nothing. */
export type RuleMessagesTable = {
  id: Generated<number>;
  rule: string;
  event: string;
  body: string;
  made_at: Stamp;
  tries: Generated<number>;
  next_at: StampOrNull;
  error: string | null;
  blocks: Generated<boolean>;
};
