/** One reading as far as a power factor goes; null where it was not read. */
export type PowerSample = {
  readonly factor: number | null;
  readonly active: number | null;
  readonly reactive: number | null;
  readonly apparent: number | null;
};

/**
 * Power factor of a window and how many samples are behind it; null when no power flowed. From the sums of active and
 * reactive power where both were read: sum P / sqrt((sum P)^2 + (sum Q)^2), in the sign that the meter gives its own
 * factor (lead and lag, or direction, as its maker has it), else that of P. Otherwise by angle. Never by plain mean:
 * +0.99 and -0.99 are neighbours through 1, not through 0.
 */
export function powerFactorOf(samples: readonly PowerSample[]): { readonly value: number | null; readonly n: number } {
  const own = samples.filter(({ factor }) => factor !== null);
  const both = samples.filter(({ active, reactive }) => active !== null && reactive !== null);
  if (both.length === 0) return { value: byAngle(own), n: own.length };
  const p = sum(both.map(({ active }) => active ?? 0));
  const q = sum(both.map(({ reactive }) => reactive ?? 0));
  const size = Math.hypot(p, q);
  const value = size === 0 ? null : (Math.abs(p) / size) * Math.sign(byAngle(own) || p);
  return { value: value === null ? null : value || 0, n: both.length };
}

/** Mean of the angles as unit vectors, weighted by apparent power where it was read. A factor's sign is its side. */
function byAngle(samples: readonly PowerSample[]): number | null {
  const weigh = samples.every(({ apparent }) => apparent !== null) && samples.some(({ apparent }) => apparent !== 0);
  const vectors = samples.map(({ factor, apparent }) => {
    const size = Math.min(1, Math.abs(factor ?? 0));
    const weight = weigh ? Math.abs(apparent ?? 0) : 1;
    return { x: weight * size, y: weight * Math.sqrt(1 - size * size) * ((factor ?? 0) < 0 ? -1 : 1) };
  });
  const x = sum(vectors.map((vector) => vector.x));
  const y = sum(vectors.map((vector) => vector.y));
  const size = Math.hypot(x, y);
  if (size === 0) return null;
  return y < 0 ? -x / size || 0 : x / size;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
