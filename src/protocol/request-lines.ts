import type { Dialect } from './hello.ts';

/**
 * One request as it came: the name in upper case, what followed the separator as it is. malformed: what should have
 * been there, for people.
 */
export type RequestLine =
  | { readonly kind: 'command'; readonly name: string; readonly argument: string }
  | { readonly kind: 'malformed'; readonly reason: string };

export type RequestLines = {
  /** The requests that end in these bytes, oldest first. Keeps no reference to them. */
  feed(bytes: Uint8Array): readonly RequestLine[];
  /** Whether a line was begun and not ended; so is one that was too long until its end comes. */
  readonly isMidLine: boolean;
};

/** Most bytes of a line before its CR, `$` and `;` included. */
export const CLASSIC_LINE_MAX = 20;
export const JSON_LINE_MAX = 4096;

const LF = 10;
const CR = 13;

// what the predecessor matched with: any one character or none between name and argument, anything after the semicolon
const CLASSIC_FORM = /^\$([A-Z]+)(?:|.)([A-Z0-9]*);/;
const JSON_FORM = /^\$([A-Za-z]+)(?:@([^;\p{Cc}]*))?;$/u;

const malformed = (reason: string): RequestLine => ({ kind: 'malformed', reason });
const NOT_CLASSIC = malformed('expected $COMMAND@ID; and a CR');
const NOT_JSON = malformed(
  'expected $COMMAND@ARGUMENT; and a CR, the argument without ";" and control characters, nothing after the ";"',
);
const NOT_UTF8 = malformed('expected UTF-8');

/** Latin-1: each byte is its character. Called for short lines only. */
const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** ASCII only, as the predecessor's: no other letter of Latin-1 changes, and none becomes two. */
const upperCased = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

function classicLine(bytes: Uint8Array): RequestLine {
  const [, name, argument = ''] = CLASSIC_FORM.exec(upperCased(latin1(bytes))) ?? [];
  return name === undefined ? NOT_CLASSIC : { kind: 'command', name, argument };
}

// a mark of byte order is no part of a request: it is kept, and the form refuses it
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function jsonLine(bytes: Uint8Array): RequestLine {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return NOT_UTF8;
  }
  const [, name, argument = ''] = JSON_FORM.exec(text) ?? [];
  return name === undefined ? NOT_JSON : { kind: 'command', name: upperCased(name), argument };
}

const GRAMMAR = {
  classic: {
    max: CLASSIC_LINE_MAX,
    parse: classicLine,
    tooLong: malformed(`expected at most ${CLASSIC_LINE_MAX} characters before the CR`),
  },
  json: {
    max: JSON_LINE_MAX,
    parse: jsonLine,
    tooLong: malformed(`expected at most ${JSON_LINE_MAX} bytes before the CR`),
  },
} as const satisfies Record<Dialect, unknown>;

/**
 * Cuts what a client sends into requests, however its bytes come: lines end in a CR, and one LF after it is skipped.
 * A line that is too long is one malformed request, told as soon as it is, and skipped up to its CR. Holds one line at
 * most.
 */
export function createRequestLines(dialect: Dialect): RequestLines {
  const { max, parse, tooLong } = GRAMMAR[dialect];
  const held = new Uint8Array(max);
  let length = 0;
  let isSkipping = false;
  // an LF is skipped once, at the very start of a line
  let isFresh = true;

  function take(part: Uint8Array, found: RequestLine[]): void {
    const rest = isFresh && part[0] === LF ? part.subarray(1) : part;
    if (part.length > 0) isFresh = false;
    if (isSkipping || rest.length === 0) return;
    if (length + rest.length > max) {
      isSkipping = true;
      found.push(tooLong);
      return;
    }
    held.set(rest, length);
    length += rest.length;
  }

  function end(found: RequestLine[]): void {
    if (!isSkipping) found.push(parse(held.subarray(0, length)));
    length = 0;
    isSkipping = false;
    isFresh = true;
  }

  return {
    feed(bytes) {
      const found: RequestLine[] = [];
      let from = 0;
      for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, from)) {
        take(bytes.subarray(from, at), found);
        end(found);
        from = at + 1;
      }
      take(bytes.subarray(from), found);
      return found;
    },
    get isMidLine() {
      return isSkipping || length > 0;
    },
  };
}
