import type { AnalyzerId, EpochMs, VariableCode } from './units.ts';

type Entered = {
  /** From 1 on, each once where it was entered. */
  readonly id: number;
  readonly analyzerId: AnalyzerId;
  readonly text: string;
};

/** Something that a person entered: a meter was exchanged, consumption is not billed, or what should be known. */
export type CostEvent =
  | (Entered & {
      readonly kind: 'exchange';
      readonly at: EpochMs;
      /** What the counters showed, in their own unit. */
      readonly old: number;
      readonly new: number;
      /** null: that of imported energy. */
      readonly counter: VariableCode | null;
    })
  | (Entered & { readonly kind: 'maintenance'; readonly from: EpochMs; readonly to: EpochMs })
  | (Entered & { readonly kind: 'note'; readonly at: EpochMs });

/** When it begins. */
export const beginOf = (each: CostEvent): EpochMs => (each.kind === 'maintenance' ? each.from : each.at);
