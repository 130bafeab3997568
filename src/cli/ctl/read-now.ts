import type { AnalyzerView, ClientEvent, LectorClient, ReadingView } from '../../client/index.ts';
import { LectorError } from '../../domain/errors.ts';
import { type Call, serverNow } from './call.ts';
import { doToEach } from './everybody.ts';
import { type Values, valuesText } from './value-tables.ts';

/** Longest wait for a forced reading unless told, s: a slow line with others on it, and a meter that is identified. */
const WAIT_S = 10;

/** Reads meters at once, beside their grid, and prints what they say, or why they do not. */
export async function readNow(call: Call): Promise<number> {
  const { client, host, options, words } = call;
  const news = listenTo(client);
  try {
    await news.ready;
    const waitMs = (options.timeout ?? WAIT_S) * 1000;
    const ask = async (target: string): Promise<ReadNow> => {
      const before = await client.status(target);
      if ('analyzers' in before) {
        throw new LectorError('USAGE', `expected the id or name of an analyzer, saw line:${before.id}`);
      }
      const reading = await readingOf({ before, news, client, host, waitMs });
      return { id: before.id, reading };
    };
    if (options.json === true) return await doToEach(call, 'readnow', words, ask, () => '');
    const shown = async (target: string): Promise<Values> => {
      const answer = await ask(target);
      return { ...answer, defs: await client.defs(answer.id) };
    };
    return await doToEach(call, 'readnow', words, shown, (views) => valuesText(views, host.screen, serverNow(call)));
  } finally {
    news.end();
  }
}

type ReadNow = { readonly id: number; readonly reading: ReadingView };

/** What happens from now on, for several that wait for something of it. */
type News = {
  /** From here on nothing is missed. */
  readonly ready: Promise<void>;
  /** Calls back with each event; returns the function that ends it. */
  each(listener: (event: ClientEvent) => void, failed: (error: unknown) => void): () => void;
  end(): void;
};

function listenTo(client: LectorClient): News {
  const end = new AbortController();
  const listeners = new Map<(event: ClientEvent) => void, (error: unknown) => void>();
  const ready = Promise.withResolvers<void>();
  const listen = async () => {
    for await (const event of client.subscribe(['readings', 'states'], { signal: end.signal })) {
      if (event.event === 'snapshot') ready.resolve();
      for (const listener of listeners.keys()) listener(event);
    }
  };
  listen().catch((error) => {
    ready.reject(error);
    for (const failed of listeners.values()) failed(error);
  });
  return {
    ready: ready.promise,
    each(listener, failed) {
      listeners.set(listener, failed);
      return () => void listeners.delete(listener);
    },
    end: () => end.abort(),
  };
}

type Wait = Pick<Call, 'client' | 'host'> & {
  readonly before: AnalyzerView;
  readonly news: News;
  readonly waitMs: number;
};

/** Asks for a reading and waits for it; rejects with COMMAND_REFUSED, in words, when there is none. */
function readingOf({ before, news, client, host, waitMs }: Wait): Promise<ReadingView> {
  const { id } = before;
  const { promise, resolve, reject } = Promise.withResolvers<ReadingView>();
  const forget = news.each((event) => {
    if (event.event === 'reading' && event.data.id === id && event.data.reading.forced) {
      const { reading } = event.data;
      if (hasValue(reading)) resolve(reading);
      else reject(notRead(id, reading.failure?.message ?? 'the meter gave no value'));
    }
    if (event.event === 'analyzer' && event.data.id === id && hasGivenUp(before, event.data)) {
      reject(notRead(id, event.data.error?.message ?? `it is ${event.data.state}`));
    }
  }, reject);
  const cancel = host.after(waitMs, () => {
    const late = (why: string) => reject(notRead(id, `no reading within ${waitMs / 1000} s${why}`));
    client.status(id).then(
      ({ error, state }) => late(`; it is ${state}${error === null ? '' : `: ${error.message}`}`),
      () => late(''),
    );
  });
  client.readNow(id).catch(reject);
  return promise.finally(() => {
    forget();
    cancel();
  });
}

const hasValue = ({ values }: ReadingView): boolean =>
  Object.values(values).some((list) => list.some((value) => value !== null));

/** It was tried and failed once more, or was taken off meanwhile. */
function hasGivenUp(before: AnalyzerView, { state, attempt, since }: AnalyzerView): boolean {
  if (state === 'failed') return before.state !== 'failed' || attempt !== before.attempt || since !== before.since;
  return state !== before.state && ['paused', 'stopped', 'held', 'disabled'].includes(state);
}

function notRead(id: number, why: string): LectorError {
  const hint = `"lector ctl why ${id}" says what happened to it`;
  return new LectorError('COMMAND_REFUSED', `analyzer ${id} was not read: ${why}`, { code: 'NOT_READY', hint });
}
