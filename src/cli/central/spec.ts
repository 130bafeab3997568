import type { Command } from 'commander';

type Action = (options: never, words: readonly string[]) => Promise<number>;

/** A command of `lector central`; what it does is loaded when it is called. */
export type Spec = {
  readonly name: string;
  readonly about: string;
  readonly words?: string;
  readonly load: () => Promise<Action>;
  readonly options?: (command: Command) => Command;
  readonly examples: readonly string[];
  /** It says what happens until it is stopped, and prints no answer. */
  readonly stays?: boolean;
};

export type Group = { readonly about: string; readonly commands: readonly Spec[] };
