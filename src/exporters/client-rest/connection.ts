import { LectorError } from '../../domain/errors.ts';
import type { HttpClient } from '../../http/client.ts';
import type { CentreAbout } from '../../protocol/centre-wire.ts';
import { readSecret } from '../http/secret.ts';
import type { ExporterContext } from '../ports.ts';
import { askAbout, type CentreCalls, putSite } from './our-centre.ts';

/** After this time it is asked again who is there. */
export const ASK_AGAIN_MS = 3_600_000;

/** Answers to what the site is that concern nothing else: it is not understood, or too large. */
const UNTOLD: readonly number[] = [400, 413, 422];

/** Who is there. `about` null: the predecessor's centre, or another that takes its call. */
export type Connection = { readonly calls: CentreCalls; readonly about: CentreAbout | null; readonly since: number };

export type Connecting = {
  /** The connection as it is, or a new one. Rejects in words while there is none. */
  open(): Promise<Connection>;
  current(): Connection | null;
  /** Something failed: it is asked anew. */
  drop(): void;
  /** What the site is has changed, and is told at the next `open`. */
  siteChanged(): void;
  /** Why there is none; null: there is one, or it was not tried yet. */
  trouble(): string | null;
};

type ConnectingOptions = {
  readonly http: HttpClient;
  readonly origin: string;
  /** It was asked and is there: also hourly, for a centre that was away between two deliveries is not missed. */
  readonly onConnected: (connection: Connection) => void;
};

/** Asks a centre which one it is, tells ours who this is, and remembers both for an hour, or until something fails. */
export function createConnecting(context: ExporterContext, o: ConnectingOptions): Connecting {
  const { clock, config, log } = context;
  let connection: Connection | null = null;
  let opening: Promise<Connection> | null = null;
  let isSiteTold = false;
  let wasOurs = false;
  let trouble: string | null = null;

  /** What a site is called is no reason to keep its records: they are delivered all the same. */
  const goOnWithout = (error: LectorError): void => {
    if (!UNTOLD.includes(Number(error.facts.status))) throw error;
    const words = 'the centre takes records, but not what this site and its analyzers are called';
    log.warn({ exporter: context.id }, `${words}: ${error.message}`);
  };

  const connect = async (): Promise<Connection> => {
    const token = await readSecret(config.options, 'token');
    const { instance } = context.site();
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const { offsetAt } = context;
    const calls = { http: o.http, origin: o.origin, clock, offsetAt, instance, headers };
    const about = await askAbout(calls);
    if (about === null && wasOurs) throw otherThanBefore(o.origin);
    if (about !== null) {
      // what changes from here on is told at the next one
      isSiteTold = true;
      await putSite(calls, context.site()).catch(goOnWithout);
      if (!wasOurs) log.info({ exporter: context.id, version: about.version }, `${o.origin} is a centre of Lector`);
      wasOurs = true;
    }
    return { calls, about, since: clock.mono() };
  };

  const reconnect = async (): Promise<Connection> => {
    try {
      const opened = await connect();
      connection = opened;
      trouble = null;
      o.onConnected(opened);
      return opened;
    } catch (error) {
      connection = null;
      trouble = (error as Error).message;
      throw error;
    } finally {
      opening = null;
    }
  };

  return {
    async open() {
      const isFresh = connection !== null && clock.mono() - connection.since < ASK_AGAIN_MS;
      if (connection !== null && isFresh && (isSiteTold || connection.about === null)) return connection;
      opening ??= reconnect();
      return opening;
    },
    current: () => connection,
    drop() {
      connection = null;
    },
    siteChanged() {
      isSiteTold = false;
    },
    trouble: () => trouble,
  };
}

/** A proxy in trouble must not make us send less than the centre can take. */
function otherThanBefore(origin: string): LectorError {
  const words = 'it was a centre of Lector before, and does not say so any more';
  return new LectorError('EXPORT_FAILED', `${origin}: ${words}; if another took its place, restart this lector`);
}
