import type { AnalyzerView, ClientEvent, ListView, ReadingEvent } from '../../client/index.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { findVirtual } from '../../domain/virtual.ts';
import { type Call, say } from './call.ts';
import { DONE } from './failure.ts';
import { jsonText } from './json-text.ts';
import { type VirtualWatch, watchVirtuals } from './virtual-watch.ts';
import { watchTable } from './watch-table.ts';
import { parseTargets } from './words.ts';

/**
 * Follows readings until Ctrl+C. A server that goes away is waited for, and its coming back is said. Resolves with the
 * exit code; rejects NO_SERVER when there is none to begin with.
 */
export async function watch(call: Call): Promise<number> {
  const { client, host, words } = call;
  // a subscription waits for its server for ever: that there is one is seen before
  const list = await client.list();
  const targets = parseTargets(words);
  let watched = watchedOf(list, targets, true);
  noteUnread(call, list, watched);
  let print = printer(call, list);
  let sums = sumsOf(call, list);
  let isLost = false;
  const ended = host.ended();
  const onEvent = (event: ClientEvent) => {
    switch (event.event) {
      case 'snapshot':
      case 'installation': {
        const now = event.event === 'snapshot' ? event.data.list : event.data;
        if (isLost) say(host, 'connected again');
        if (now !== null) watched = watchedOf(now, targets, false);
        if (now !== null && (isLost || event.event === 'installation')) print = printer(call, now);
        if (now !== null) sums = sumsOf(call, now);
        isLost = false;
        return;
      }
      case 'disconnected':
        isLost = true;
        say(host, `${safe(event.data.message)}; it is tried again, Ctrl+C ends it`);
        return;
      case 'lagged':
        say(host, `this reader was too slow: ${event.data.missed} readings were left out`);
        return;
      case 'shutdown':
        say(host, safe(event.data.words));
        return;
      case 'analyzer':
        sums.analyzer(event.data);
        return;
      case 'reading':
        for (const each of [event.data, ...sums.reading(event.data)]) {
          if (watched === null || watched.has(each.id)) print(each);
        }
    }
  };
  for await (const event of client.subscribe(['readings', 'states'], { signal: ended })) {
    onEvent(event);
    if (ended.aborted) break;
  }
  return DONE;
}

/** Says which codes nobody who is watched has had so far: a column of them stays empty. */
function noteUnread(call: Call, { analyzers }: ListView, watched: ReadonlySet<number> | null): void {
  const some = analyzers.filter(({ id, lastReading }) => lastReading !== null && (watched === null || watched.has(id)));
  const read = new Set(some.flatMap(({ lastReading }) => Object.keys(lastReading?.values ?? {})));
  const known = new Set([...read].map((code) => code.toLowerCase()));
  const missing = codesOf(call)?.filter((code) => !known.has(code.toLowerCase())) ?? [];
  if (missing.length === 0 || known.size === 0) return;
  say(call.host, `nothing is read for ${safe(missing.join(', '), 80)} so far; there are ${safe([...read].join(', '))}`);
}

const codesOf = ({ options }: Call): readonly string[] | null =>
  options.vars
    ?.split(',')
    .map((code) => code.trim())
    .filter((code) => code !== '') ?? null;

/** A sum has its power alone: who wants to see other codes sees none. */
function sumsOf(call: Call, list: ListView): VirtualWatch {
  const codes = codesOf(call);
  const isShown = codes === null || codes.some((code) => code.toUpperCase() === 'PAT');
  return watchVirtuals(isShown ? list : { ...list, virtuals: [] }, call.host.now);
}

/** Prints readings; the heading first. */
function printer(call: Call, { analyzers, virtuals = [] }: ListView): (event: ReadingEvent) => void {
  const { host, options } = call;
  if (options.json === true) return (event) => host.out(jsonText(event, 0));
  const table = watchTable([...analyzers, ...virtuals], codesOf(call), host.screen);
  host.out(table.heading);
  return (event) => host.out(table.line(event));
}

/** Ids of those that are watched; null: all. `strict`: a target that there is not is an error. */
function watchedOf(
  { analyzers, virtuals = [] }: ListView,
  targets: readonly string[],
  strict: boolean,
): ReadonlySet<number> | null {
  if (targets.length === 0) return null;
  const found = targets.map((target) => {
    const named = analyzers.filter((each) => isNamed(each, target.toLowerCase()));
    const virtual = named.length > 0 ? null : findVirtual(virtuals, target);
    return virtual === null ? named : [virtual];
  });
  const missing = targets.find((_target, n) => found[n]?.length === 0);
  if (missing !== undefined && strict) throw unknownTarget(missing, analyzers, virtuals);
  return new Set(found.flat().map(({ id }) => id));
}

function isNamed({ id, name, device }: AnalyzerView, target: string): boolean {
  const line = lineOf(target);
  if (line !== null) return device === line;
  return /^\d+$/.test(target) ? id === Number(target) : name.toLowerCase() === target;
}

/** `line:1` is 1. */
function lineOf(target: string): number | null {
  const line = /^(?:line|device):(\d+)$/.exec(target)?.[1];
  return line === undefined ? null : Number(line);
}

/** How many of those that there are one sentence names. */
const NAMES_MAX = 20;

function unknownTarget(
  target: string,
  analyzers: readonly AnalyzerView[],
  virtuals: NonNullable<ListView['virtuals']>,
): LectorError {
  const all = [...analyzers, ...virtuals];
  const names = all.slice(0, NAMES_MAX).map(({ id, name }) => (name === '' ? `${id}` : `${id} (${safe(name, 40)})`));
  const more = all.length > NAMES_MAX ? ' ...' : '';
  const line = lineOf(target);
  if (line !== null) {
    const lines = [...new Set(analyzers.map(({ device }) => `line:${device}`))].sort();
    const message = `there is no line ${line} with analyzers`;
    return new LectorError('COMMAND_REFUSED', message, {
      code: 'NO_SUCH_DEVICE',
      hint: `there are ${lines.join(', ')}`,
    });
  }
  const message = `there is no analyzer "${safe(target, 80)}"`;
  const hint = `there are ${names.join(', ')}${more}`;
  return new LectorError('COMMAND_REFUSED', message, { code: 'NO_SUCH_ANALYZER', hint });
}
