import type { Failure } from './errors.ts';
import type { MeterSpec } from './meter.ts';
import type { Register } from './profile.ts';
import { safe } from './safe.ts';

const SHOWN_MAX = 80;

function mismatch(spec: MeterSpec, expected: string, saw: string, todo: string): Failure {
  const { analyzerId, unit, profile } = spec;
  const message = `analyzer ${analyzerId} at address ${unit}: expected ${expected}, saw ${saw}: ${todo}`;
  return { code: 'MODEL_MISMATCH', message, facts: { analyzerId, unit, model: profile.model } };
}

const CHOOSE = 'set <model> to what this meter is, or <address> to that of the right one';

/** The meter said that it is something else. */
export function wrongText(spec: MeterSpec, text: string): Failure {
  const { model, identityContains } = spec.profile;
  const parts = identityContains.map((part) => `"${part}"`).join(' or ');
  return mismatch(spec, `a ${model} (identification with ${parts})`, `"${safe(text.trim(), SHOWN_MAX)}"`, CHOOSE);
}

/** Whether an identification fits the profile: any of its parts, without regard to case; blank: it says nothing. */
export function fitsIdentity(spec: MeterSpec, text: string): boolean {
  const { identityContains } = spec.profile;
  if (identityContains.length === 0 || text.trim() === '') return true;
  const lower = text.toLowerCase();
  return identityContains.some((part) => lower.includes(part.toLowerCase()));
}

/** The register that tells this model from others holds what it cannot hold; `value` null: the meter refused it. */
export function wrongSignature(spec: MeterSpec, register: Register, value: number | null): Failure {
  const { model, signature } = spec.profile;
  const [low, high] = signature?.range ?? [0, 0];
  const { source, unit, id } = register;
  const place =
    source.kind === 'cvm' ? source.command : `register ${source.address + 1}, wire address ${source.address}`;
  const saw = value === null ? 'that the meter refuses it' : `${Number(value.toPrecision(6))} ${unit}`.trim();
  return mismatch(spec, `${id} of a ${model} (${place}) between ${low} and ${high} ${unit}`.trim(), saw, CHOOSE);
}

/** No SunSpec map, or none of the models that the profile reads. */
export function noSunSpecModel(spec: MeterSpec, seen: readonly number[]): Failure {
  const models = spec.profile.discovery?.models.join(', ') ?? '';
  const saw = seen.length === 0 ? 'no "SunS" at 40000, 0 or 50000' : `the models ${seen.join(', ')}`;
  const todo = `choose a profile for this meter, or the <address> of its meter part`;
  return mismatch(spec, `a SunSpec map with one of the models ${models}`, saw, todo);
}
