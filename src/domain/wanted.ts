import type { Profile, Quantity, Register } from './profile.ts';
import { indexOf } from './profile-index.ts';

/** Which plan a register is read in. All plans of a meter go to one unit, so they are made together. */
export const GROUPS = ['normal', 'rapid', 'exponents', 'signature', 'once'] as const;
export type Group = (typeof GROUPS)[number];

/** Register ids wanted in each plan; `late` are those of the normal one that are asked after the others. */
export type Wanted = Readonly<Record<Group, readonly string[]>> & { readonly late: ReadonlySet<string> };

const OPPOSITE: Partial<Record<Quantity, Quantity>> = {
  activeEnergyImport: 'activeEnergyExport',
  activeEnergyExport: 'activeEnergyImport',
  reactiveEnergyImport: 'reactiveEnergyExport',
  reactiveEnergyExport: 'reactiveEnergyImport',
};

/**
 * The register that counts what this one does when the current flows the other way: itself, unless its energy has a
 * direction. A profile that has several of one phase and unit (tariffs, quadrants) lists both directions in one order,
 * so the second consumed is paired with the second exported. null: the meter does not count that direction.
 */
function turnedRound(profile: Profile, register: Register): Register | null {
  const quantity = OPPOSITE[register.quantity];
  if (quantity === undefined) return register;
  const { measuring } = indexOf(profile);
  const alike = (of: Quantity) =>
    (measuring.get(`${of} ${register.phase}`) ?? []).filter(({ unit }) => unit === register.unit);
  return alike(quantity)[alike(register.quantity).indexOf(register)] ?? null;
}

/**
 * Register ids that give the values of a code, in its order. With the current transformers mounted backwards an energy
 * is what its opposite counts; null where the meter has none, for what it counts is then not that energy.
 */
export function registersOf(profile: Profile, code: string, invert: boolean): readonly (string | null)[] {
  const { variable: byCode, register: byId } = indexOf(profile);
  const variable = byCode.get(code);
  if (variable === undefined || !invert) return variable?.registers ?? [];
  return variable.registers.map((id) => {
    const register = byId.get(id);
    return register === undefined ? id : (turnedRound(profile, register)?.id ?? null);
  });
}

const unique = (ids: Iterable<string>): readonly string[] => [...new Set(ids)];

function exponentsFor(profile: Profile, ids: readonly string[]): readonly string[] {
  const wanted = new Set(ids);
  return unique(
    profile.registers.flatMap(({ id, exponentRegister }) =>
      wanted.has(id) && exponentRegister !== null ? [exponentRegister] : [],
    ),
  );
}

/** What is read in each plan, without what the meter refused. */
export function wantedOf(o: {
  readonly profile: Profile;
  readonly consultes: readonly string[];
  readonly rapidConsultes: readonly string[];
  readonly withStatus: boolean;
  readonly invert: boolean;
  readonly refused: readonly string[];
}): Wanted {
  const { profile } = o;
  const refused = new Set(o.refused);
  const known = new Set(profile.registers.map(({ id }) => id));
  const keep = (ids: readonly string[]) => unique(ids).filter((id) => known.has(id) && !refused.has(id));
  const idsOf = (codes: readonly string[]) =>
    keep(codes.flatMap((code) => registersOf(profile, code, o.invert)).filter((id) => id !== null));
  const consulted = idsOf(o.consultes);
  const status = o.withStatus ? idsOf(profile.status).filter((id) => !consulted.includes(id)) : [];
  const rapid = idsOf(o.rapidConsultes);
  const once = idsOf(profile.once);
  const signature = profile.signature === null ? [] : keep([profile.signature.register]);
  const exponents = keep(exponentsFor(profile, [...consulted, ...status, ...rapid, ...once, ...signature]));
  return { normal: [...consulted, ...status], rapid, exponents, signature, once, late: new Set(status) };
}
