import { secondsIn, wholeIn } from '../option-numbers.ts';
import type { CtlOptions } from './call.ts';
import { CTL_COMMANDS, type CtlCommand } from './commands.ts';

export type Asked = { readonly command: CtlCommand; readonly words: readonly string[]; readonly options: CtlOptions };

export const PORT_MAX = 65_535;
export const RECORDS_MAX = 1000;

type Value = string | number | true | null;
/** What an option's text is; a flag takes none. Null: it is wrong. */
type Reader = { readonly key: keyof CtlOptions; readonly read: 'flag' | ((text: string) => Value) };

const asText = (text: string): Value => text;

/** Options of every command. */
const COMMON: Readonly<Record<string, Reader>> = {
  host: { key: 'host', read: asText },
  port: { key: 'port', read: (text) => wholeIn(text, 1, PORT_MAX) },
  socket: { key: 'socket', read: asText },
  'token-file': { key: 'tokenFile', read: asText },
  timeout: { key: 'timeout', read: secondsIn },
  config: { key: 'config', read: asText },
  ini: { key: 'ini', read: asText },
  json: { key: 'json', read: 'flag' },
};

/** Options of some. */
const OWN: Readonly<Record<NonNullable<CtlCommand['options']>[number], Reader>> = {
  for: { key: 'for', read: asText },
  last: { key: 'last', read: asText },
  count: { key: 'count', read: (text) => wholeIn(text, 1, RECORDS_MAX) },
  vars: { key: 'vars', read: asText },
  plan: { key: 'plan', read: 'flag' },
};

/**
 * Reads a command line that has nothing wrong with it, as commander would; null for every other, which commander is
 * left to tell. Loading commander takes longer than all the rest of a command.
 */
export function parseQuickly(argv: readonly string[]): Asked | null {
  const rest = [...argv];
  const words: string[] = [];
  const options: Partial<Record<keyof CtlOptions, Value>> = {};
  let command: CtlCommand | undefined;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-')) {
      if (command !== undefined) words.push(word);
      command ??= CTL_COMMANDS.find(({ name }) => name === word);
      if (command === undefined) return null;
      continue;
    }
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.+))?$/s.exec(word) ?? [];
    const reader = COMMON[name] ?? command?.options?.filter((each) => each === name).map((each) => OWN[each])[0];
    if (reader === undefined) return null;
    const value = valueOfOption(reader, inline, rest);
    if (value === null) return null;
    options[reader.key] = value;
  }
  return command !== undefined && takes(command, words.length)
    ? { command, words, options: options as CtlOptions }
    : null;
}

function valueOfOption({ read }: Reader, inline: string | undefined, rest: string[]): Value {
  if (read === 'flag') return inline === undefined ? true : null;
  const text = inline ?? rest.shift();
  return text === undefined || text.startsWith('-') ? null : read(text);
}

/** Whether so many words may stand behind a command: `<a> <b...>` at least two, `[a...]` any, nothing none. */
function takes({ words = '' }: CtlCommand, count: number): boolean {
  const least = words.split(' ').filter((word) => word.startsWith('<')).length;
  return count >= least && (words.includes('...') || count === least);
}
