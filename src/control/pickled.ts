import { type Py, pickle } from '../protocol/pickle.ts';

/**
 * Pickles mappings, each once: an operator gives the same object as long as nothing changed, and old clients ask for
 * it again and again.
 */
export function createPickled(): (value: Py) => string {
  const texts = new WeakMap<object, string>();
  return (value) => {
    if (typeof value !== 'object' || value === null) return pickle(value);
    const known = texts.get(value);
    if (known !== undefined) return known;
    const text = pickle(value);
    texts.set(value, text);
    return text;
  };
}
