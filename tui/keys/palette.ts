import type { Words } from '../words/words.ts';

export type PaletteName = keyof Words['palette'];
export type Entry = { readonly name: PaletteName; readonly words: string };

/** In this order they are offered: what is asked for most first. */
const NAMES: readonly PaletteName[] = [
  'pause',
  'resume',
  'read',
  'identify',
  'stop',
  'start',
  'startall',
  'overview',
  'lines',
  'deliveries',
  'tree',
  'log',
  'alarms',
  'filter',
  'faults',
  'freeze',
  'reload',
  'shutdown',
  'help',
  'quit',
];

/** Commands that begin with what was typed, then those that have it within their name or words. */
export function completions(text: string, words: Words): readonly Entry[] {
  const [typed = ''] = text.trimStart().toLowerCase().split(/\s+/);
  const all = NAMES.map((name): Entry => ({ name, words: words.palette[name] }));
  const first = all.filter(({ name }) => name.startsWith(typed));
  const then = all.filter((entry) => !first.includes(entry) && `${entry.name} ${entry.words}`.includes(typed));
  return [...first, ...then];
}

/** What was typed, as a command and what follows it; null: there is no such command, or nothing was typed. */
export function parsed(text: string, chosen: number, words: Words): { name: PaletteName; argument: string } | null {
  const trimmed = text.trim();
  const [typed = '', ...rest] = trimmed.split(/\s+/);
  const list = completions(text, words);
  const exact = list.find(({ name }) => name === typed.toLowerCase());
  const entry = exact ?? list[chosen];
  return entry && (trimmed !== '' || chosen > 0) ? { name: entry.name, argument: rest.join(' ') } : null;
}
