import { fromPromise } from 'xstate';
import { analyzerMachine } from '../../machines/analyzer.ts';
import type { AnalyzerInput, AnalyzerNews } from '../../machines/analyzer-setup.ts';
import type { ErrorCode, Failure } from '../../src/domain/errors.ts';
import { LectorError } from '../../src/domain/errors.ts';
import type { Window } from '../../src/domain/grid.ts';
import type { LineRequest } from '../../src/domain/queue.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { Identity } from '../../src/domain/store-port.ts';
import { epochMs } from '../../src/domain/units.ts';
import { profileOf, registerAt, specOf, variableOf } from '../support/profile.ts';
import { createSteppedClock, settleTurns } from '../support/stepped-clock.ts';
import { createHost, type Told } from './host.ts';

export const SECOND = 1000;

const REGISTERS = [100, 101, 900, 901, 902].map((address) => registerAt(`r${address}`, address));
/** Two blocks far from each other, so that a reading is two requests. */
const PROFILE = profileOf(REGISTERS, {
  limits: { registersMax: 20, step: 1, holes: 'illegal', timeoutMs: null },
  variables: [variableOf('U', ['r100', 'r101']), variableOf('I', ['r900', 'r901', 'r902'])],
});

/** One analyzer whose device, store and memory are played by hand. */
export async function createBench(own: Partial<AnalyzerInput> = {}) {
  const clock = createSteppedClock();
  const start = clock.now();
  const news: AnalyzerNews[] = [];
  const readings: Reading[] = [];
  const learnt: Identity[] = [];
  const modes: { readonly mode: string; readonly until: number | null }[] = [];
  const closed: Window[] = [];
  let storeError: LectorError | null = null;
  let waiting: LineRequest | null = null;
  const logic = analyzerMachine({ now: clock.now, mono: clock.mono, random: () => 0 }).provide({
    actors: {
      closeWindow: fromPromise(async ({ input }) => {
        if (storeError) throw storeError;
        closed.push(input.window);
      }),
    },
    actions: {
      keep: ({ context }) => {
        readings.push(...context.made.readings);
        if (context.made.learnt) learnt.push(context.made.learnt);
      },
      remember: (_, params) => void modes.push(params),
      announce: (_, params) => void news.push(params),
    },
  });
  const spec = specOf(PROFILE, { rapidConsultes: own.rapidMs ? ['I'] : [] });
  const input: AnalyzerInput = {
    ...{
      spec,
      readingMs: 10 * SECOND,
      rapidMs: null,
      identity: null,
      mode: 'running',
      pausedUntil: null,
      pausedBy: null,
    },
    ...own,
  };
  const host = createHost({ clock, name: 'analyzer:1', logic, input, listeners: ['device:1'] });
  await settleTurns();

  const swept = new Set<Told>();
  /** What the analyzer asked for and then took off the line waits no more. */
  const dropWithdrawn = (): void => {
    const last = host.told.findLastIndex((each) => each.event.type === 'WITHDRAW' && !swept.has(each));
    if (last < 0) return;
    swept.add(host.told[last]!);
    const withdrawn = host.told.slice(0, last).filter(({ event }) => event.type === 'REQUEST');
    for (const each of withdrawn) host.told.splice(host.told.indexOf(each), 1);
    waiting = null;
  };
  const takeRequest = (): LineRequest | null => {
    const asked = host.heard('device:1', 'REQUEST').map(({ request }) => request as LineRequest);
    if (asked.length > 1) throw new Error('two requests at a time');
    waiting = asked[0] ?? waiting;
    return waiting;
  };
  const reply = async (content: object): Promise<void> => {
    const request = takeRequest();
    if (request === null) throw new Error('nothing was asked');
    waiting = null;
    host.send({ type: 'REPLY', requestId: request.requestId, reply: content });
    await settleTurns();
  };
  const bench = {
    ...host,
    ...{ clock, start, news, readings, learnt, modes, closed },
    /** How it stands with the meter: "polling.waiting". */
    link() {
      const link = dotted(host.context() ? (host.state() as { readonly link: unknown }).link : null);
      // a pause looks at the clock now and then
      return link === 'paused.waiting' ? 'paused' : link;
    },
    recorder: () => (host.state() as { readonly recorder: string }).recorder,
    breakStore: (error: LectorError | null) => {
      storeError = error;
    },
    /** The request that waits for its reply. */
    request: takeRequest,
    async answer(): Promise<void> {
      const transaction = takeRequest()?.ask.transaction;
      const count = transaction?.kind === 'registers' ? transaction.count : 0;
      const words = Array.from({ length: count }, () => 7);
      await reply({ kind: 'answered', answer: { kind: 'words', words, at: clock.now(), tookMs: 5 } });
    },
    async fail(code: ErrorCode): Promise<void> {
      await reply({ kind: 'failed', failure: failureOf(code) });
    },
    async tell(event: Parameters<typeof host.send>[0]): Promise<void> {
      host.send(event);
      await settleTurns();
      if (event.type !== 'REPLY') dropWithdrawn();
    },
    /** A reading falls due, `afterMs` after the start by its nominal instant. */
    due: (afterMs: number, grid: 'normal' | 'rapid' = 'normal') =>
      bench.tell({ type: 'READ', due: { nominal: epochMs(start + afterMs), grid, missed: 0 } }),
    /** The window until `afterMs` after the start has ended. */
    ended: (afterMs: number) => bench.tell({ type: 'RECORD', window: windowUntil(start + afterMs) }),
    async connect(): Promise<void> {
      for (let n = 0; n < 10 && bench.link() === 'connecting'; n += 1) await bench.answer();
      if (bench.link() !== 'polling.waiting') throw new Error(`it is ${bench.link()}`);
    },
    /** Lets a request and its retries pass without an answer. */
    async beSilent(times: number): Promise<void> {
      for (let n = 0; n < times; n += 1) await bench.fail('LINE_TIMEOUT');
    },
    /** Seconds that pass, 100 ms at a time, until the next request. */
    async secondsToRequest(limit = 400): Promise<number> {
      const from = clock.mono();
      while (takeRequest() === null && clock.mono() - from < limit * SECOND) await clock.advance(100);
      return (clock.mono() - from) / SECOND;
    },
    /** Nominal instants after the start with what came of them. */
    outcomes: () =>
      readings.map(({ nominal, failure, values }) => [
        nominal - start,
        failure?.code ?? 'good',
        Object.keys(values).join(''),
      ]),
  };
  return bench;
}

export const failureOf = (code: ErrorCode): Failure => ({ code, message: `${code} of the test`, facts: {} });
export const storeError = (): LectorError => new LectorError('STORE_FULL', 'the disk is full');

const windowUntil = (end: number): Window => ({ start: epochMs(end - 60 * SECOND), end: epochMs(end) });

function dotted(state: unknown): string {
  if (typeof state === 'string') return state;
  const [[key, rest] = ['', '']] = Object.entries(state as object);
  return `${key}.${dotted(rest)}`;
}
