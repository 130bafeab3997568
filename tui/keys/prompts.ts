import { MAIN_SCREENS, type Prompt, type Ui } from '../state/ui.ts';
import { act, asking, sending } from './acts.ts';
import { type Context, type Pressed, pressed, telling } from './effects.ts';
import { completions, type PaletteName, parsed } from './palette.ts';
import { leaving, showing, toggledFaults, toggledFreeze } from './screens.ts';

/** A key while something is asked: it goes to the question, and to nothing behind it. */
export function promptPressed(ui: Ui, prompt: Prompt, key: string, context: Context): Pressed {
  switch (prompt.kind) {
    case 'filter':
      return filterPressed(ui, prompt, key);
    case 'palette':
      return palettePressed(ui, prompt, key, context);
    case 'confirm': {
      const yes = key === 'y' || key === 'Y' || key === 's' || key === 'S';
      return yes ? sending(ui, context, prompt.command) : pressed({ ...ui, prompt: null });
    }
    case 'leave':
      if (key === 'l' || key === 'q') return pressed(ui, { kind: 'quit', stop: false });
      return key === 's' ? pressed(ui, { kind: 'quit', stop: true }) : pressed({ ...ui, prompt: null });
    case 'help':
      return pressed({ ...ui, prompt: null });
  }
}

/** A text after a key that writes; null: the key does not. */
function written(text: string, key: string): string | null {
  if (key === 'backspace') return [...text].slice(0, -1).join('');
  if (key === 'ctrl-u') return '';
  return [...key].length === 1 ? text + key : null;
}

function filterPressed(ui: Ui, prompt: Extract<Prompt, { kind: 'filter' }>, key: string): Pressed {
  const show = (text: string, next: Prompt | null): Pressed =>
    pressed({ ...ui, prompt: next, filters: { ...ui.filters, [ui.screen]: text } });
  if (key === 'enter' || key === 'down' || key === 'up') return show(prompt.text, null);
  if (key === 'esc' || key === 'ctrl-c') return show(prompt.before, null);
  if (key === 'backspace' && prompt.text === '') return show('', null);
  const text = written(prompt.text, key);
  return text === null ? pressed(ui) : show(text, { ...prompt, text });
}

function palettePressed(ui: Ui, prompt: Extract<Prompt, { kind: 'palette' }>, key: string, context: Context): Pressed {
  const { words } = context.look;
  const list = completions(prompt.text, words);
  const choose = (chosen: number): Pressed =>
    pressed({ ...ui, prompt: { ...prompt, chosen: Math.max(0, Math.min(list.length - 1, chosen)) } });
  switch (key) {
    case 'esc':
    case 'ctrl-c':
      return pressed({ ...ui, prompt: null });
    case 'up':
      return choose(prompt.chosen - 1);
    case 'down':
      return choose(prompt.chosen + 1);
    case 'tab': {
      const text = list[prompt.chosen]?.name ?? prompt.text;
      return pressed({ ...ui, prompt: { kind: 'palette', text: `${text} `, chosen: 0 } });
    }
    case 'enter': {
      const command = parsed(prompt.text, prompt.chosen, words);
      const closed = { ...ui, prompt: null };
      if (command) return COMMANDS[command.name](closed, command.argument, context);
      const text = prompt.text.trim();
      return pressed(text === '' ? closed : telling(closed, context.look.now, words.unknownCommand(text), 'warn'));
    }
    default: {
      const text = written(prompt.text, key);
      return text === null ? pressed(ui) : pressed({ ...ui, prompt: { kind: 'palette', text, chosen: 0 } });
    }
  }
}

type Run = (ui: Ui, argument: string, context: Context) => Pressed;
const screens = Object.fromEntries(
  MAIN_SCREENS.map((screen): [string, Run] => [screen, (ui) => pressed(showing(ui, screen))]),
) as Readonly<Record<(typeof MAIN_SCREENS)[number], Run>>;

const SECONDS = 60;

const COMMANDS: Readonly<Record<PaletteName, Run>> = {
  ...screens,
  pause: (ui, argument, context) => {
    const minutes = Number(argument);
    const seconds = argument !== '' && minutes > 0 ? Math.round(minutes * SECONDS) : null;
    return act(ui, 'pause', context, seconds);
  },
  resume: (ui, _argument, context) => act(ui, 'resume', context),
  read: (ui, _argument, context) => act(ui, 'readNow', context),
  identify: (ui, _argument, context) => act(ui, 'identify', context),
  stop: (ui, _argument, context) => act(ui, 'stop', context),
  start: (ui, _argument, context) => act(ui, 'start', context),
  startall: (ui, _argument, context) => sending(ui, context, { kind: 'startAll' }),
  reload: (ui, _argument, context) => sending(ui, context, { kind: 'reload' }),
  shutdown: (ui, _argument, context) => asking(ui, context, context.look.words.askShutdown, { kind: 'shutdown' }),
  filter: (ui, argument) => pressed({ ...ui, filters: { ...ui.filters, [ui.screen]: argument } }),
  faults: (ui) => pressed(toggledFaults(ui)),
  freeze: (ui) => pressed(toggledFreeze(ui)),
  help: (ui) => pressed({ ...ui, prompt: { kind: 'help' } }),
  quit: (ui, _argument, context) => leaving(ui, context),
};
