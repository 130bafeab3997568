/**
 * Whether a filter lets a text through: every word of it must be in the text, whatever the case; `!` first turns it
 * round. An empty filter, and a lone `!`, let everything through.
 */
export function matches(filter: string, text: string): boolean {
  const inverse = filter.startsWith('!');
  const wanted = fold(inverse ? filter.slice(1) : filter)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0) return true;
  const folded = fold(text);
  return wanted.every((word) => folded.includes(word)) !== inverse;
}

/** Without case and accents: "linia" finds "línia". */
const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
