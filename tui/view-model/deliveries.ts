import type { DeliveryState, DeliveryView } from '../../src/protocol/views.ts';
import { age } from '../formats/age.ts';
import { count } from '../formats/figure.ts';
import type { Sign } from '../formats/glyphs.ts';
import { instantOf } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import type { Tone } from '../state/ui.ts';
import { adviceOf, joined, nextTryWords, sinceOf } from './condition.ts';
import { span } from './line.ts';
import { LEAD, listBody } from './list-body.ts';
import { type Column, fitted, headingOf, rowOf } from './table.ts';
import { type Body, type Look, serverNow } from './view.ts';

const LOOKS: Readonly<Record<DeliveryState, readonly [Sign, Tone]>> = {
  idle: ['fine', 'good'],
  sending: ['fine', 'good'],
  backingOff: ['bad', 'bad'],
  parked: ['doubt', 'warn'],
  held: ['held', 'bad'],
};

function columnsOf(look: Look): readonly Column<DeliveryView>[] {
  const { words, glyphs } = look;
  const c = words.columns;
  const now = serverNow(look);
  const oldest = ({ oldest }: DeliveryView): string =>
    oldest === null ? '-' : age(now - instantOf(oldest), words.now);
  return [
    {
      ...{ key: 'state', title: c.state, width: 12, rank: 0, align: 'left' as const },
      cell: ({ state }) => span(`${glyphs.signs[LOOKS[state][0]]} ${words.deliveryStates[state]}`, LOOKS[state][1]),
    },
    {
      ...{ key: 'target', title: c.destination, width: 20, grow: 44, rank: 1, align: 'left' as const },
      cell: ({ type, target }) => span(plain(`${type} ${target}`)),
    },
    { key: 'owed', title: c.owed, width: 9, rank: 0, align: 'right', cell: ({ owed }) => span(count(owed)) },
    { key: 'oldest', title: c.oldest, width: 11, rank: 3, align: 'right', cell: (row) => span(oldest(row)) },
    { key: 'rate', title: c.perMinute, width: 7, rank: 4, align: 'right', cell: (row) => span(count(row.perMinute)) },
    {
      ...{ key: 'parked', title: c.setAside, width: 9, rank: 5, align: 'right' as const },
      cell: ({ parked }) => span(count(parked), parked > 0 ? 'warn' : 'dim'),
    },
    {
      ...{ key: 'error', title: c.error, width: 14, grow: 80, rank: 2, align: 'left' as const },
      cell: (row) => (row.error ? span(saidBy(row), 'warn') : span(words.noErrors, 'dim')),
    },
  ];
}

/**
 * What each exporter owes:
 *
 *     STATE        DESTINATION                    OWED    OLDEST PER MIN SET ASIDE LAST ERROR
 *   ▶ ● up to date localFile dades                   0         -       5         0 none
 */
export function deliveriesBody(look: Look, height: number): Body {
  const { words, columns, glyphs, plant } = look;
  const table = fitted(columnsOf(look), columns - LEAD);
  return listBody(look, height, {
    screen: 'deliveries',
    heading: headingOf(table, glyphs.ellipsis).spans,
    rows: [...plant.deliveries.values()],
    keyOf: ({ exporter }) => exporter,
    draw: (row) => rowOf(table, row, glyphs.ellipsis),
    detailOf: (row) => detailOf(row, look),
    empty: words.noDeliveries,
    cut: table.cut,
  });
}

/** What went wrong, without the destination that stands beside it already. */
function saidBy({ error, target }: DeliveryView): string {
  const said = error?.message ?? '';
  return plain(said.startsWith(`${target}: `) ? said.slice(target.length + 2) : said);
}

function detailOf(row: DeliveryView, look: Look): readonly string[] {
  const { words } = look;
  const next = nextTryWords(row.nextTry, serverNow(look), words);
  const error = saidBy(row);
  const state = `${words.deliveryStates[row.state]} ${sinceOf(row.since, serverNow(look), words)}`.trim();
  return [`${plain(row.target)}: ${joined([state, error, next])}`, adviceOf(row.error, words)];
}
