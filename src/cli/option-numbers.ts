/** The value of an option as a whole number; null when it is none, or outside. */
export function wholeIn(text: string, min: number, max: number): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
}

export const SECONDS_MIN = 0.01;
export const SECONDS_MAX = 600;

/** The value of an option in seconds, `2.5` or `2.5s`; null when it is none, or outside. */
export function secondsIn(text: string): number | null {
  const value = Number(/^(\d+(?:\.\d+)?)s?$/.exec(text)?.[1] ?? Number.NaN);
  return value >= SECONDS_MIN && value <= SECONDS_MAX ? value : null;
}
