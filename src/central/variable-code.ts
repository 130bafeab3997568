/** Codes that are some's of a fleet; others are looked at each time. */
const KNOWN_MAX = 1_000;
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,19}$/;

/** Whether every object has that already: what is looked up by it would be found where there is none. */
export const isOfEveryObject = (code: string): boolean => code in {};

const known = new Set<string>();

/** Whether a text can name a variable: `TPF`. */
export function isVariableCode(code: string): boolean {
  if (known.has(code)) return true;
  if (!CODE.test(code) || isOfEveryObject(code)) return false;
  if (known.size < KNOWN_MAX) known.add(code);
  return true;
}
