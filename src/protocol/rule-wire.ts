import type { IsoTime } from './views.ts';

/** What the webhook of a rule at the centre is told: its body. */
export type RuleWire = {
  /** The same in all that is told of one alarm: whoever hears it twice can tell. */
  readonly id: string;
  /** test: nothing happened, somebody tries whether it arrives. */
  readonly event: 'raised' | 'repeated' | 'cleared' | 'test';
  readonly rule: string;
  /** demand, baseLoad, cost. */
  readonly when: string;
  /** One sentence. */
  readonly message: string;
  /** Of what was judged; null: nothing was, as the message says. */
  readonly value: number | null;
  readonly limit: number | null;
  /** kW, or the currency. */
  readonly unit: string | null;
  /** The time that was judged, in the zone of the node. */
  readonly from: IsoTime | null;
  readonly to: IsoTime | null;
  /** Of that time, what was seen, 0..1. */
  readonly share: number | null;
  /** Its records came late: later ones were judged before. */
  readonly late: boolean;
  /** End of what was judged when it began, and the most since then. */
  readonly since: IsoTime | null;
  readonly most: number | null;
  readonly at: IsoTime;
  readonly node: { readonly id: number; readonly name: string } | null;
  /** Or a virtual meter. */
  readonly analyzer: { readonly id: number; readonly name: string } | null;
};
