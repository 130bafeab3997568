import type { AnalyzerView, DeviceView, LectorClient } from '../../client/index.ts';
import { LectorError } from '../../domain/errors.ts';
import { FAULT_KINDS } from '../../domain/installation.ts';
import { safe } from '../../domain/safe.ts';
import { findVirtual, sumNames } from '../../domain/virtual.ts';
import { analyzersText, devicesText } from './analyzer-table.ts';
import { type Call, each, one, serverNow } from './call.ts';
import { doToEach } from './everybody.ts';
import { reloadText } from './reload-text.ts';
import { type VirtualView, virtualViews } from './virtual-text.ts';
import { parseSpan, parseTargets, splitSpan } from './words.ts';

type Said = { readonly words: string };
const wordsText = (answers: readonly Said[]): string => answers.map(({ words }) => `${safe(words)}\n`).join('');

/** How long, by --for or by a time behind the other words, as the shell has it: `pause 1 10m`. */
function spanOf({ options, words: all }: Call): { words: readonly string[]; seconds: number | undefined } {
  if (options.for !== undefined) return { words: all, seconds: parseSpan(options.for) };
  const { words, span } = splitSpan(all);
  return { words, seconds: span ?? undefined };
}

export const pause = async (call: Call): Promise<number> => {
  const { words, seconds } = spanOf(call);
  if (words.length === 0) {
    throw new LectorError('USAGE', 'expected an id or a name before the time, such as: lector ctl pause 1 --for 10m');
  }
  return doToEach(call, 'pause', words, (target) => call.client.pause(target, seconds), wordsText);
};

export const resume = (call: Call): Promise<number> =>
  doToEach(call, 'resume', call.words, (target) => call.client.resume(target), wordsText);

export const start = (call: Call): Promise<number> =>
  each(call, parseTargets(call.words), (target) => call.client.start(target), wordsText);

export const stop = (call: Call): Promise<number> =>
  doToEach(call, 'stop', call.words, (target) => call.client.stop(target), wordsText);

export const startAll = (call: Call): Promise<number> =>
  one(call, call.client.startAll(), (answer) => wordsText([answer]));

export const shutdown = (call: Call): Promise<number> =>
  one(call, call.client.shutdown(), (answer) => wordsText([answer]));

export const reload = (call: Call): Promise<number> =>
  one(call, call.client.reload({ plan: call.options.plan === true }), (view) => reloadText(view, call.host.screen));

const FAULT_S = 60;

/** `fault 2 3 silence --for 30s`: ids, then the kind. */
export function fault(call: Call): Promise<number> {
  const { words, seconds = FAULT_S } = spanOf(call);
  const kind = FAULT_KINDS.find((each) => each === words.at(-1)?.toLowerCase());
  const targets = parseTargets(words.slice(0, -1));
  if (kind === undefined || targets.length === 0) throw faultUsage(call.words);
  return each(call, targets, (target) => call.client.fault(target, kind, seconds), wordsText);
}

function faultUsage(words: readonly string[]): LectorError {
  const expected = `expected an id and then one of ${FAULT_KINDS.join(', ')}`;
  return new LectorError(
    'USAGE',
    `${expected}, such as: lector ctl fault 2 silence; saw "${safe(words.join(' '), 80)}"`,
  );
}

/** Every analyzer with what it does, and sums of them; `now` comes from the server, whose clock it is. */
export async function list(call: Call): Promise<number> {
  const plant = await call.client.list();
  const virtuals = virtualViews(plant);
  const told = virtuals.length === 0 ? plant : { ...plant, virtuals };
  const now = Date.parse(plant.node.now);
  return one(call, Promise.resolve(told), () => analyzersText(plant.analyzers, now, call.host.screen, virtuals));
}

/** Some analyzers, lines and sums, or everything; a single one has a card of its own on a terminal. */
export async function status(call: Call): Promise<number> {
  const { client, host, words } = call;
  const targets = parseTargets(words);
  if (targets.length === 0) {
    const plant = await client.list();
    const { node, analyzers } = plant;
    const show = () => analyzersText(analyzers, Date.parse(node.now), host.screen, virtualViews(plant));
    return one(call, Promise.resolve(analyzers), show);
  }
  const ask = (target: string) => statusOf(client, target);
  if (targets.length > 1 || !host.screen.tty) return each(call, targets, ask, (views) => tablesText(views, call));
  const { analyzerCard, deviceCard, virtualCard } = await import('../answer-cards.ts');
  return each(call, targets, ask, (views) => {
    const now = serverNow(call);
    const { columns } = host.screen;
    const card = (view: View) => {
      if (isVirtual(view)) return virtualCard(view, columns);
      return isDevice(view) ? deviceCard(view, now, columns) : analyzerCard(view, now, columns);
    };
    return views.map(card).join('');
  });
}

type View = AnalyzerView | DeviceView | VirtualView;
const isVirtual = (view: View): view is VirtualView => 'terms' in view;
const isDevice = (view: View): view is DeviceView => 'analyzers' in view;

/** The server knows sums and does not compute them: it is asked for all only where it has no such analyzer. */
async function statusOf(client: LectorClient, target: string): Promise<View> {
  try {
    return await client.status(target);
  } catch (error) {
    if (!(error instanceof LectorError) || error.facts.code !== 'NO_SUCH_ANALYZER') throw error;
    const sums = virtualViews(await client.list());
    const virtual = findVirtual(sums, target);
    if (virtual !== null) return virtual;
    if (sums.length === 0) throw error;
    throw new LectorError(error.code, `${error.message}; sums are ${sumNames(sums)}`, error.facts, error);
  }
}

function tablesText(views: readonly View[], call: Call): string {
  const { screen } = call.host;
  const now = serverNow(call);
  const virtuals = views.filter(isVirtual);
  const others = views.filter((view): view is AnalyzerView | DeviceView => !isVirtual(view));
  const devices = others.filter(isDevice);
  const analyzers = others.filter((view): view is AnalyzerView => !isDevice(view));
  const texts = [
    ...(analyzers.length + virtuals.length > 0 ? [analyzersText(analyzers, now, screen, virtuals)] : []),
    ...(devices.length > 0 ? [devicesText(devices, now, screen)] : []),
  ];
  return texts.join('\n');
}
