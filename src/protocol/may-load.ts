/**
 * What an opcode of a Python pickle reads and does to the stack, of those that a printable character stands for (all
 * protocols; Python's pickletools): bytes that follow it, whether those are a length (low byte first) of more bytes,
 * what it takes from the stack, what it puts there. `toMark`: it takes everything down to the last mark, and the mark.
 */
type Opcode = {
  readonly bytes: number;
  readonly isLength: boolean;
  readonly takes: number | 'toMark';
  readonly puts: number;
};

const opcode = (bytes: number, takes: Opcode['takes'], puts: number): Opcode => ({
  bytes,
  isLength: false,
  takes,
  puts,
});
const counted = (bytes: number): Opcode => ({ bytes, isLength: true, takes: 0, puts: 1 });
const each = (characters: string, is: Opcode) =>
  Object.fromEntries([...characters].map((character) => [character, is]));

const OPCODES: Readonly<Record<string, Opcode>> = {
  ...each('N)]}', opcode(0, 0, 1)),
  ...each('Kh', opcode(1, 0, 1)),
  M: opcode(2, 0, 1),
  ...each('Jj', opcode(4, 0, 1)),
  G: opcode(8, 0, 1),
  ...each('UC', counted(1)),
  ...each('TXB', counted(4)),
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
    at += known.bytes + (known.isLength ? lengthAt(text, at, known.bytes) : 0);
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

function lengthAt(text: string, from: number, bytes: number): number {
  let length = 0;
  for (let place = bytes - 1; place >= 0; place--) length = length * 256 + text.charCodeAt(from + place);
  // beyond the end there is nothing to read
  return Number.isNaN(length) ? text.length : length;
}
