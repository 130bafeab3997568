/**
 * Bytes that follow an opcode of a Python pickle and belong to it, of those that a printable character stands for
 * (all protocols; Python's pickletools).
 */
const FIXED: Readonly<Record<string, number>> = {
  ...Object.fromEntries([...'()N]}012abdelostuQR'].map((opcode) => [opcode, 0])),
  K: 1,
  h: 1,
  q: 1,
  M: 2,
  J: 4,
  j: 4,
  G: 8,
};

/** Opcodes with a length of so many bytes, low byte first, and that many bytes after it. */
const COUNTED: Readonly<Record<string, number>> = { U: 1, C: 1, B: 4, T: 4, X: 4 };

const STOP = '.';
/** Keeps a value under a number of four bytes: a Python 3 makes room for as many, which is gigabytes. */
const KEEP = 'r';

/**
 * Whether `pickle.loads` of some Python may load a text of one line, or take all memory over it. Errs to the safe side:
 * it follows the lengths of the opcodes up to the one that ends a pickle, not what they do. An opcode that reads up to
 * a line end never comes back from a text that has none. Expects Latin-1 without control characters.
 */
export function mayLoad(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    const opcode = text.charAt(at);
    if (opcode === STOP || (opcode === KEEP && at > 0)) return true;
    const length = lengthAt(text, at + 1, opcode);
    if (length === null) return false;
    at += 1 + length;
  }
  return false;
}

/** Bytes after an opcode that belong to it; null: no opcode, or one that does not end. */
function lengthAt(text: string, from: number, opcode: string): number | null {
  const width = COUNTED[opcode];
  if (width === undefined) return FIXED[opcode] ?? null;
  let length = 0;
  for (let place = width - 1; place >= 0; place--) length = length * 256 + text.charCodeAt(from + place);
  return width + length;
}
