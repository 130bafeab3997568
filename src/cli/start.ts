import { createClient } from '../client/index.ts';
import { systemClock } from '../clock.ts';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import { holderOf } from '../store/folder-lock.ts';
import type { ServeOptions } from './options.ts';
import { type ServerPlaces, serverPlaces } from './server-address.ts';
import { type ServerChild, startServer } from './start-child.ts';
import { type Answering, clientOptions, openScreen } from './top.ts';

/** Between two looks whether the server answers yet. */
const LOOK_MS = 50;
/** A wait that a person would wonder about is said. */
const WONDER_MS = 2_000;
/** A store of years opens in seconds; what does not answer by then has nowhere to answer. */
const START_MS = 60_000;
/** One that runs already may be about to stop, or have just begun. */
const JOIN_MS = 10_000;
/** The terminal sends one press of Ctrl+C once, npm may send it again. */
const SAME_PRESS_MS = 250;

const clock = systemClock();

/**
 * `lector serve --top`, and `npm start` on a terminal: the screen over the server of this configuration. One that runs
 * already is joined, and never stopped. Else it is started in a session of its own, and goes on when the terminal goes;
 * whoever leaves the screen is asked. Resolves with the exit code; a server that does not start has said why on stderr,
 * and its exit code counts. Rejects with STORE_LOCKED when the one that runs does not answer.
 */
export async function start(options: ServeOptions): Promise<number> {
  const places = serverPlaces(options, process.env, process.cwd());
  const holder = await holderOf(places.dataDir);
  const running = holder === null ? null : await joined(places, holder);
  return running === null ? startOwn(places, options) : watch(running, places, options);
}

/** The server that holds the data folder, once it answers; null when it ended meanwhile. */
async function joined(places: ServerPlaces, pid: number): Promise<Answering | null> {
  const isGone = async () => (await holderOf(places.dataDir)) !== pid;
  const running = await answering(places, pid, JOIN_MS, isGone);
  if (running !== null || (await isGone())) return running;
  const where = places.addresses.map(({ words }) => words).join(' and at ');
  const what = `the data folder ${safe(places.dataDir)} is in use by process ${pid}, which does not answer at ${where}`;
  throw new LectorError('STORE_LOCKED', `${what}; look into its log in ${safe(places.logDir)}, or stop it`, { pid });
}

async function watch(running: Answering, { dataDir }: ServerPlaces, options: ServeOptions): Promise<number> {
  say(`Lector runs already (process ${running.pid}): the screen shows it.`);
  const code = await openScreen(running, options);
  // it may have ended under the screen, and another begun in its place
  const holder = await holderOf(dataDir);
  say(holder === null ? endedBefore(running.pid) : goesOn(holder, options));
  return code;
}

async function startOwn(places: ServerPlaces, options: ServeOptions): Promise<number> {
  const child = startServer(places);
  const signals = endedBySignals(child);
  const isOver = async () => child.isOver() || signals.isAsked();
  const running = await answering(places, child.pid, START_MS, isOver);
  if (signals.isAsked()) return stopped(child, signals);
  signals.release();
  if (running === null) return child.isOver() ? told(child) : unheard(places, child, options);
  let stops = false;
  const code = await openScreen(running, options, async () => {
    stops = !child.isOver();
    if (stops) await stop(child);
  });
  if (stops) return code;
  if (child.isOver()) return succeeded(child, places, options);
  say(goesOn(child.pid, options));
  child.letGo();
  return code;
}

type Signals = { isAsked(): boolean; release(): void };

/** While there is no screen Ctrl+C ends the server, and pressed again at once; a terminal that goes away does not. */
function endedBySignals(child: ServerChild): Signals {
  let lastAt = Number.NEGATIVE_INFINITY;
  const end = () => {
    if (clock.mono() - lastAt < SAME_PRESS_MS) return;
    lastAt = clock.mono();
    child.end();
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  return {
    isAsked: () => lastAt > 0,
    release: () => void process.off('SIGINT', end).off('SIGTERM', end),
  };
}

async function stop(child: ServerChild): Promise<void> {
  const signals = endedBySignals(child);
  child.end();
  await stopped(child, signals);
}

/** Waits for the end that it was asked for; resolves with its exit code. */
async function stopped(child: ServerChild, signals: Signals): Promise<number> {
  const late = clock.setTimeout(() => say('It is still stopping; Ctrl+C ends it at once.'), WONDER_MS);
  const code = await told(child);
  clock.clearTimeout(late);
  signals.release();
  say(`Lector (process ${child.pid}) is stopped.`);
  return code;
}

/** Passes on what a server said that ends, or has; resolves with its exit code. */
async function told(child: ServerChild): Promise<number> {
  const { code, said } = await child.ended;
  process.stderr.write(said);
  return code;
}

/** It ended under the screen. One that somebody started in its place is theirs: it goes on, whatever was asked. */
async function succeeded(child: ServerChild, { dataDir }: ServerPlaces, options: ServeOptions): Promise<number> {
  const code = await told(child);
  const other = await holderOf(dataDir);
  if (other === null) say(endedBefore(child.pid));
  else say(goesOn(other, options));
  return other === null ? code : 0;
}

function unheard({ logDir }: ServerPlaces, child: ServerChild, options: ServeOptions): number {
  say(`Lector does not answer yet; what it does is in its log in ${safe(logDir)}. ${goesOn(child.pid, options)}`);
  child.letGo();
  return 1;
}

/** The server with this process number, as soon as it answers; null when it is over, or after `limitMs`. */
async function answering(
  places: ServerPlaces,
  pid: number,
  limitMs: number,
  isOver: () => Promise<boolean>,
): Promise<Answering | null> {
  const from = clock.mono();
  let wonders = true;
  while (clock.mono() - from < limitMs && !(await isOver())) {
    for (const address of places.addresses) {
      const client = createClient(clientOptions(address));
      const found = await client.version().catch(() => null);
      // at its port another may listen
      if (found?.pid === pid) return { client, server: address.words, pid };
      client.close();
    }
    if (wonders && clock.mono() - from > WONDER_MS) {
      wonders = false;
      say(`Lector (process ${pid}) does not answer yet ...`);
    }
    await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), LOOK_MS));
  }
  return null;
}

const endedBefore = (pid: number): string => `Lector (process ${pid}) ended before.`;

/** How a person comes back to it, and ends it. */
function goesOn(pid: number, { config, ini }: ServeOptions): string {
  const lector = process.env.npm_lifecycle_event === 'start' ? 'npx lector' : 'lector';
  const quoted = (name: string, file: string | undefined) => (file === undefined ? '' : ` ${name} '${safe(file)}'`);
  const files = quoted('--config', config) + quoted('--ini', ini);
  return `Lector goes on (process ${pid}): ${lector} top${files} shows it, ${lector} ctl shutdown${files} stops it.`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
