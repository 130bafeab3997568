/** Longest text that one string from outside may bring into a log line or onto a terminal. */
export const SAFE_LENGTH_MAX = 400;

// Cc (C0, DEL, C1) moves cursors and starts escape sequences; the others hide or reorder what a person reads
const UNSAFE = /[\p{Cc}\p{Surrogate}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

// up to the last @ before a slash or a blank: a password may hold one
const CREDENTIALS = /(\w:\/\/)[^\s/?#]*@/g;
// what services that know no header ask for in the address: ?apikey=..., &access_token=...
const IN_QUERY = /([?&][\w.-]{0,40}(?:key|token|secret|passw|pwd|sig|auth)[\w.-]{0,40}=)(?!\*\*\*)[^&#\s"'<>()]+/gi;
/** Longer than any URL that the cut may fall into. */
const URL_MAX = 2_000;

/** A text with URLs as they may be shown: `https://***@host/x?key=***`. */
export const withoutSecrets = (text: string): string => text.replace(CREDENTIALS, '$1***@').replace(IN_QUERY, '$1***');

/**
 * A string from a device, a file or the network as it may be shown: control characters as `\x1b`, invisible and
 * direction-changing ones as `\u{202e}`, no more than `max` characters of the original (then an ellipsis), and URLs
 * without user, password and keys in the query (`https://***@host`).
 */
export function safe(text: string, max = SAFE_LENGTH_MAX): string {
  const shown = withoutSecrets(text.slice(0, max + URL_MAX));
  const cut = shown.length > max || text.length > max + URL_MAX ? `${shown.slice(0, max)}…` : shown;
  return cut.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
