import type { Sort, Ui } from '../state/ui.ts';
import { sumOf } from './acts.ts';
import { type Context, type Handler, type Pressed, pressed, simply, telling } from './effects.ts';
import { moved } from './moves.ts';

const SORT_KEYS: Readonly<Record<string, Sort>> = {
  S: 'state',
  D: 'id',
  N: 'name',
  L: 'line',
  A: 'age',
  V: 'voltage',
  I: 'current',
  P: 'power',
  C: 'pf',
  E: 'energy',
  X: 'errors',
};

const sorting = (sort: Sort): Handler =>
  simply((ui, { look }) => {
    const next = { ...ui, sort, reversed: ui.sort === sort ? !ui.reversed : false };
    return telling(next, look.now, look.words.sortedBy(look.words.sorts[sort], next.reversed));
  });

/** Ready-made views of the list, the first of them as it is at the start. */
const VIEWS: readonly (readonly [Sort, faultsOnly: boolean])[] = [
  ['state', false],
  ['state', true],
  ['power', false],
  ['errors', false],
  ['line', false],
];

function nextView(ui: Ui, { look: { now, words } }: Context): Ui {
  const at = VIEWS.findIndex(([sort, faultsOnly]) => sort === ui.sort && faultsOnly === ui.faultsOnly);
  const [sort, faultsOnly] = VIEWS[(at + 1) % VIEWS.length] ?? (['state', false] as const);
  const text = faultsOnly ? words.faultsOnly : words.sortedBy(words.sorts[sort], false);
  return telling({ ...ui, sort, faultsOnly, reversed: false }, now, text);
}

/** Marks the selected row and goes on to the next one, as a person marks several. */
function marking(ui: Ui, context: Context): Pressed {
  const { keys, place } = context.frame.body;
  const key = keys[place.index];
  if (key === undefined) return pressed(ui);
  const { look } = context;
  const sum = sumOf({ kind: 'analyzers', ids: [Number(key)] }, look);
  if (sum !== null) return pressed(telling(ui, look.now, look.words.sums.noMeter(sum), 'warn'));
  const marks = new Set(ui.marks);
  if (!marks.delete(Number(key))) marks.add(Number(key));
  return pressed(moved({ ...ui, marks }, 'down', context) ?? ui);
}

function markingAll(ui: Ui, { frame, look }: Context): Pressed {
  const ids = frame.body.keys.map(Number).filter((id) => look.plant.analyzers.has(id));
  const every = ids.every((id) => ui.marks.has(id));
  return pressed({ ...ui, marks: new Set(every ? [] : [...ui.marks, ...ids]) });
}

/** Keys of the overview alone: how its rows are sorted, shown and marked. */
export const OVERVIEW_KEYS: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(Object.entries(SORT_KEYS).map(([key, sort]) => [key, sorting(sort)])),
  ' ': marking,
  '*': markingAll,
  v: simply(nextView),
};
