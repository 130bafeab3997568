import pg from 'pg';

/** Object ids of PostgreSQL's own types. */
const FLOAT8_LIST = 1022;
const INT4_LIST = 1007;

/**
 * How a query that reads rows of records takes its lists: a month of them has a million numbers, and pg's own parser,
 * made for lists of anything, takes ten times as long.
 */
export const NUMBER_LISTS: pg.CustomTypesConfig = listsBy(parseNumbers);

/** How a query takes its lists that passes them on: as PostgreSQL prints them. */
export const TEXT_LISTS: pg.CustomTypesConfig = listsBy((text) => text);

function listsBy(parse: (text: string) => unknown): pg.CustomTypesConfig {
  const parserOf = (oid: number, format?: 'text') =>
    oid === FLOAT8_LIST || oid === INT4_LIST ? parse : pg.types.getTypeParser(oid, format);
  return { getTypeParser: parserOf as never };
}

/** Numbers of a list as PostgreSQL writes them: `{1.5,NULL,-2}`. */
export function parseNumbers(text: string): readonly (number | null)[] {
  const inside = text.slice(1, -1);
  return inside === '' ? [] : inside.split(',').map((each) => (each === 'NULL' ? null : Number(each)));
}
