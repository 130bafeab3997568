import { reopenWaitMs } from '../../domain/backoff.ts';
import { LectorError, toFailure } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import { readSecret } from '../http/secret.ts';
import type { Destined, ExporterContext, LivePart } from '../ports.ts';
import type { Page } from './families.ts';
import { createGather } from './gather.ts';
import { type LagWatch, watchLag } from './lag.ts';
import { type MetricsServer, serveMetrics } from './server.ts';

/** Answers within so long are the same: many clients cost no more than one. */
const CACHE_MS = 1_000;
const TOKEN_MS = 5_000;
/** Wrong tokens are said no more often. */
const REFUSED_MS = 60_000;

/**
 * `<dataexport type="prometheus" target="127.0.0.1:9464">`: what is now, at http://127.0.0.1:9464/metrics, for
 * Prometheus to take. It owes nothing.
 */
export function createPrometheus(context: ExporterContext): Destined {
  return { exporter: null, live: createListener(context) };
}

/** Where it listens; `port` 0: any that is free, for tests. */
type Place = { readonly host: string; readonly port: number };

/** @throws LectorError EXPORT_FAILED for what is no address with a port. */
export function placeOf(target: string): Place {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^:/\s]+):(\d{1,5})$/.exec(target) ?? [];
  if (host !== '' && Number(port) <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  throw new LectorError('EXPORT_FAILED', `expected a target such as 127.0.0.1:9464, saw ${safe(target, 100)}`);
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

/** What listens and answers; `port` resolves when it does, or could not: null. */
export function createListener(context: ExporterContext): LivePart & { port(): Promise<number | null> } {
  const { clock, log, config, id } = context;
  let server: MetricsServer | null = null;
  let trouble: string | null = null;
  let attempt = 0;
  let timer: unknown = null;
  let phase: 'idle' | 'open' | 'closed' = 'idle';
  let lag: LagWatch | null = null;
  let starting = Promise.resolve();
  const page = createPage(context, () => lag?.take() ?? null);
  const token = cached(clock, TOKEN_MS, () => readSecret(config.options, 'token'));
  const refusals = createRefusals(context);

  const listen = async (): Promise<void> => {
    const place = placeOf(config.target);
    const { token_file: file, token_env: variable } = config.options;
    if (!isLoopback(place.host) && !file && !variable) {
      const todo = 'write <token_file>, or listen on 127.0.0.1';
      throw new LectorError(
        'EXPORT_FAILED',
        `others than this machine could read ${config.target} without a token: ${todo}`,
      );
    }
    // one that cannot be read is told at once, and not to the first who asks
    await token();
    const made = await serveMetrics({
      ...{ ...place, token, metrics: page, onRefused: refusals.count },
      onFailed: (error) => log.warn({ cause: safe(String(error)) }, `${id}: a client was not answered`),
    });
    if (phase === 'closed') return made.close();
    server = made;
    log.info(
      { port: made.port },
      `Prometheus finds metrics at http://${config.target.replace(/:\d+$/, '')}:${made.port}/metrics`,
    );
  };
  const tryOnce = async (): Promise<void> => {
    try {
      await listen();
      trouble = null;
    } catch (error) {
      const words = `${id}: ${listenWords(error, config.target)}`;
      if (words !== trouble) log.warn({}, `${words}. It is tried again, with waits of a minute at most`);
      trouble = words;
      attempt += 1;
      if (phase === 'open') timer = clock.setTimeout(begin, reopenWaitMs('tcp', attempt, null, context.random));
    }
  };
  const begin = () => {
    starting = tryOnce();
  };

  return {
    start() {
      if (phase !== 'idle') return;
      phase = 'open';
      lag = watchLag();
      begin();
    },
    installed() {},
    trouble: () => trouble,
    async port() {
      await starting;
      return server?.port ?? null;
    },
    async close() {
      phase = 'closed';
      clock.clearTimeout(timer);
      lag?.close();
      await starting;
      await server?.close();
      server = null;
    },
  };
}

/** What is served: made once for all who ask within a second. */
function createPage(context: ExporterContext, takeLag: () => ReturnType<LagWatch['take']>) {
  const gather = createGather(context);
  const families = cached(context.clock, CACHE_MS, () => gather(takeLag()));
  return async (isOpenMetrics: boolean): Promise<Page> => (await families()).text(isOpenMetrics);
}

/** Asks again when the answer is older than `ms`; one that failed is asked again at once. */
function cached<T>(clock: Clock, ms: number, ask: () => Promise<T>): () => Promise<T> {
  let known: { readonly at: number; readonly value: Promise<T> } | null = null;
  return () => {
    if (known !== null && clock.mono() - known.at < ms) return known.value;
    const asked = { at: clock.mono(), value: ask() };
    known = asked;
    asked.value.catch(() => {
      if (known === asked) known = null;
    });
    return asked.value;
  };
}

function createRefusals({ clock, log, id }: ExporterContext) {
  let [count, saidAt] = [0, Number.NEGATIVE_INFINITY];
  return {
    count(address: string) {
      count += 1;
      if (clock.mono() - saidAt < REFUSED_MS) return;
      saidAt = clock.mono();
      const clients = `${count} ${count === 1 ? 'request' : 'requests'}`;
      log.warn({ address, count }, `${id}: ${clients} without the right token, the last of ${safe(address, 60)}`);
      count = 0;
    },
  };
}

const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there: choose another port',
  EACCES: 'this user may not listen there: choose a port above 1023',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such name',
};

function listenWords(error: unknown, target: string): string {
  const words = WORDS[String((error as NodeJS.ErrnoException).code)];
  return words === undefined
    ? safe(toFailure(error, 'EXPORT_FAILED').message)
    : `cannot listen on ${safe(target)}: ${words}`;
}
