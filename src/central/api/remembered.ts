/** Longer texts are not what is asked with every call. */
const LENGTH_MAX = 256;

/** The same answers, each made once while no more than `max` texts are asked for. `make` depends on nothing else. */
export function remembered<T>(max: number, make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = make(text);
    if (text.length > LENGTH_MAX) return made;
    if (known.size >= max) known.clear();
    known.set(text, made);
    return made;
  };
}
