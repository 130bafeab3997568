import type { Profile, Register, Variable } from './profile.ts';

/** A profile's registers and variables by what they are looked up by; a profile never changes. */
export type ProfileIndex = {
  readonly register: ReadonlyMap<string, Register>;
  readonly variable: ReadonlyMap<string, Variable>;
  /** Registers that hold powers of ten for others. */
  readonly scales: readonly Register[];
  /** By `quantity phase`, in the profile's order. */
  readonly measuring: ReadonlyMap<string, readonly Register[]>;
  /** Ids of registers that tell of another time than their reading: maxima, minima, and what else is kept as it is. */
  readonly bygone: ReadonlySet<string>;
};

/** Made once a profile: each reading of each meter looks things up in it. */
const MADE = new WeakMap<Profile, ProfileIndex>();

export function indexOf(profile: Profile): ProfileIndex {
  const made = MADE.get(profile) ?? makeIndex(profile);
  MADE.set(profile, made);
  return made;
}

function makeIndex({ registers, variables }: Profile): ProfileIndex {
  const scaleIds = new Set(registers.map(({ exponentRegister }) => exponentRegister));
  const measuring = new Map<string, Register[]>();
  for (const register of registers) {
    const key = `${register.quantity} ${register.phase}`;
    const same = measuring.get(key);
    if (same === undefined) measuring.set(key, [register]);
    else same.push(register);
  }
  return {
    register: new Map(registers.map((register) => [register.id, register])),
    variable: new Map(variables.map((variable) => [variable.code, variable])),
    scales: registers.filter(({ id }) => scaleIds.has(id)),
    measuring,
    bygone: bygoneOf(variables),
  };
}

/** What no variable takes for a value of its instant, but one for the last of its kind. */
function bygoneOf(variables: readonly Variable[]): ReadonlySet<string> {
  const idsOf = (isLast: boolean) =>
    variables.filter(({ aggregate }) => (aggregate === 'last') === isLast).flatMap(({ registers }) => registers);
  const present = new Set(idsOf(false));
  return new Set(idsOf(true).filter((id) => !present.has(id)));
}
