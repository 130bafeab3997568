import type { AlarmView } from '../../src/protocol/views.ts';
import { age } from '../formats/age.ts';
import { instantOf } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import { sinceOf } from './condition.ts';
import { span } from './line.ts';
import { LEAD, listBody } from './list-body.ts';
import { type Column, fitted, headingOf, rowOf } from './table.ts';
import { type Body, type Look, serverNow } from './view.ts';

function columnsOf(look: Look): readonly Column<AlarmView>[] {
  const { words, glyphs } = look;
  const c = words.columns;
  const now = serverNow(look);
  const since = (at: string | null): string => (at === null ? '-' : age(now - instantOf(at), words.now));
  return [
    {
      ...{ key: 'severity', title: c.state, width: 10, rank: 0, align: 'left' as const },
      cell: ({ severity }) => {
        const [sign, tone] = severity === 'error' ? (['bad', 'bad'] as const) : (['doubt', 'warn'] as const);
        return span(`${glyphs.signs[sign]} ${words.severities[severity]}`, tone);
      },
    },
    { key: 'since', title: c.since, width: 11, rank: 2, align: 'right', cell: (row) => span(since(row.since)) },
    {
      ...{ key: 'who', title: c.name, width: 16, grow: 40, rank: 0, align: 'left' as const },
      cell: (row) => span(whoOf(row, look)),
    },
    {
      ...{ key: 'message', title: c.alarm, width: 20, grow: 100, rank: 1, align: 'left' as const },
      cell: ({ message }) => span(plain(message)),
    },
    {
      ...{ key: 'rule', title: c.rule, width: 8, grow: 20, rank: 3, align: 'left' as const },
      cell: ({ rule }) => span(plain(rule ?? '-'), 'dim'),
    },
  ];
}

/**
 * What rules have raised, worst first:
 *
 *     STATE            SINCE NAME                  WHAT IS WRONG                       RULE
 *   ▶ ✖ error         22 min 3 Pump room (PM710)   has not been read for 22 min: ...   silent
 */
export function alarmsBody(look: Look, height: number): Body {
  const { words, columns, glyphs, plant } = look;
  const table = fitted(columnsOf(look), columns - LEAD);
  return listBody(look, height, {
    screen: 'alarms',
    heading: headingOf(table, glyphs.ellipsis).spans,
    rows: plant.node?.alarms ?? [],
    keyOf,
    draw: (row) => rowOf(table, row, glyphs.ellipsis),
    detailOf: (row) => {
      const since = sinceOf(row.since, serverNow(look), words);
      return [`${whoOf(row, look)}: ${plain(row.message)}`, [since, plain(row.rule ?? '')].filter(Boolean).join('  ')];
    },
    empty: words.noAlarms,
    cut: table.cut,
  });
}

/** Enter opens whom it is about. */
const keyOf = ({ subject, rule }: AlarmView): string => `${subject} ${rule ?? ''}`;

/** As the other screens call it; what they do not know goes by the server's words. */
function whoOf({ subject, label }: AlarmView, { plant, words }: Look): string {
  const [kind, id] = subject.split(':');
  const analyzer = kind === 'analyzer' ? plant.analyzers.get(Number(id)) : undefined;
  if (analyzer) return plain(`${analyzer.id} ${analyzer.name} (${analyzer.model})`);
  const device = kind === 'device' ? plant.devices.get(Number(id)) : undefined;
  return device ? plain(`${words.line(device.id)} ${device.description}`) : plain(label);
}
