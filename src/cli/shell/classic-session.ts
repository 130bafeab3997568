import { type ClientOptions, openComm } from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import { DONE, failing, REFUSED } from '../ctl/failure.ts';
import { NO_NAMES } from './completion.ts';
import { type Console, type Session, slugOf } from './session.ts';

export type ClassicSessionOptions = {
  readonly client: ClientOptions;
  readonly place: string;
  readonly console: Console;
};

/** A GETDEFS of a rich meter is long; nothing of it is left out. */
const ANSWER_MAX = 1_000_000;
/** Longer than a server takes to identify a meter. */
const TIMEOUT_MS = 4000;

/** How answers begin that say no. */
const REFUSALS = /^(ERR$|SRV_|FORMAT_ERROR|INT_ERR|IDENT ERROR|NOT IMPLEMENTED|MAX_CLIENTS)/;

/** A session in the predecessor's dialect: each answer as it came, pickles too, with control characters shown. */
export function createClassicSession({ client, place, console }: ClassicSessionOptions): Session {
  const comm = openComm({ ...client, timeoutMs: client.timeoutMs ?? TIMEOUT_MS, dialect: 'classic' });
  const fail = (error: unknown): number => {
    const known = failing(error);
    if (known === null) throw error;
    console.complain(known.text);
    return known.code === 3 ? known.code : REFUSED;
  };
  const ask = async (command: string, argument: string): Promise<number> => {
    const answer = await comm.ask(command, argument);
    console.out(`${safe(answer, ANSWER_MAX)}\n`);
    return REFUSALS.test(answer) ? REFUSED : DONE;
  };
  return {
    // a path is no name
    name: client.socket === undefined ? slugOf(place) || place : 'classic',
    names: NO_NAMES,
    setJson: () => console.complain('the classic dialect knows no JSON'),
    async open() {
      try {
        await comm.connect();
        return DONE;
      } catch (error) {
        return fail(error);
      }
    },
    async run(order, cancel) {
      if (order.kind === 'watch' || order.kind === 'auth') {
        console.complain(`the classic dialect knows no ${order.kind}`);
        return REFUSED;
      }
      if (order.kind === 'everybody' || (order.kind === 'readnow' && order.targets[0] === 'all')) {
        console.complain('the classic dialect knows no "all": name the analyzers');
        return REFUSED;
      }
      const command = order.kind === 'readnow' ? 'FORCEREQ' : order.command;
      const all = order.kind === 'readnow' ? order.targets : order.arguments;
      if (command === 'SHUTDOWN' && !(await console.confirm(`End the server at ${place}?`, cancel))) return DONE;
      let code = DONE;
      try {
        for (const argument of all) code = Math.max(code, await ask(command, argument));
        return code;
      } catch (error) {
        return fail(error);
      }
    },
    close: () => comm.close(),
  };
}
