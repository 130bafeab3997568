import { duration } from '../formats/age.ts';
import { ACTIONS, type Action, MAIN_SCREENS, type Screen, type Ui } from '../state/ui.ts';
import { act } from './acts.ts';
import { clickedOn } from './clicks.ts';
import { copied } from './copy.ts';
import { type Context, type Handler, type Pressed, pinned, pressed, simply, telling } from './effects.ts';
import { moved } from './moves.ts';
import { OVERVIEW_KEYS } from './overview-keys.ts';
import { promptPressed } from './prompts.ts';
import { besides, goingBack, leaving, nextLevel, opening, showing, toggledFaults, toggledFreeze } from './screens.ts';

/**
 * What a key does: the screen's own state after it, and what it asks of the outside. Pure; a key that does nothing here
 * says so instead of being silent.
 */
export function press(ui: Ui, key: string, context: Context): Pressed {
  if (key === 'ctrl-z') return pressed(ui, { kind: 'suspend' });
  if (key === 'ctrl-l') return pressed(ui, { kind: 'redraw' });
  if (ui.prompt) return promptPressed(ui, ui.prompt, key, context);
  const handler = ON_SCREEN[ui.screen]?.[key] ?? EVERYWHERE[key];
  if (handler) return handler({ ...ui, feedback: null }, context);
  const clicked = clickedOn(ui, key, context);
  if (clicked) return pressed(clicked);
  const shifted = moved(ui, key, context);
  if (shifted) return pressed(shifted);
  const { now, words } = context.look;
  return pressed(telling(ui, now, words.unknownKey(key), 'dim'));
}

const acting =
  (action: Action): Handler =>
  (ui, context) =>
    act(ui, action, context);

const RATES: readonly number[] = [500, 1_000, 2_000, 5_000, 10_000];

function rated(ui: Ui, step: 1 | -1, { look }: Context): Ui {
  const at = RATES.indexOf(ui.everyMs) + step;
  const everyMs = RATES[Math.max(0, Math.min(RATES.length - 1, at))] ?? ui.everyMs;
  return telling({ ...ui, everyMs }, look.now, look.words.refreshed(duration(everyMs)));
}

const ACT_KEYS: Readonly<Record<Action, string>> = {
  pause: 'p',
  resume: 'r',
  readNow: 'n',
  identify: 'i',
  stop: 'x',
  start: 's',
};

const EVERYWHERE: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(ACTIONS.map((action) => [ACT_KEYS[action], acting(action)])),
  ...Object.fromEntries(MAIN_SCREENS.map((screen, n) => [String(n + 1), simply((ui) => showing(ui, screen))])),
  '?': simply((ui) => ({ ...ui, prompt: { kind: 'help' } })),
  // the row is the one that was seen when the command was begun
  ':': simply((ui, context) => ({ ...pinned(ui, context), prompt: { kind: 'palette', text: '', chosen: 0 } })),
  q: leaving,
  'ctrl-c': leaving,
  esc: simply(goingBack),
  h: simply(goingBack),
  left: simply(goingBack),
  backspace: simply(goingBack),
  enter: simply(opening),
  l: simply(opening),
  right: simply(opening),
  tab: simply((ui) => besides(ui, 1)),
  backtab: simply((ui) => besides(ui, -1)),
  F: simply(toggledFaults),
  u: simply(toggledFreeze),
  '+': simply((ui, context) => rated(ui, -1, context)),
  '-': simply((ui, context) => rated(ui, 1, context)),
  c: copied,
  m: simply((ui, { look }) => {
    const text = ui.mouse ? look.words.mouseOff : look.words.mouseOn;
    return telling({ ...ui, mouse: !ui.mouse }, look.now, text);
  }),
};

const filtering = simply((ui) => {
  const text = ui.filters[ui.screen] ?? '';
  return { ...ui, prompt: { kind: 'filter', text, before: text } };
});

/** The same, for rows without the text: its first sign is written already. */
const inverting = simply((ui) => {
  const before = ui.filters[ui.screen] ?? '';
  const text = before.startsWith('!') ? before : `!${before}`;
  return { ...ui, filters: { ...ui.filters, [ui.screen]: text }, prompt: { kind: 'filter', text, before } };
});

const holding = simply((ui, { look }) => ({
  ...ui,
  busPaused: ui.busPaused === null ? (look.plant.frames.get(ui.bus ?? -1) ?? []) : null,
}));

const ON_SCREEN: Readonly<Partial<Record<Screen, Readonly<Record<string, Handler>>>>> = {
  overview: { ...OVERVIEW_KEYS, '/': filtering, '!': inverting },
  bus: { ' ': holding },
  log: { '/': filtering, '!': inverting, v: simply(nextLevel) },
};
