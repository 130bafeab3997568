/** The two bytes that a client begins with choose the dialect; the server answers two, without a line end. */
export const CLASSIC_HELLO = '#$';
export const CLASSIC_WELCOME = '$#';
export const JSON_HELLO = '#J';
export const JSON_WELCOME = 'J#';

export type Dialect = 'classic' | 'json';

/** Bytes of a hello and of a welcome. */
export const HELLO_LENGTH = 2;

/** The dialect that a hello of two characters asks for; null: none, the connection is closed without a word. */
export function dialectOf(hello: string): Dialect | null {
  if (hello === CLASSIC_HELLO) return 'classic';
  return hello === JSON_HELLO ? 'json' : null;
}

/** What the server says to a hello. */
export const WELCOMES = { classic: CLASSIC_WELCOME, json: JSON_WELCOME } as const satisfies Record<Dialect, string>;
