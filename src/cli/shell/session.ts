import type { Screen } from '../ctl/screen.ts';
import type { Names } from './completion.ts';
import type { Typed } from './line.ts';

/** What is typed that the server has to do with. */
export type Order = Extract<Typed, { kind: 'requests' | 'everybody' | 'watch' | 'readnow' | 'auth' }>;

/** Where a session prints. */
export type Console = {
  /** A person is there; else lines come from a pipe and answers go to one. */
  readonly isInteractive: boolean;
  screen(): Screen;
  out(text: string): void;
  /** One sentence, or several lines, about what failed. */
  complain(text: string): void;
  /** What happens by itself, above the line that is being typed. */
  notice(text: string): void;
  /** Asks a person; true: yes. Where nobody is, who wrote the command meant it. */
  confirm(question: string, cancel: AbortSignal): Promise<boolean>;
};

/** The talk with one server, in either dialect. */
export type Session = {
  /** Connects, as far as that can be done now; what there is to say is said. Resolves with an exit code. */
  open(): Promise<number>;
  /** What stands in the prompt: the node's name, or where it is. */
  readonly name: string;
  readonly names: Names;
  /** Answers as JSON. */
  setJson(on: boolean | null): void;
  /** Resolves with 0, 1 (refused) or 3 (no server); what failed was said. `cancel`: nobody waits any more. */
  run(order: Order, cancel: AbortSignal): Promise<number>;
  close(): void;
};

/** A name as it looks in a prompt: `IES Sa Garriga` is `ies-sa-garriga`. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 30);
}
