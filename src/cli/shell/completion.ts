import type { ListView } from '../../client/index.ts';
import { FAULT_KINDS } from '../../domain/installation.ts';
import { COMMAND_NAMES } from '../../protocol/commands.ts';
import { OF_ALL, type Shape, WORD_NAMES, WORDS, type Word, wordOf } from './vocabulary.ts';

/** Names that may follow: of analyzers, lines, variables. */
export type Names = {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly lines: readonly string[];
  readonly codes: readonly string[];
};

export const NO_NAMES: Names = { ids: [], names: [], lines: [], codes: [] };

export function namesOf({ analyzers, devices }: Pick<ListView, 'analyzers' | 'devices'>): Names {
  const codes = analyzers.flatMap(({ lastReading }) => Object.keys(lastReading?.values ?? {}));
  return {
    ids: analyzers.map(({ id }) => String(id)),
    names: analyzers.map(({ name }) => name).filter((name) => name !== ''),
    lines: devices.map(({ id }) => `line:${id}`),
    codes: [...new Set(codes)].sort(),
  };
}

/** Commands that take a line where they take an analyzer. */
const OF_LINES: readonly string[] = ['status', 'why', 'pause', 'resume', 'watch'];

/**
 * What the last word of `text` may become, and how much of it is there, as node:readline asks for it: commands first,
 * then ids, names (in quotes where they have blanks), lines, variables, kinds of faults. After `use` what may follow
 * WHO may come at once.
 */
export function complete(text: string, names: Names, used: string | null = null): [string[], string] {
  const part = text.slice(text.lastIndexOf(';') + 1);
  const start = /(?:(?<!\S)"[^"]*|(?<!\S)'[^']*|\S*)$/.exec(part)?.[0] ?? '';
  const before = part.slice(0, part.length - start.length).trim();
  const protocol = /^(\$?)([A-Za-z]+)@(.*)$/.exec(start);
  if (before === '' && protocol !== null) {
    const [, dollar = '', command = '', argument = ''] = protocol;
    const targets = [...names.ids, ...names.names, ...names.lines];
    const end = dollar === '' ? '' : ';';
    return [fitting(targets, argument).map((target) => `${dollar}${command}@${target}${end}`), start];
  }
  if (before === '') return [commands(start), start];
  const bare = start.replace(/^["']/, '');
  const following = candidates(before, names, used);
  // a blank after what is whole, so that one can go on typing
  const hits = fitting(following, bare).map((each) => (/\s/.test(each) ? `"${each}" ` : `${each} `));
  return [hits, start];
}

function commands(start: string): string[] {
  if (start.startsWith('$')) {
    return fitting(COMMAND_NAMES, start.slice(1)).map((name) => `$${name}`);
  }
  const words = fitting(WORD_NAMES, start).map((name) => `${name} `);
  // the protocol's own names, where nothing else fits
  return words.length > 0 ? words : fitting(COMMAND_NAMES, start).map((name) => `${name.toLowerCase()} `);
}

function candidates(before: string, names: Names, used: string | null): readonly string[] {
  const [first = '', ...rest] = before.split(/\s+/);
  const name = wordOf(first.replace(/^\$/, ''));
  if (name === null) return [];
  if (name === 'help') return WORD_NAMES;
  if (name === 'json') return ['on', 'off'];
  const { shape, command }: Word = WORDS[name];
  if (command === null && name !== 'use' && name !== 'watch') return [];
  const all = OF_ALL.includes(name) ? ['all'] : [];
  const whom = [...names.ids, ...names.names, ...(OF_LINES.includes(name) ? names.lines : []), ...all];
  return [...following(shape, rest.length > 0 || used !== null, names), ...(takesWhom(shape) ? whom : [])];
}

const NOBODY: readonly Shape[] = ['nothing', 'reload', 'token', 'exporter', 'exporterOrAll'];
const takesWhom = (shape: Shape): boolean => !NOBODY.includes(shape);

function following(shape: Shape, hasWhom: boolean, { codes }: Names): readonly string[] {
  if (shape === 'reload') return ['plan'];
  if (shape === 'history' && hasWhom) return codes;
  return shape === 'fault' && hasWhom ? FAULT_KINDS : [];
}

/** Those that begin so, in small letters or capitals. */
function fitting(all: readonly string[], start: string): string[] {
  return all.filter((each) => each.toLowerCase().startsWith(start.toLowerCase()));
}
