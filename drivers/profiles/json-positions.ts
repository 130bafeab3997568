/** Line and column (1-based) of the value at a path. */
export type Position = { readonly line: number; readonly column: number };
type Path = readonly (string | number)[];

const key = (path: Path): string => JSON.stringify(path);

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/**
 * Finds where a value stands in a JSON text that JSON.parse has accepted. Of a path that leads beyond what is written
 * (a key that is missing), the nearest value around it is given.
 */
export function jsonPosition(text: string, path: Path): Position {
  const offsets = valueOffsets(text);
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsets.get(key(path.slice(0, length)));
    if (offset !== undefined) return positionAt(text, offset);
  }
  return positionAt(text, offsets.get(key([])) ?? 0);
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** A place in an object (its current key, or none yet) or in a list (the current index). */
type Level = { at: string | number | null; readonly list: boolean };

function valueOffsets(text: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  const levels: Level[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0];
    const top = levels.at(-1);
    if (token === '}' || token === ']') levels.pop();
    else if (token === ',') step(top);
    else if (token === ':') continue;
    else if (top !== undefined && !top.list && top.at === null) top.at = String(JSON.parse(token));
    else {
      offsets.set(key(levels.map((level) => level.at ?? 0)), match.index);
      if (token === '{') levels.push({ at: null, list: false });
      if (token === '[') levels.push({ at: 0, list: true });
    }
  }
  return offsets;
}

function step(level: Level | undefined): void {
  if (level !== undefined) level.at = level.list ? Number(level.at) + 1 : null;
}

/** Where JSON.parse stopped, from its message; null when it does not say. */
export function syntaxPosition(text: string, message: string): Position | null {
  const offset = /position (\d+)/.exec(message)?.[1];
  if (offset !== undefined) return positionAt(text, Number(offset));
  return /end of JSON/.test(message) ? positionAt(text, text.length) : null;
}
