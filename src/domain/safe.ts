/** Longest text that one string from outside may bring into a log line or onto a terminal. */
export const SAFE_LENGTH_MAX = 400;

// Cc (C0, DEL, C1) moves cursors and starts escape sequences; the others hide or reorder what a person reads
const UNSAFE = /[\p{Cc}\p{Surrogate}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * A string from a device, a file or the network as it may be shown: control characters as `\x1b`, invisible and
 * direction-changing ones as `\u{202e}`, and no more than `max` characters of the original (then an ellipsis).
 */
export function safe(text: string, max = SAFE_LENGTH_MAX): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
