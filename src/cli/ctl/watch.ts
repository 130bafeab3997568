import type { AnalyzerView, ClientEvent, ListView, ReadingEvent } from '../../client/index.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { type Call, say } from './call.ts';
import { DONE } from './failure.ts';
import { jsonText } from './json-text.ts';
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
  let print = printer(call, list);
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
      case 'reading':
        if (watched === null || watched.has(event.data.id)) print(event.data);
    }
  };
  for await (const event of client.subscribe(['readings', 'states'], { signal: ended })) {
    onEvent(event);
    if (ended.aborted) break;
  }
  return DONE;
}

/** Prints readings; the heading first. */
function printer({ host, options }: Call, { analyzers }: ListView): (event: ReadingEvent) => void {
  if (options.json === true) return (event) => host.out(jsonText(event, 0));
  const codes = options.vars?.split(',').map((code) => code.trim());
  const table = watchTable(analyzers, codes?.filter((code) => code !== '') ?? null, host.screen);
  host.out(table.heading);
  return (event) => host.out(table.line(event));
}

/** Ids of those that are watched; null: all. `strict`: a target that there is not is an error. */
function watchedOf({ analyzers }: ListView, targets: readonly string[], strict: boolean): ReadonlySet<number> | null {
  if (targets.length === 0) return null;
  const found = targets.map((target) => analyzers.filter((each) => isNamed(each, target.toLowerCase())));
  const missing = targets.find((_target, n) => found[n]?.length === 0);
  if (missing !== undefined && strict) throw unknownTarget(missing, analyzers);
  return new Set(found.flat().map(({ id }) => id));
}

function isNamed({ id, name, device }: AnalyzerView, target: string): boolean {
  const line = /^(?:line|device):(\d+)$/.exec(target)?.[1];
  if (line !== undefined) return device === Number(line);
  return /^\d+$/.test(target) ? id === Number(target) : name.toLowerCase() === target;
}

/** How many of those that there are one sentence names. */
const NAMES_MAX = 20;

function unknownTarget(target: string, analyzers: readonly AnalyzerView[]): LectorError {
  const names = analyzers
    .slice(0, NAMES_MAX)
    .map(({ id, name }) => (name === '' ? `${id}` : `${id} (${safe(name, 40)})`));
  const more = analyzers.length > NAMES_MAX ? ' ...' : '';
  const message = `there is no analyzer "${safe(target, 80)}"`;
  const hint = `there are ${names.join(', ')}${more}`;
  return new LectorError('COMMAND_REFUSED', message, { code: 'NO_SUCH_ANALYZER', hint });
}
