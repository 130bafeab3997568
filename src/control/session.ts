import type { RequestLine } from '../protocol/request-lines.ts';

/** What is answered to one request. */
export type Reply = {
  readonly text: string | Buffer;
  /** The connection is closed when it was sent. */
  readonly closes: boolean;
};

/** A reply that is made at the moment when it is sent, and always is. */
export type LateReply = () => Reply;

/** One dialect with one client: a request in, a reply out. Knows nothing of bytes, sockets and time. */
export type Session = {
  /** May throw or reject where something is broken: then {@link Session.broken} tells the client. */
  serve(line: RequestLine): Reply | Promise<LateReply>;
  broken(line: RequestLine, error: unknown): Reply;
  /** What is said before the connection of a silent client is closed; null: nothing. */
  readonly farewell: string | null;
  /** It is told what happens without asking: its silence means nothing. */
  readonly isListening: boolean;
  /** The client is gone. */
  end(): void;
};

/** Lines of one kind that are answered: with the next the connection is closed. */
export const WRONG_LINES_MAX = 10;

export type WrongKind = 'form' | 'command';

/** Counts what is wrong with the lines of one client. */
export function createWrongLines(): { isOneTooMany(kind: WrongKind): boolean } {
  const seen = { form: 0, command: 0 };
  return {
    isOneTooMany(kind) {
      seen[kind] += 1;
      return seen[kind] > WRONG_LINES_MAX;
    },
  };
}

export const commandOf = (line: RequestLine): string => (line.kind === 'command' ? line.name : '');
