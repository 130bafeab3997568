import type { IsoTime } from './views.ts';

/** What actions are told: the body of a webhook, the payload of a topic, the standard input of a command. */
export type AlarmWire = {
  /** The same in all that is told of one alarm: whoever hears it twice can tell. */
  readonly id: string;
  readonly event: 'raised' | 'repeated' | 'cleared';
  readonly rule: string;
  /** silent, lineLost, diskLow, frozen, above, below, demand, owed. */
  readonly when: string;
  readonly severity: 'warning' | 'error';
  /** `analyzer:3`, `device:1`, `delivery:...`, `node`. */
  readonly subject: string;
  /** `analyzer 3 (PM710 "Pump room")`. */
  readonly label: string;
  /** One sentence, the label in it. */
  readonly message: string;
  /** The value behind it, in the unit of the rule's limit; bytes of a disk; records that are owed. */
  readonly value: number | null;
  readonly limit: number | null;
  readonly since: IsoTime;
  readonly at: IsoTime;
  readonly node: { readonly id: number; readonly name: string };
  readonly analyzer: { readonly id: number; readonly name: string; readonly location: string } | null;
};
