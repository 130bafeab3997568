/** Where a long command says what it does. */
export type Voice = {
  /** One line, for good. */
  say(line: string): void;
  /** How far it is: on a terminal the line is written over by the next; elsewhere nothing is printed. */
  progress(line: string): void;
};

export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

export const counted = (count: number, word: string): string => `${grouped(count)} ${word}${count === 1 ? '' : 's'}`;
