import type { VersionView } from '../../client/index.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { type Call, each, one, serverNow } from './call.ts';
import { jsonText } from './json-text.ts';
import { alarmsText, linesText, owedText, parkedText, treeText, type Why, whyText } from './plant-tables.ts';
import { type Column, tableText } from './table.ts';
import { definitionsText, historyText, identificationsText, recordsText, valuesText } from './value-tables.ts';
import { parseSpan, parseTargets, splitSpan } from './words.ts';

/** The last values; what they are is asked with them, unless a program wants only what the server says. */
export function vars(call: Call): Promise<number> {
  const { client, host, options, words } = call;
  if (options.json === true)
    return each(
      call,
      parseTargets(words),
      (target) => client.vars(target),
      () => '',
    );
  const ask = async (target: string) => {
    const [view, defs] = await Promise.all([client.vars(target), client.defs(target)]);
    return { ...view, defs };
  };
  return each(call, parseTargets(words), ask, (views) => valuesText(views, host.screen, serverNow(call)));
}

export const defs = (call: Call): Promise<number> =>
  each(
    call,
    parseTargets(call.words),
    (target) => call.client.defs(target),
    (views) => definitionsText(views, call.host.screen),
  );

export const ident = (call: Call): Promise<number> =>
  each(
    call,
    parseTargets(call.words),
    (target) => call.client.identify(target),
    (views) => identificationsText(views, call.host.screen),
  );

/** What happened; a person is told too how it is now, for the next try of a change is over when it failed again. */
export async function why(call: Call): Promise<number> {
  const { client, host, options, words } = call;
  const ask = (target: string) => client.why(target);
  const show = (views: readonly Why[]) => whyText(views, host.screen, serverNow(call));
  if (options.json === true || !host.screen.tty) return each(call, parseTargets(words), ask, show);
  const { nowadaysText } = await import('../answer-cards.ts');
  const withState = async (target: string): Promise<Why> => {
    const [view, status] = await Promise.all([ask(target), client.status(target).catch(() => null)]);
    return { ...view, nowadays: status === null ? null : nowadaysText(status, serverNow(call)) };
  };
  return each(call, parseTargets(words), withState, show);
}

export const records = (call: Call): Promise<number> =>
  each(
    call,
    parseTargets(call.words),
    (target) => call.client.records(target, call.options.count),
    (views) => recordsText(views, call.host.screen, serverNow(call)),
  );

const HISTORY_S = 3600;

/** `history 1 PAT IPF --last 2h`: an analyzer, then codes. */
export function history(call: Call): Promise<number> {
  const { words, span } = splitSpan(call.words);
  const [target = '', ...codes] = words;
  if (codes.length === 0) {
    const saw = safe(call.words.join(' '), 80);
    throw new LectorError('USAGE', `expected an id and a code, such as: lector ctl history 1 PAT; saw "${saw}" alone`);
  }
  const seconds = call.options.last === undefined ? (span ?? HISTORY_S) : parseSpan(call.options.last);
  const ask = (code: string) => call.client.history(target, code, seconds);
  const asked = codes.flatMap((code) => code.split(',')).filter((code) => code !== '');
  return each(call, asked, ask, (views) => historyText(views, call.host.screen, serverNow(call)));
}

export const conf = (call: Call): Promise<number> => one(call, call.client.conf(), jsonText);

export const tree = (call: Call): Promise<number> =>
  one(call, call.client.tree(), (root) => treeText(root, serverNow(call), call.host.screen));

export const owed = (call: Call): Promise<number> =>
  one(call, call.client.owed(), ({ deliveries }) => owedText(deliveries, serverNow(call), call.host.screen));

export const parked = (call: Call): Promise<number> =>
  one(call, call.client.parked(exporterOf(call)), ({ deliveries }) => parkedText(deliveries, call.host.screen));

export const retry = (call: Call): Promise<number> =>
  one(call, call.client.retry(exporterOf(call)), ({ words }) => `${safe(words)}\n`);

/** A path in an id may have blanks. */
const exporterOf = ({ words }: Call): string => words.join(' ');

export const alarms = (call: Call): Promise<number> =>
  one(call, call.client.alarms(), (view) => alarmsText(view.alarms, serverNow(call), call.host.screen));

export const lines = (call: Call): Promise<number> =>
  one(call, call.client.lines(), (view) => linesText(view.lines, call.host.screen));

const VERSION: readonly Column<VersionView>[] = [
  { title: 'version', plain: ({ version }) => version },
  { title: 'protocol', plain: ({ protocol }) => protocol },
  { title: 'runtime', plain: ({ runtime }) => runtime },
  { title: 'pid', plain: ({ pid }) => pid },
  { title: 'started', plain: ({ startedAt }) => startedAt },
  { title: 'access', plain: ({ access }) => access },
];

export async function version(call: Call): Promise<number> {
  const { screen } = call.host;
  if (!screen.tty) return one(call, call.client.version(), (view) => tableText(VERSION, [view], screen));
  const { versionCard } = await import('../answer-cards.ts');
  return one(call, call.client.version(), (view) => versionCard(view, screen.columns));
}
