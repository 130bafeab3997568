declare module 'ini' {
  /** The value of one line as the package reads it: quotes and escapes undone, cut at the first free `;` or `#`. */
  export function unsafe(raw: string): unknown;
}
