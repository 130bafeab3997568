import type { LectorClient } from '../../client/index.ts';
import type { ServerOptions } from '../server-address.ts';
import { DONE, type Failing, failing } from './failure.ts';
import type { Host } from './host.ts';
import { jsonText } from './json-text.ts';

/** What may stand on the command line of `lector ctl`, whatever the command. */
export type CtlOptions = ServerOptions & {
  /** Seconds to wait for an answer. */
  readonly timeout?: number;
  readonly json?: boolean;
  readonly for?: string;
  readonly last?: string;
  readonly count?: number;
  readonly vars?: string;
  readonly plan?: boolean;
};

/** One command as it was asked for. */
export type Call = {
  readonly client: LectorClient;
  readonly host: Host;
  readonly options: CtlOptions;
  /** What stands behind the command's name. */
  readonly words: readonly string[];
};

/** The server's clock as of its last answer, ms: ages are reckoned from it. This machine's where it did not tell. */
export const serverNow = ({ client, host }: Pick<Call, 'client'> & { readonly host: Pick<Host, 'now'> }): number =>
  client.answeredAt === null ? host.now() : Date.parse(client.answeredAt);

/** Prints one answer, or as JSON what the server said. Resolves with the exit code. */
export async function one<T>(call: Call, answer: Promise<T>, show: (data: T) => string): Promise<number> {
  const data = await answer;
  call.host.out(call.options.json === true ? jsonText(data) : show(data));
  return DONE;
}

/**
 * Asks for each target at once and prints the answers together, in order; as JSON one document, an array where there
 * are several targets, or `isList` says so. Whatever fails is said, each by its sentence, and changes nothing for the
 * others.
 */
export async function each<T>(
  call: Call,
  targets: readonly string[],
  ask: (target: string) => Promise<T>,
  show: (answers: readonly T[]) => string,
  isList = targets.length > 1,
): Promise<number> {
  const { host, options } = call;
  const settled = await Promise.allSettled(targets.map(ask));
  const answers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const [first] = answers;
  if (first !== undefined) {
    host.out(options.json === true ? jsonText(isList ? answers : first) : show(answers));
  }
  return tell(
    settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
    host,
  );
}

/** Says why things failed, equal sentences once; the exit code of the worst. Rethrows a bug. */
export function tell(reasons: readonly unknown[], host: Host): number {
  const failures = reasons.map((reason): Failing => {
    const known = failing(reason);
    if (known === null) throw reason;
    return known;
  });
  for (const text of new Set(failures.map((each) => each.text))) say(host, text);
  return Math.max(DONE, ...failures.map((each) => each.code));
}

/** One sentence for a person, or several lines. */
export const say = (host: Host, text: string): void => host.err(`lector: ${text}\n`);
