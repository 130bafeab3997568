/**
 * What an opcode of a Python pickle reads and does to the stack, of those that a printable character stands for (all
 * protocols; Python's pickletools): bytes that follow it (`counted`: one, and as many as that says), what it takes from
 * the stack, what it puts there. `toMark`: it takes everything down to the last mark, and the mark. Those with a length
 * of four bytes are left out: of characters that print, it is half a gigabyte at least.
 */
type Opcode = {
  readonly bytes: number | 'counted';
  readonly takes: number | 'toMark';
  readonly puts: number;
};

const opcode = (bytes: Opcode['bytes'], takes: Opcode['takes'], puts: number): Opcode => ({ bytes, takes, puts });
const each = (characters: string, is: Opcode) =>
  Object.fromEntries([...characters].map((character) => [character, is]));

const OPCODES: Readonly<Record<string, Opcode>> = {
  ...each('N)]}', opcode(0, 0, 1)),
  ...each('Kh', opcode(1, 0, 1)),
  M: opcode(2, 0, 1),
  ...each('Jj', opcode(4, 0, 1)),
  G: opcode(8, 0, 1),
  ...each('UC', opcode('counted', 0, 1)),
  '0': opcode(0, 1, 0),
  '2': opcode(0, 1, 2),
  ...each('abR', opcode(0, 2, 1)),
  s: opcode(0, 3, 1),
  Q: opcode(0, 1, 1),
  q: opcode(1, 1, 1),
  ...each('1eu', opcode(0, 'toMark', 0)),
  ...each('tldo', opcode(0, 'toMark', 1)),
};

const STOP = '.';
const MARK = '(';
/** Keeps a value under a number of four bytes: a Python 3 makes room for as many, which is gigabytes. */
const KEEP = 'r';
const KEEP_BYTES = 4;

/**
 * Whether `pickle.loads` of some Python may load a text of one line, or take all memory over it. Errs to the safe side:
 * it follows how many values there are, not what they are. An opcode that reads up to a line end never comes back from
 * a text that has none. Expects Latin-1 without control characters.
 */
export function mayLoad(text: string): boolean {
  // true: a mark, which some Pythons take for a value
  const stack: boolean[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at++);
    if (character === STOP) return stack.length > 0;
    if (character === KEEP) return stack.length > 0 && at + KEEP_BYTES <= text.length;
    if (character === MARK) {
      stack.push(true);
      continue;
    }
    const known = OPCODES[character];
    if (known === undefined || !applied(known, stack)) return false;
    // at the very end there is no such byte, and NaN ends it
    at += known.bytes === 'counted' ? 1 + text.charCodeAt(at) : known.bytes;
  }
  return false;
}

/** Takes and puts; false: there is not enough to take. */
function applied({ takes, puts }: Opcode, stack: boolean[]): boolean {
  const left = takes === 'toMark' ? stack.lastIndexOf(true) : stack.length - takes;
  if (left < 0) return false;
  stack.length = left;
  for (let count = 0; count < puts; count++) stack.push(false);
  return true;
}
