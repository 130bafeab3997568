/** One cell of a line of CSV; quotes are taken off. */
export type Cell = { readonly text: string; readonly isQuoted: boolean };

const QUOTED = /^"((?:[^"]|"")*)"$/;

/** The cells of a line; null: a quote has no end, or something stands beside it. */
export function cellsOf(line: string, delimiter: ',' | ';' | '\t'): readonly Cell[] | null {
  const cells: Cell[] = [];
  for (const part of partsOf(line, delimiter)) {
    const text = part.trim();
    const quoted = QUOTED.exec(text)?.[1];
    if (quoted === undefined && text.includes('"')) return null;
    cells.push({ text: (quoted?.replaceAll('""', '"') ?? text).trim(), isQuoted: quoted !== undefined });
  }
  return cells;
}

/** What stands between delimiters that are outside of quotes. */
function partsOf(line: string, delimiter: string): readonly string[] {
  const parts: string[] = [];
  let [start, isInside] = [0, false];
  for (let at = 0; at <= line.length; at += 1) {
    if (line[at] === '"') isInside = !isInside;
    if (at < line.length && (isInside || line[at] !== delimiter)) continue;
    parts.push(line.slice(start, at));
    start = at + 1;
  }
  return parts;
}
