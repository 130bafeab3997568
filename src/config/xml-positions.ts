/** Turns an offset into `line:column`, both from 1, as editors count. */
export type Positions = (offset: number) => { readonly line: number; readonly column: number };

export function createPositions(text: string): Positions {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}

export type Tag = {
  readonly kind: 'open' | 'close' | 'self' | 'declaration';
  readonly name: string;
  readonly start: number;
  readonly end: number;
};

/** The tags of a text in order, and where scanning had to stop because something is not closed (null: nowhere). */
export type Markup = { readonly tags: readonly Tag[]; readonly unclosed: { start: number; what: string } | null };

/**
 * Finds every tag without judging it, in one pass over the text: comments, CDATA sections and processing instructions
 * are skipped, `<!` followed by anything else is a declaration (DOCTYPE, ENTITY, ...).
 */
export function scanMarkup(text: string): Markup {
  const tags: Tag[] = [];
  let at = text.indexOf('<');
  while (at !== -1) {
    const skipped = SKIPPED.find(({ opens }) => text.startsWith(opens, at));
    const end = skipped ? endAfter(text, skipped.closes, at + skipped.opens.length) : tagEnd(text, at);
    if (end === -1) return { tags, unclosed: { start: at, what: skipped?.what ?? 'a tag' } };
    if (!skipped) tags.push(tagAt(text, at, end));
    at = text.indexOf('<', end);
  }
  return { tags, unclosed: null };
}

const SKIPPED = [
  { opens: '<!--', closes: '-->', what: 'a comment' },
  { opens: '<![CDATA[', closes: ']]>', what: 'a CDATA section' },
  { opens: '<?', closes: '?>', what: 'a processing instruction' },
] as const;

function endAfter(text: string, closes: string, from: number): number {
  const at = text.indexOf(closes, from);
  return at === -1 ? -1 : at + closes.length;
}

/** Offset after the `>` that ends the tag; one within quotes does not. */
function tagEnd(text: string, start: number): number {
  let quote = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
    // an apostrophe or a > forgotten: the next tag must not be swallowed
    else if (character === '<') return -1;
  }
  return -1;
}

function tagAt(text: string, start: number, end: number): Tag {
  const opening = text[start + 1];
  const from = opening === '/' || opening === '!' ? start + 2 : start + 1;
  let to = from;
  while (to < end - 1 && !/[\s/>[]/.test(text[to]!)) to += 1;
  const self = text[end - 2] === '/' ? 'self' : 'open';
  const kind = opening === '/' ? 'close' : opening === '!' ? 'declaration' : self;
  return { kind, name: text.slice(from, to), start, end };
}

/** Offset of each attribute's name within the tag that starts at `start`. */
export function attributeOffsets(text: string, start: number): ReadonlyMap<string, number> {
  const end = tagEnd(text, start);
  const found = new Map<string, number>();
  if (end === -1) return found;
  for (const match of text.slice(start, end).matchAll(/\s([^\s=/>"']+)\s*=\s*(?:"[^"]*"|'[^']*')/g)) {
    const name = match[1] ?? '';
    if (!found.has(name)) found.set(name, start + match.index + 1);
  }
  return found;
}
