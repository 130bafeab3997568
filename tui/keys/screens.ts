import { LOG_LEVELS, MAIN_SCREENS, type Screen, type Ui } from '../state/ui.ts';
import { type Context, type Pressed, pressed } from './effects.ts';

/** The screen with another one in front; where its lists stand is remembered. */
export const showing = (ui: Ui, screen: Screen): Ui => ({ ...ui, screen, prompt: null });

export const toggledFaults = (ui: Ui): Ui => ({ ...ui, screen: 'overview', faultsOnly: !ui.faultsOnly });
export const toggledFreeze = (ui: Ui): Ui => ({ ...ui, frozen: !ui.frozen });

/** The main screen after this one, or before it. */
export function besides(ui: Ui, step: 1 | -1): Ui {
  const order: readonly Screen[] = MAIN_SCREENS;
  const current = order.indexOf(mainOf(ui.screen));
  const next = MAIN_SCREENS[(current + step + MAIN_SCREENS.length) % MAIN_SCREENS.length];
  return showing(ui, next ?? 'overview');
}

/** The main screen that this one was opened from. */
export const mainOf = (screen: Screen): Screen =>
  screen === 'analyzer' || screen === 'virtual' ? 'overview' : screen === 'bus' ? 'lines' : screen;

/** The selected row, opened; the same screen where there is nothing to open. */
export function opening(ui: Ui, { frame, look }: Context): Ui {
  const selected = frame.body.keys[frame.body.place.index] ?? '';
  const { analyzers, virtuals } = look.plant;
  const id = Number(selected);
  if (ui.screen === 'overview' && analyzers.has(id)) return openingAnalyzer(ui, id);
  if (ui.screen === 'virtual' && analyzers.has(id)) return openingAnalyzer(ui, id, ui.virtual);
  if (ui.screen === 'overview' && virtuals.some((each) => each.id === id)) return openingVirtual(ui, id);
  if (ui.screen === 'lines' && look.plant.devices.has(Number(selected))) return openingBus(ui, Number(selected));
  const isNamed = ui.screen === 'tree' || ui.screen === 'alarms';
  const match = /^(analyzer|device):(\d+)(?: |$)/.exec(isNamed ? selected : '');
  if (!match) return ui;
  return match[1] === 'device' ? openingBus(ui, Number(match[2])) : openingAnalyzer(ui, Number(match[2]));
}

/** `from`: the sum that it was opened from. */
function openingAnalyzer(ui: Ui, id: number, from: number | null = null): Ui {
  const { analyzer: _left, ...places } = ui.places;
  return { ...showing(ui, 'analyzer'), places, opened: { id, why: null, meter: null, history: {} }, virtual: from };
}

function openingVirtual(ui: Ui, id: number): Ui {
  const { virtual: _left, ...places } = ui.places;
  return { ...showing(ui, 'virtual'), places, virtual: id };
}

function openingBus(ui: Ui, id: number): Ui {
  const { bus: _left, ...places } = ui.places;
  return { ...showing(ui, 'bus'), places, bus: id, busPaused: null };
}

/** One step back: out of an opened row, then a filter, marks, faults only; at last nothing. */
export function goingBack(ui: Ui): Ui {
  if (ui.screen === 'analyzer' && ui.virtual !== null) return showing(ui, 'virtual');
  if (ui.screen !== mainOf(ui.screen)) return showing(ui, mainOf(ui.screen));
  if ((ui.filters[ui.screen] ?? '') !== '') return { ...ui, filters: { ...ui.filters, [ui.screen]: '' } };
  if (ui.screen !== 'overview') return showing(ui, 'overview');
  if (ui.marks.size > 0) return { ...ui, marks: new Set() };
  return { ...ui, faultsOnly: false };
}

/** Leaves at once, or asks what becomes of a server that belongs to this screen. */
export const leaving = (ui: Ui, { isOwner }: Context): Pressed =>
  isOwner ? pressed({ ...ui, prompt: { kind: 'leave' } }) : pressed(ui, { kind: 'quit', stop: false });

export function nextLevel(ui: Ui): Ui {
  const { log: _left, ...places } = ui.places;
  const level = LOG_LEVELS[(LOG_LEVELS.indexOf(ui.level) + 1) % LOG_LEVELS.length] ?? 'info';
  return { ...ui, level, places };
}
