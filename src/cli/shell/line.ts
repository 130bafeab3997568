import { safe } from '../../domain/safe.ts';
import { type CommandName, isCommandName } from '../../protocol/commands.ts';
import { meansAll } from '../ctl/everybody.ts';
import { parseTargets, splitSpan } from '../ctl/words.ts';
import { nearestWord, OF_ALL, type Shape, WORDS, type Word, type WordName, wordOf } from './vocabulary.ts';

/** What a person typed, understood. */
export type Typed =
  /** The same command for each argument; an empty one for none. */
  | { readonly kind: 'requests'; readonly command: CommandName; readonly arguments: readonly string[] }
  /** To every analyzer that it can concern; `seconds` null: until it is resumed. */
  | { readonly kind: 'everybody'; readonly deed: 'pause' | 'resume' | 'stop'; readonly seconds: number | null }
  | { readonly kind: 'watch'; readonly targets: readonly string[] }
  | { readonly kind: 'readnow'; readonly targets: readonly string[] }
  | { readonly kind: 'auth'; readonly token: string }
  /** null: nobody any more. */
  | { readonly kind: 'use'; readonly target: string | null }
  /** null: the other way round. */
  | { readonly kind: 'json'; readonly on: boolean | null }
  | { readonly kind: 'help'; readonly about: WordName | null }
  | { readonly kind: 'exit' }
  | { readonly kind: 'wrong'; readonly message: string };

/** What the shell knows when a line is typed. */
export type Known = {
  /** Names of analyzers: they may have blanks, and need no quotes then. */
  readonly names: readonly string[];
  /** Whom commands without an id are about. */
  readonly used: string | null;
};

const wrong = (message: string): Typed => ({ kind: 'wrong', message });

/** `status 1; pause 2 10m`, `STATUS@1`, `$STATUS@1;`: what each part of a line means; none for an empty line. */
export function parseLine(line: string, known: Known): readonly Typed[] {
  return partsOf(line).map((part) => parsePart(part, known));
}

function parsePart(part: string, known: Known): Typed {
  const text = part.replace(/^\$/, '');
  const protocol = /^([A-Za-z]+)@(.*)$/s.exec(text) ?? (part.startsWith('$') ? /^([A-Z]+)(\d*)$/i.exec(text) : null);
  if (protocol !== null) return asProtocol(protocol[1] ?? '', (protocol[2] ?? '').trim());
  const [first = '', ...rest] = wordsOf(text);
  const name = wordOf(first);
  if (name !== null) return asWord(name, rest, known);
  if (isCommandName(first.toUpperCase())) return asProtocol(first, rest.join(':'));
  const near = nearestWord(first);
  const hint = near === null ? '"help" lists what there is' : `did you mean "${near}"?`;
  return wrong(`there is no command "${safe(first, 40)}"; ${hint}`);
}

/** As it is: whoever writes the protocol's own form means it, also where the server will refuse it. */
function asProtocol(name: string, argument: string): Typed {
  const command = name.toUpperCase();
  if (command === 'QUIT') return { kind: 'exit' };
  if (command === 'AUTH') return argument === '' ? wrong('auth needs a token') : { kind: 'auth', token: argument };
  if (command === 'SUBSCRIBE' || command === 'UNSUBSCRIBE') return wrong('"watch" follows readings');
  if (isCommandName(command)) return { kind: 'requests', command, arguments: [argument] };
  return wrong(`there is no command "${safe(command, 40)}"; "help" lists what there is`);
}

function asWord(name: WordName, rest: readonly string[], known: Known): Typed {
  switch (name) {
    case 'exit':
      return { kind: 'exit' };
    case 'help': {
      const about = rest[0] === undefined ? null : wordOf(rest[0]);
      if (rest[0] !== undefined && about === null) return wrong(`there is no command "${safe(rest[0], 40)}"`);
      return { kind: 'help', about };
    }
    case 'json': {
      const choice = rest[0]?.toLowerCase();
      if (choice !== undefined && choice !== 'on' && choice !== 'off') return wrong(usageOf(name));
      return { kind: 'json', on: choice === undefined ? null : choice === 'on' };
    }
    case 'use':
      return { kind: 'use', target: rest.length === 0 ? null : (targetsOf(rest, known)[0] ?? null) };
    case 'auth':
      return rest.length === 0 ? wrong(usageOf(name)) : { kind: 'auth', token: rest.join(' ') };
    case 'watch':
      return watchOf(rest, known);
    default:
      return asRequests(name, rest, known);
  }
}

/** Of everybody, unless somebody is used. */
function watchOf(rest: readonly string[], known: Known): Typed {
  const targets = targetsOf(rest, known);
  return { kind: 'watch', targets: targets.length > 0 ? targets : [known.used ?? []].flat() };
}

function asRequests(name: WordName, rest: readonly string[], known: Known): Typed {
  const { command, shape }: Word = WORDS[name];
  if (command === null) return wrong(usageOf(name));
  try {
    const everybody = everybodyOf(name, rest, known);
    if (everybody !== null) return everybody;
    const all = argumentsOf(shape, rest, known);
    if (all === null) return wrong(usageOf(name));
    if (all.length === 0) return { kind: 'requests', command: 'LIST', arguments: [''] };
    if (name === 'readnow') return { kind: 'readnow', targets: all };
    return { kind: 'requests', command, arguments: all };
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

/** `pause all 10m`; null: somebody else is meant. */
function everybodyOf(name: WordName, rest: readonly string[], known: Known): Typed | null {
  if (!OF_ALL.includes(name)) return null;
  const { words, span } = name === 'pause' ? splitSpan(rest) : { words: rest, span: null };
  if (!meansAll(targetsOf(words, known))) return null;
  if (name === 'pause' || name === 'resume' || name === 'stop') return { kind: 'everybody', deed: name, seconds: span };
  return { kind: 'readnow', targets: ['all'] };
}

/** What goes behind the `@` of each request; empty: of everybody; null: it cannot be meant so. */
function argumentsOf(shape: Shape, rest: readonly string[], known: Known): readonly string[] | null {
  const whom = (words: readonly string[]): readonly string[] => {
    const targets = targetsOf(words, known);
    return targets.length > 0 ? targets : [known.used ?? []].flat();
  };
  const some = (targets: readonly string[]) => (targets.length === 0 ? null : targets);
  switch (shape) {
    case 'nothing':
      return rest.length === 0 ? [''] : null;
    case 'token':
      return null;
    case 'exporterOrAll':
      return [rest.join(' ')];
    case 'exporter':
      return rest.length === 0 ? null : [rest.join(' ')];
    case 'reload':
      return reloadArgument(rest);
    case 'whomOrAll':
      return whom(rest);
    case 'whom':
      return some(whom(rest));
    case 'pause': {
      const { words, span } = splitSpan(rest);
      return some(whom(words).map((target) => (span === null ? target : `${target}:${span}`)));
    }
    case 'history': {
      const { words, span } = splitSpan(rest);
      const code = words.at(-1);
      if (code === undefined) return null;
      return some(whom(words.slice(0, -1)).map((target) => `${target}:${code}:${span ?? HISTORY_S}`));
    }
    case 'records': {
      const count = rest.length > 1 && /^\d+$/.test(rest.at(-1) ?? '') ? rest.at(-1) : undefined;
      const targets = whom(count === undefined ? rest : rest.slice(0, -1));
      return some(targets.map((target) => (count === undefined ? target : `${target}:${count}`)));
    }
    case 'fault': {
      const { words, span } = splitSpan(rest);
      const kind = words.at(-1);
      if (kind === undefined) return null;
      return some(whom(words.slice(0, -1)).map((target) => `${target}:${kind}:${span ?? FAULT_S}`));
    }
  }
}

const HISTORY_S = 3600;
const FAULT_S = 60;

function reloadArgument(rest: readonly string[]): readonly string[] | null {
  if (rest.length === 0) return [''];
  return rest.length === 1 && /^(--)?plan$/i.test(rest[0] ?? '') ? ['plan'] : null;
}

/** Whom words name: ids, `1,2,5`, `1-4`, `line:1`, and names, which may be several words. */
function targetsOf(words: readonly string[], { names }: Known): readonly string[] {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  const some = words.filter((word) => word.trim() !== '');
  const found: string[] = [];
  for (let from = 0; from < some.length; ) {
    let to = some.length;
    while (to > from + 1 && !lower.has(some.slice(from, to).join(' ').toLowerCase())) to -= 1;
    found.push(some.slice(from, to).join(' '));
    from = to;
  }
  return parseTargets(found);
}

export function usageOf(name: WordName): string {
  const { usage }: Word = WORDS[name];
  return `expected: ${`${name} ${usage}`.trim()}; "help ${name}" has examples`;
}

// a quote inside a word is none: Sala d'actes
const PART = /(?:(?<![^\s;])"[^"]*"?|(?<![^\s;])'[^']*'?|[^;])+/g;
const WORD = /"([^"]*)(?:"(?!\S)|$)|'([^']*)(?:'(?!\S)|$)|(\S+)/g;

/** What stands between semicolons that are in no quotes. */
function partsOf(line: string): readonly string[] {
  const parts = line.match(PART) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '' && part !== '$');
}

/** Words between blanks; quotes hold one together. */
export function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(WORD)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}
