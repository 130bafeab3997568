import type { Pace } from './paces.ts';

/** How the API may be reached, and by whom. */
export type ApiSettings = {
  /** Address that it will listen on: where that is this machine alone, requests must name this machine. */
  readonly host: string;
  /** Addresses and nets that may read without a token, besides this machine. */
  readonly trust: readonly string[];
  /** Addresses and nets of proxies whose X-Forwarded-For is believed; empty: nobody's. */
  readonly proxies: readonly string[];
  /** Names under which people reach it, besides localhost, in small letters. */
  readonly names: readonly string[];
  /** PEM; null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly limits: ApiLimits;
};

export type ApiLimits = {
  /** Each caller, of everything but deliveries. */
  readonly reads: Pace;
  /** Tokens that are none, of each caller. */
  readonly wrongTokens: Pace;
  /** A request must be there whole after this, its headers sooner; ms. */
  readonly requestMs: number;
  readonly headersMs: number;
  /** Between two looks at them. */
  readonly lookMs: number;
  /** A connection on which nothing moves; ms. */
  readonly idleMs: number;
  readonly connections: number;
  /** Of them, those of one caller that is no proxy. */
  readonly ofOneCaller: number;
  /** That are being made at one time for one caller: he waits for the others. */
  readonly answers: number;
  /** The same of those that are brief: each commit of a database takes what has arrived. */
  readonly briefAnswers: number;
};

export const API_LIMITS: ApiLimits = {
  reads: { perSecond: 50, burst: 1_000 },
  wrongTokens: { perSecond: 1 / 6, burst: 10 },
  requestMs: 60_000,
  headersMs: 15_000,
  lookMs: 5_000,
  idleMs: 120_000,
  connections: 4_000,
  ofOneCaller: 500,
  answers: 8,
  briefAnswers: 64,
};

/** A site's clock that is further from ours is told, ms. */
export const CLOCK_OFF_MS = 10_000;

export const HOST = '127.0.0.1';
export const PORT = 50_080;

export const API_SETTINGS: ApiSettings = {
  host: HOST,
  trust: [],
  proxies: [],
  names: [],
  tls: null,
  limits: API_LIMITS,
};
