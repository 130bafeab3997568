/** What is printed to: a terminal with its width, or a pipe or file, which gets every column and no padding. */
export type Screen = {
  readonly tty: boolean;
  readonly columns: number;
  readonly color: boolean;
};

/** How a state looks where colour is there; its word says the same without. */
export type Tone = 'good' | 'warning' | 'bad' | 'plain';

const SGR: Readonly<Record<Exclude<Tone, 'plain'>, number>> = { good: 32, warning: 33, bad: 31 };

export function toned(text: string, tone: Tone, { color }: Screen): string {
  return !color || tone === 'plain' ? text : `\x1b[${SGR[tone]}m${text}\x1b[0m`;
}
