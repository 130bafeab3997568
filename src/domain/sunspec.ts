import type { ReadRegisters } from './transaction.ts';

/** Where a SunSpec map may begin, in the order tried. Source: SunSpec Device Information Model Specification. */
const BASES: readonly number[] = [40_000, 0, 50_000];
/** "SunS", the two words at the beginning of every map. */
const MARKER: readonly number[] = [0x5375, 0x6e53];
const END_OF_MODELS = 0xffff;
/** Most models that a map is walked through; real ones have fewer than twenty. */
const MODELS_MAX = 64;
const ADDRESS_MAX = 65_535;

/**
 * The search for a model. remembered: is it still where it was; marker: is there a map at this base; id: which model is
 * at `address`; header: that again, with its length. Counts alternate, so that an answer that comes twice is noticed.
 */
export type Walk = {
  readonly step: 'remembered' | 'marker' | 'id' | 'header';
  readonly bases: readonly number[];
  readonly address: number;
  readonly id: number;
  /** Ids of the models met so far. */
  readonly seen: readonly number[];
};

export type WalkStep =
  | { readonly kind: 'walking'; readonly walk: Walk }
  | { readonly kind: 'found'; readonly base: number; readonly model: number }
  | { readonly kind: 'nowhere'; readonly seen: readonly number[] };

/** `remembered` is the base found last time, or 0. */
export function startWalk(remembered: number): Walk {
  const [first = 0, ...bases] = BASES;
  if (remembered === 0) return { step: 'marker', bases, address: first, id: 0, seen: [] };
  return { step: 'remembered', bases: BASES, address: remembered, id: 0, seen: [] };
}

export function walkRead({ step, address }: Walk, unit: number): ReadRegisters {
  return { kind: 'registers', unit, function: 3, address, count: step === 'id' ? 1 : 2 };
}

/** There is no map here: the next base, if any. Also after a refused read. */
export function walkOn(walk: Walk): WalkStep {
  const [address, ...bases] = walk.bases;
  if (address === undefined) return { kind: 'nowhere', seen: walk.seen };
  return { kind: 'walking', walk: { ...walk, step: 'marker', bases, address } };
}

/** Takes the words of an answer; `models` are the ids looked for. The base is the address of the model's id. */
export function walkAnswered(walk: Walk, words: readonly number[], models: readonly number[]): WalkStep {
  const [id = END_OF_MODELS, length = 0] = words;
  switch (walk.step) {
    case 'remembered':
      return models.includes(id) ? { kind: 'found', base: walk.address, model: id } : walkOn(walk);
    case 'marker':
      if (id !== MARKER[0] || length !== MARKER[1]) return walkOn(walk);
      return { kind: 'walking', walk: { ...walk, step: 'id', address: walk.address + MARKER.length } };
    case 'id':
      if (id === END_OF_MODELS || walk.seen.length >= MODELS_MAX) return walkOn(walk);
      return { kind: 'walking', walk: { ...walk, step: 'header', id } };
    case 'header':
      return takeHeader(walk, id, length, models);
  }
}

function takeHeader(walk: Walk, id: number, length: number, models: readonly number[]): WalkStep {
  const address = walk.address + MARKER.length + length;
  if (id !== walk.id || address > ADDRESS_MAX) return walkOn(walk);
  if (models.includes(id)) return { kind: 'found', base: walk.address, model: id };
  return { kind: 'walking', walk: { ...walk, step: 'id', address, seen: [...walk.seen, id] } };
}
