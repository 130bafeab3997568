import type { Place, Ui } from '../state/ui.ts';
import type { Context } from './effects.ts';

type Move = (index: number, page: number, count: number) => number;

const WHEEL_ROWS = 3;

const MOVES: Readonly<Record<string, Move>> = {
  wheelup: (index) => index - WHEEL_ROWS,
  wheeldown: (index) => index + WHEEL_ROWS,
  up: (index) => index - 1,
  k: (index) => index - 1,
  down: (index) => index + 1,
  j: (index) => index + 1,
  pageup: (index, page) => index - page,
  pagedown: (index, page) => index + page,
  home: () => 0,
  g: () => 0,
  end: (_index, _page, count) => count - 1,
  G: (_index, _page, count) => count - 1,
};

/** Where a list stands after a key that moves; null: the key moves nothing. */
export function moved(ui: Ui, key: string, { frame }: Context): Ui | null {
  const move = MOVES[key];
  if (!move) return null;
  const { body, bodyRows } = frame;
  const page = Math.max(1, bodyRows - 1);
  const { count } = body.place;
  const isList = body.keys.length > 0;
  const room = Math.max(1, bodyRows - (body.heading ? 1 : 0));
  const from = isList ? body.place.index : body.place.top;
  const last = isList ? count - 1 : Math.max(0, count - room);
  const to = Math.max(0, Math.min(last, key === 'G' || key === 'end' ? last : move(from, page, count)));
  const place: Place = isList
    ? { key: body.keys[to] ?? null, index: to, top: body.place.top }
    : { key: null, index: to, top: to };
  // back at the end of a log, it follows again
  const follows = !isList && to === last && (ui.screen === 'log' || ui.screen === 'bus');
  const places = { ...ui.places, [ui.screen]: place };
  if (follows) delete places[ui.screen];
  return { ...ui, places };
}
