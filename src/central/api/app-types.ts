import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { OffsetAt } from '../../domain/grid.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import type { Contracts, Meters } from '../cost/ports.ts';
import type { ReadUsage } from '../cost/usage-rows.ts';
import type { CentreLive } from '../live/types.ts';
import type { History, Ingest, Registry } from '../ports.ts';
import type { Rules } from '../rules/ports.ts';

/** The centre's HTTP server: schemas of routes are zod's. */
export type CentreApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** All that the routes stand on. */
export type CentreDeps = {
  readonly registry: Registry;
  readonly ingest: Ingest;
  readonly history: History;
  readonly live: CentreLive;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Of an IANA zone; throws RangeError when it is not known. */
  readonly zoneOffset: (timezone: string) => OffsetAt;
  /** Whether PostgreSQL is there at this moment. */
  isDatabaseUp(): boolean;
};

/** The same with what costs are told from. */
export type AppDeps = CentreDeps & {
  readonly contracts: Contracts;
  readonly meters: Meters;
  readonly rules: Rules;
  readonly readUsage: ReadUsage;
};

/**
 * Who may call a route, in its `config`; one that does not say is for those who may `read`.
 * open: everybody. read: this machine, those trusted, the admin token. change: the admin token. deliver: the handler
 * asks `deliverer`, for it depends on the node.
 */
export type Access = 'open' | 'read' | 'change' | 'deliver';

/** What a route reads by itself, for the description of the API. */
export type Described = {
  readonly body?: { readonly type: string; readonly schema: z.ZodType };
  /** Name of what stands in place of `*`. */
  readonly rest?: string;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Its answer lasts as long as somebody listens, and takes none of the places for answers. */
    lasts?: boolean;
    /** Read and answered in no time where its body is small: more of them are taken at one time. */
    brief?: boolean;
    described?: Described;
  }
}
