import type { Profile, Register } from './profile.ts';
import type { ModbusSource } from './raw-value.ts';
import { type ReservedRead, reservedRead } from './reserved-read.ts';
import type { Identity } from './store-port.ts';

/** What was learnt about one meter that its plan depends on. */
export type Learnt = Pick<Identity, 'splits' | 'refused' | 'base' | 'silent'>;

export const NOTHING_LEARNT: Learnt = { splits: [], refused: [], base: 0 };

/** Wire addresses [start, end) of one function. */
export type Span = { readonly function: 3 | 4; readonly start: number; readonly end: number };

/** A register of the map with the wire addresses that it takes. */
export type Placed = Span & { readonly id: string; readonly optional: boolean };

/** sure: the map has it; doubtful: may be refused, so it is tried first; never: known not to be readable. */
type Cell = 'sure' | 'doubtful' | 'never';

/** What may be read of one function of one meter. All addresses are wire addresses. */
export type RegisterMap = {
  readonly profile: Profile;
  readonly reserved: ReservedRead;
  readonly placed: ReadonlyMap<string, Placed>;
  readonly cell: (fn: 3 | 4, address: number) => Cell;
  /** Whether a request may begin or end here: not inside a register. */
  readonly edge: (fn: 3 | 4, address: number) => boolean;
  /** Whether one request may cover the span: nothing in it is unreadable, and it was not learnt to be split. */
  readonly readable: (span: Span) => boolean;
};

/** Registers that a refusal may drop without a word: not each meter of the model has them. */
const isOptional = (register: Register): boolean => register.optional;

export function placeOf(register: Register, base: number): Placed | null {
  const { source } = register;
  if (source.kind !== 'modbus') return null;
  return { id: register.id, ...spanOf(source, base), optional: isOptional(register) };
}

function spanOf(source: ModbusSource, base: number): Span {
  const start = source.address + base;
  return { function: source.function, start, end: start + source.words };
}

const HOLE_CELL = { legal: 'sure', unknown: 'doubtful', illegal: 'never' } as const satisfies Record<string, Cell>;

const WORTH = { sure: 2, doubtful: 1, never: 0 } as const satisfies Record<Cell, number>;

/** The cells that registers define; where two lie on one address the better known one counts. */
function definedCells(placed: Iterable<Placed>, fn: 3 | 4, refused: ReadonlySet<string>): ReadonlyMap<number, Cell> {
  const cells = new Map<number, Cell>();
  for (const { id, function: own, start, end, optional } of placed) {
    if (own !== fn) continue;
    const cell: Cell = refused.has(id) ? 'never' : optional ? 'doubtful' : 'sure';
    for (let at = start; at < end; at += 1) {
      const before = cells.get(at);
      if (before === undefined || WORTH[before] < WORTH[cell]) cells.set(at, cell);
    }
  }
  return cells;
}

/** The map of a profile as one meter has it. Holes are the addresses between registers; beyond the ends is nothing. */
export function registerMap(profile: Profile, learnt: Learnt): RegisterMap {
  const base = profile.discovery === null ? 0 : learnt.base;
  const all = profile.registers.flatMap((register) => placeOf(register, base) ?? []);
  const placed = new Map(all.map((each) => [each.id, each]));
  const refused = new Set(learnt.refused);
  const cells = { 3: definedCells(all, 3, refused), 4: definedCells(all, 4, refused) };
  const ends = { 3: limitsOf(all, 3), 4: limitsOf(all, 4) };
  const inside = new Set(
    all.flatMap(({ function: fn, start, end }) =>
      Array.from({ length: end - start - 1 }, (_, n) => `${fn}:${start + 1 + n}`),
    ),
  );
  const cell = (fn: 3 | 4, address: number): Cell => {
    const defined = cells[fn].get(address);
    if (defined !== undefined) return defined;
    const { first, last } = ends[fn];
    return address > first && address < last ? HOLE_CELL[profile.limits.holes] : 'never';
  };
  const edge = (fn: 3 | 4, address: number): boolean => !inside.has(`${fn}:${address}`);
  return {
    profile,
    reserved: reservedRead(profile, learnt),
    placed,
    cell,
    edge,
    readable: ({ function: fn, start, end }) => {
      // the splits of both functions are remembered as one list: those inside a register are not of this one
      if (learnt.splits.some((at) => at > start && at < end && edge(fn, at))) return false;
      for (let at = start; at < end; at += 1) if (cell(fn, at) === 'never') return false;
      return true;
    },
  };
}

function limitsOf(placed: readonly Placed[], fn: 3 | 4): { readonly first: number; readonly last: number } {
  const own = placed.filter((each) => each.function === fn);
  return {
    first: own.reduce((first, { start }) => Math.min(first, start), Number.POSITIVE_INFINITY),
    last: own.reduce((last, { end }) => Math.max(last, end), Number.NEGATIVE_INFINITY),
  };
}

/** Whether the meter might refuse a request for this span because of what it covers. */
export function isDoubtful(map: RegisterMap, { function: fn, start, end }: Span): boolean {
  for (let at = start; at < end; at += 1) if (map.cell(fn, at) === 'doubtful') return true;
  return false;
}
