// Plain JavaScript: this runs on a Node that is too old for Lector, to say so in words.

/**
 * Whether a Node version satisfies an `engines` range of the shapes `^a.b.c` and `>=a.b.c`, joined by `||`.
 * @param {string} version such as "20.11.1"
 * @param {string} range
 */
export function satisfies(version, range) {
  const parts = (/** @type {string} */ text) => text.split('.').map(Number);
  const [major = 0, minor = 0, patch = 0] = parts(version);
  return range.split('||').some((one) => {
    const [a = 0, b = 0, c = 0] = parts(one.trim().replace(/^(\^|>=)/, ''));
    if (one.trim().startsWith('^') ? major !== a : major < a) return false;
    return major > a || minor > b || (minor === b && patch >= c);
  });
}

/**
 * An `engines` range in words: "22 from 22.22.2 on, 24 from 24.15.0 on, or any from 26.0.0 on".
 * @param {string} range
 */
export function rangeText(range) {
  const ways = range.split('||').map((one) => {
    const version = one.trim().replace(/^(\^|>=)/, '');
    return `${one.trim().startsWith('^') ? version.split('.')[0] : 'any'} from ${version} on`;
  });
  return ways.join(', ').replace(/, ([^,]*)$/, ', or $1');
}
