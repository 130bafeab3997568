import type { AnalyzerState, AnalyzerView, ErrorView, IsoTime, NumberList } from '../../protocol/views.ts';
import { isOnline } from '../online.ts';

/** The last reading of an analyzer, as it is published and retained. */
export type StateWire = {
  readonly node: number;
  readonly analyzer: number;
  /** When it was read: what is retained may be old. */
  readonly at: IsoTime;
  readonly state: AnalyzerState;
  /** Whether these are the values of now. */
  readonly online: boolean;
  /** One list for each variable; null: not known. */
  readonly values: Readonly<Record<string, NumberList>>;
  /** Values that are doubted, by variable. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly failure: ErrorView | null;
};

/** null before the first reading. */
export function stateOf(view: AnalyzerView, node: number): StateWire | null {
  const { lastReading: reading } = view;
  if (reading === null) return null;
  return {
    ...{ node, analyzer: view.id, at: reading.at, state: view.state, online: isOnline(view) },
    ...{ values: reading.values, flags: reading.flags, failure: reading.failure ?? view.error },
  };
}
