import type { Clock, Log } from '../domain/ports.ts';
import { COMMANDS, type CommandName } from '../protocol/commands.ts';
import type { Answered, Refusal } from '../protocol/operator.ts';
import { type Access, createTokenCheck, createTrust } from './access.ts';
import { type Complaints, timesBefore } from './complaints.ts';
import { createMinuteCount } from './minute-count.ts';
import type { Peer } from './peer.ts';

/** Wrong tokens of one connection: it is closed with the last. */
export const WRONG_TOKENS_MAX = 5;
/** Wrong tokens of one address in a minute: then none is looked at until the minute is over. */
export const WRONG_TOKENS_A_MINUTE = 20;

export type Gate = {
  readonly access: Access;
  /** null: it may; else why not, which is logged. */
  refuses(command: CommandName): Refusal | null;
  /** From a right token on, the client may do everything. */
  authenticate(token: string): { readonly answered: Answered<null>; readonly isLastTry: boolean };
};

export type GatesOptions = {
  readonly trust: readonly string[];
  readonly tokens: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly complaints: Complaints;
};

/** Decides what each client may do: one gate a connection. */
export function createGates({ trust, tokens, clock, log, complaints }: GatesOptions): (peer: Peer) => Gate {
  const isTrusted = createTrust(trust);
  const isToken = createTokenCheck(tokens);
  // so that trying many takes for ever
  const tries = createMinuteCount(clock, WRONG_TOKENS_A_MINUTE);

  /** The remedy as far as this installation has one. */
  const howToGetAccess = (peer: Peer): string => {
    const trusting = `write trust = ${peer.words} in lector.ini`;
    if (tokens.length > 0) return `send AUTH@TOKEN first (lector ctl --token-file), or ${trusting}`;
    return `write token_file = FILE in lector.ini and send AUTH@TOKEN first, or ${trusting}`;
  };

  function openGate(peer: Peer): Gate {
    const { address, words } = peer;
    let access: Access = address === null || isTrusted(address) ? 'full' : 'readOnly';
    let wrong = 0;

    function refuseToken(message: string, hint: string): { answered: Answered<null>; isLastTry: boolean } {
      wrong += 1;
      complaints.about(`token ${words}`, (unsaid) =>
        log.warn({ client: words }, `${words} sent a wrong token${timesBefore(unsaid)}; compare it with token_file`),
      );
      const error: Refusal = { code: 'WRONG_TOKEN', message, hint };
      return { answered: { ok: false, error }, isLastTry: wrong >= WRONG_TOKENS_MAX };
    }

    return {
      get access() {
        return access;
      },
      refuses(command) {
        if (access === 'full' || !COMMANDS[command].changes) return null;
        const hint = howToGetAccess(peer);
        complaints.about(`refused ${words}`, (unsaid) =>
          log.warn({ client: words, command }, `${command} from ${words} was refused${timesBefore(unsaid)}; ${hint}`),
        );
        return { code: 'NOT_ALLOWED', message: `${words} may look, not command: ${command} is not allowed`, hint };
      },
      authenticate(token) {
        // a client that always sends its token, at a server that wants none of it
        if (tokens.length === 0 && access === 'full') return DONE;
        if (tries.isExhausted(words)) {
          return refuseToken(`too many wrong tokens from ${words}`, 'wait a minute, then send the right one');
        }
        if (isToken(token)) {
          access = 'full';
          return DONE;
        }
        tries.count(words);
        const hint =
          tokens.length === 0 ? 'this server has none: token_file in lector.ini' : 'compare it with token_file';
        return refuseToken('this is no token of this server', hint);
      },
    };
  }
  return openGate;
}

const DONE = { answered: { ok: true, data: null }, isLastTry: false } as const;
