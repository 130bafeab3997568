import { age } from '../formats/age.ts';
import { figureIn, percent } from '../formats/figure.ts';
import { spark } from '../formats/spark.ts';
import { plain, widthOf } from '../formats/width.ts';
import type { Sort, Tone } from '../state/ui.ts';
import { span } from './line.ts';
import type { Row } from './overview-rows.ts';
import type { Column } from './table.ts';
import type { Look } from './view.ts';

/** Narrower than this, the state is a sign without a word. */
const STATE_FROM = 60;
const WIDE_FROM = 100;
const NAMES_FROM = 200;
const NAME_COLUMNS = 28;
const NAME_COLUMNS_MAX = 60;

/** What changes often is on the right: the unchanged left of a line is not sent again. */
export function overviewColumns(look: Look): readonly Column<Row>[] {
  const all = [...identityColumns(look), ...figureColumns(look)];
  // the sign says it already, and the name says more
  return look.columns < STATE_FROM ? all.filter(({ key }) => key !== 'state') : all;
}

/** Names have more room than most need; on a wide screen, as much as the longest takes. */
function nameGrowth({ plant, columns }: Look): number {
  if (columns < NAMES_FROM) return NAME_COLUMNS;
  const longest = Math.max(0, ...[...plant.analyzers.values()].map(({ name }) => widthOf(plain(name))));
  return Math.min(NAME_COLUMNS_MAX, Math.max(NAME_COLUMNS, longest));
}

const idsOf = ({ plant }: Look): readonly number[] => [
  ...plant.analyzers.keys(),
  ...plant.virtuals.map(({ id }) => id),
];

/** A title, marked where the list is sorted by it. */
const titleOf = ({ ui, glyphs }: Look, sort: Sort, text: string): string =>
  ui.sort === sort && sort !== 'state' ? `${text}${ui.reversed ? glyphs.up : glyphs.down}` : text;

function identityColumns(look: Look): readonly Column<Row>[] {
  const { words } = look;
  const title = (sort: Sort, text: string): string => titleOf(look, sort, text);
  const c = words.columns;
  return [
    {
      key: 'state',
      title: c.state,
      width: 11,
      rank: 0,
      align: 'left',
      cell: ({ condition }) => span(condition.word, condition.tone),
    },
    {
      key: 'id',
      title: title('id', c.id),
      width: Math.max(3, ...idsOf(look).map((id) => String(id).length)),
      rank: 4,
      align: 'right',
      cell: ({ shown }) => span(String(shown.id)),
    },
    {
      key: 'name',
      title: title('name', c.name),
      width: 16,
      grow: nameGrowth(look),
      rank: 0,
      align: 'left',
      cell: ({ shown }) => span(plain(shown.name || shown.model)),
    },
    {
      key: 'model',
      title: c.model,
      width: 10,
      rank: 9,
      align: 'left',
      cell: ({ shown }) => span(plain(shown.model), 'dim'),
    },
    {
      key: 'line',
      title: title('line', c.line),
      width: 5,
      rank: 10,
      align: 'right',
      cell: ({ shown }) => span(shown.device === null ? '' : String(shown.device), 'dim'),
    },
    {
      key: 'age',
      title: title('age', c.age),
      width: 6,
      rank: 1,
      align: 'right',
      cell: ({ ageMs, isOld }) => span(ageMs === null ? '-' : age(ageMs, words.now), isOld ? 'warn' : 'dim'),
    },
  ];
}

function figureColumns(look: Look): readonly Column<Row>[] {
  const { words, glyphs } = look;
  const title = (sort: Sort, text: string): string => titleOf(look, sort, text);
  const isWide = look.columns >= WIDE_FROM;
  const c = words.columns;
  return [
    {
      key: 'spark',
      title: c.spark,
      width: 15,
      grow: 24,
      rank: 11,
      align: 'left',
      cell: ({ shown }, width) => span(spark(shown.spark, width, glyphs), 'accent'),
    },
    {
      key: 'errors',
      title: title('errors', c.errors),
      width: 4,
      rank: 8,
      align: 'right',
      cell: ({ shown }) =>
        span(shown.device === null ? '' : percent(shown.errorShare), (shown.errorShare ?? 0) > 0 ? 'warn' : 'dim'),
    },
    {
      key: 'energy',
      title: title('energy', isWide ? c.energy : c.energyShort),
      width: isWide ? 9 : 7,
      rank: 7,
      align: 'right',
      cell: ({ shown }, width) => span(figureIn(shown.today.energyKwh, 1, width)),
    },
    ...costColumns(look),
    ...readColumns(look),
  ];
}

/** What the energy of today costs, where a contract says it. */
function costColumns({ plant, words }: Look): readonly Column<Row>[] {
  if (![...plant.analyzers.values()].some(({ today }) => (today.cost ?? null) !== null)) return [];
  const cell: Column<Row>['cell'] = ({ shown }, width) => span(figureIn(shown.today.cost, 2, width));
  return [{ key: 'cost', title: words.columns.cost, width: 7, rank: 8, align: 'right', cell }];
}

/** Figures that are not those of now do not look as if they were. */
const toneOf = ({ isOld, figures }: Row, isOdd = false): Tone =>
  isOld ? 'dim' : isOdd && figures.oddPhase ? 'warn' : 'plain';

/** What every reading changes. */
function readColumns(look: Look): readonly Column<Row>[] {
  const title = (sort: Sort, text: string): string => titleOf(look, sort, text);
  const c = look.words.columns;
  return [
    {
      key: 'pf',
      title: title('pf', c.pf),
      width: 5,
      rank: 6,
      align: 'right',
      cell: (row, width) => span(figureIn(row.figures.pf, 2, width), toneOf(row)),
    },
    {
      key: 'voltage',
      title: title('voltage', 'V'),
      width: 6,
      rank: 3,
      align: 'right',
      cell: (row, width) => span(figureIn(row.figures.voltage, 1, width), toneOf(row, true)),
    },
    {
      key: 'current',
      title: title('current', 'A'),
      width: 6,
      rank: 5,
      align: 'right',
      cell: (row, width) => span(figureIn(row.figures.current, 1, width), toneOf(row)),
    },
    {
      key: 'power',
      title: title('power', 'kW'),
      width: 7,
      rank: 2,
      align: 'right',
      cell: (row, width) => span(figureIn(row.figures.kw, 2, width), toneOf(row)),
    },
  ];
}
