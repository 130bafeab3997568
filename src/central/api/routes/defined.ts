/** What zod leaves out may be there as undefined; what is asked of the registry has no such keys. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export function defined<T extends Readonly<Record<string, unknown>>>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
