import type { Ui } from '../state/ui.ts';
import type { Context } from './effects.ts';
import { opening } from './screens.ts';

/** A click selects the row that is there, and opens it where it is selected already; null: the key is no click. */
export function clickedOn(ui: Ui, key: string, context: Context): Ui | null {
  const match = /^click:(\d+)$/.exec(key);
  if (!match) return null;
  const { header, tabs, body } = context.frame;
  const above = [header, tabs, body.heading].filter((each) => each !== null).length;
  const line = Number(match[1]) - above;
  const index = body.place.top + line;
  const selected = body.keys[index];
  if (line < 0 || line >= body.lines.length || selected === undefined) return ui;
  if (index === body.place.index) return opening(ui, context);
  return { ...ui, places: { ...ui.places, [ui.screen]: { key: selected, index, top: body.place.top } } };
}
