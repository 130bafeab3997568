/** One transaction of a plan with the registers (ids of the profile) that its answer holds. */
export type Block =
  | {
      readonly kind: 'registers';
      readonly function: 3 | 4;
      readonly address: number;
      readonly count: number;
      readonly registers: readonly string[];
    }
  | { readonly kind: 'cvm'; readonly command: string; readonly length: number; readonly registers: readonly string[] };

/** The transactions of one reading, in the order they are asked. */
export type Plan = { readonly blocks: readonly Block[] };
