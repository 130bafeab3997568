import type { IsoTime } from './views.ts';

/** Paths of the centre's API that a lector calls, below the origin of its target. */
export const CENTRE_PATHS = {
  /** GET, open to all: `CentreAbout`. */
  about: '/api/v1/about',
  /** PUT, the node's token: `SiteWire`; answers 204. */
  site: (node: number) => `/api/v1/nodes/${node}/site`,
  /** POST, the node's token: NDJSON, one `RecordWire` a line, gzip or plain; answers 200 with `BatchAnswer`. */
  records: '/api/v1/records',
  /** GET `?from&to` (ISO, from exclusive, to inclusive), the node's token: `HoldingsAnswer`. */
  holdings: (node: number) => `/api/v1/nodes/${node}/holdings`,
} as const;

/** Header with `SiteWire.instance`, on every call of a lector. */
export const INSTANCE_HEADER = 'lector-instance';
/** Header with the lector's clock when it sent the call, ISO 8601. */
export const SENT_HEADER = 'lector-sent';

/** How the centre says what it is; anything else at that path is not ours. */
export type CentreAbout = {
  readonly product: 'lector';
  readonly role: 'centre';
  readonly version: string;
  /** Of the API; raised when something that was there changes its meaning. */
  readonly api: 1;
  /** Most records and bytes (as sent, and unpacked) of one batch. */
  readonly batch: { readonly records: number; readonly bytes: number; readonly unpackedBytes: number };
  readonly now: IsoTime;
};

/**
 * stored: durable now. duplicate: it was there already, the same. differs: another record of that identity is there;
 * this one was not stored. refused: it can never be stored. later: not now, send it again.
 */
export const RECORD_STATUSES = ['stored', 'duplicate', 'differs', 'refused', 'later'] as const;
export type RecordStatus = (typeof RECORD_STATUSES)[number];

/** One result a line of the batch, in its order. An answer without it, or of another length, acknowledges nothing. */
export type BatchAnswer = {
  readonly product: 'lector';
  readonly results: readonly { readonly status: RecordStatus; readonly reason?: string }[];
};

export type HeldRecord = readonly [analyzer: number, end: number, generation: number, bare?: number];

/** What a centre holds of a node: identities of records with end in (from, to], by analyzer and end. */
export type HoldingsAnswer = {
  readonly node: number;
  /** `[analyzer, end in ms since the epoch, generation]`, and 1 where an old lector's reading stands for the record. */
  readonly records: readonly HeldRecord[];
  /** What ends before, ms since the epoch, is not kept there; null, or left out: all is. */
  readonly since?: number | null;
};

/** Longest span that one HOLDINGS call may ask for, ms. */
export const HOLDINGS_SPAN_MAX_MS = 31 * 86_400_000;

/** RFC 9457: how the centre says that something failed (`application/problem+json`). */
export type ProblemWire = {
  /** `/problems/<code>` of {@link PROBLEM_CODES}. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What was expected, what was seen, what to do next. */
  readonly detail: string;
};

export const PROBLEM_CODES = [
  'bad-request',
  'not-authenticated',
  'not-allowed',
  'not-found',
  /** Another lector feeds this node already: one of the two has the wrong node id. */
  'node-taken',
  'conflict',
  'too-large',
  'too-many-requests',
  /** The node's own lector does not answer. */
  'lector-unreachable',
  /** The database is not there, full, or overloaded: Retry-After says when to come back. */
  'unavailable',
  'unexpected',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];
