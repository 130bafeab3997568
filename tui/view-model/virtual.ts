import { textLine } from './line.ts';
import { textBody } from './list-body.ts';
import { tableBody } from './overview.ts';
import { rowFor } from './overview-rows.ts';
import { type Body, type Look, serverNow } from './view.ts';
import { virtualRow } from './virtual-rows.ts';

/**
 * A sum of analyzers, and below it what it is made of, each with its sign; a row opens its analyzer:
 *
 *        STATE        ID NAME              READ     kWh    PF      V       A       kW
 *   ▶ Σ computed   100 Building            now    98.1                          30.25
 *    +● polling      1 Main switchboard    now   123.4  0.97  230.1    52.3    34.85
 *    -● polling      5 Workshop            now    25.3  0.95  229.8     7.1     4.60
 */
export function virtualBody(look: Look, height: number): Body {
  const { plant, ui, words } = look;
  const virtual = plant.virtuals.find(({ id }) => id === ui.virtual);
  if (virtual === undefined) {
    const lines = [textLine('none', `  ${words.nothingSelected}`)];
    return textBody(look, height, { screen: 'virtual', heading: null, lines });
  }
  const now = serverNow(look);
  const terms = virtual.terms.flatMap(({ id }) => {
    const analyzer = plant.analyzers.get(id);
    return analyzer === undefined ? [] : [rowFor(analyzer, look, now)];
  });
  const signs = new Map(virtual.terms.map(({ id, sign }) => [id, sign < 0 ? '-' : '+']));
  return tableBody(look, height, {
    screen: 'virtual',
    rows: [virtualRow(virtual, look), ...terms],
    markOf: ({ shown }) => signs.get(shown.id) ?? ' ',
    empty: '',
  });
}
