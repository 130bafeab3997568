import type { OffsetAt } from './grid.ts';
import { safe } from './safe.ts';
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

/** Of one site, as a centre keeps them: more than people enter in all its years. */
export const EVENTS_MAX = 2_000;

/** When it begins. */
export const beginOf = (each: CostEvent): EpochMs => (each.kind === 'maintenance' ? each.from : each.at);

/** Longest text that is told of one. */
const TEXT_MAX = 200;

/** As a person reads it, without its id; instants as the clocks of a zone show them, which `zone` names. */
export function eventWords(each: CostEvent, offsetAt: OffsetAt, zone: string | null = null): string {
  const whose = zone === null ? '' : ` ${safe(zone, 60)}`;
  const time = (at: EpochMs) => new Date(at + offsetAt(at)).toISOString().slice(0, 16).replace('T', ' ');
  const text = each.text === '' ? '' : `: ${safe(each.text, TEXT_MAX)}`;
  switch (each.kind) {
    case 'exchange':
      return `${time(each.at)}${whose} meter exchanged, the old one at ${each.old}, the new one at ${each.new}${text}`;
    case 'maintenance':
      return `${time(each.from)} to ${time(each.to)}${whose} not billed${text}`;
    case 'note':
      return `${time(each.at)}${whose}${text === '' ? ' note' : text.slice(1)}`;
  }
}
