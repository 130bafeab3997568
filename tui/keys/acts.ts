import { plain } from '../formats/width.ts';
import type { Action, Command, CommandTarget, Ui } from '../state/ui.ts';
import type { Look } from '../view-model/view.ts';
import { type Context, type Pressed, pinned, pressed, telling } from './effects.ts';

/** What a command on this screen is about: marked analyzers, else the selected row; null: nothing is. */
export function targetOf({ look, frame }: Context): CommandTarget | null {
  const { ui, plant } = look;
  const selected = frame.body.keys[frame.body.place.index];
  switch (ui.screen) {
    case 'analyzer':
      return ui.opened ? { kind: 'analyzers', ids: [ui.opened.id] } : null;
    case 'overview': {
      const marked = [...ui.marks].filter((id) => plant.analyzers.has(id));
      if (marked.length > 0) return { kind: 'analyzers', ids: marked };
      return selected === undefined ? null : { kind: 'analyzers', ids: [Number(selected)] };
    }
    case 'virtual':
      return selected === undefined ? null : { kind: 'analyzers', ids: [Number(selected)] };
    case 'lines':
      return selected === undefined ? null : { kind: 'line', id: Number(selected) };
    case 'bus':
      return ui.bus === null ? null : { kind: 'line', id: ui.bus };
    case 'tree':
    case 'alarms':
      return namedTarget(selected);
    case 'deliveries':
    case 'log':
      return null;
  }
}

function namedTarget(name: string | undefined): CommandTarget | null {
  // the rule of an alarm stands behind its subject
  const match = /^(analyzer|device):(\d+)(?: |$)/.exec(name ?? '');
  if (!match) return null;
  const id = Number(match[2]);
  return match[1] === 'device' ? { kind: 'line', id } : { kind: 'analyzers', ids: [id] };
}

/** "Kitchen", "3 analyzers", "line 1". */
export function whoOf(target: CommandTarget, { plant, words }: Pick<Look, 'plant' | 'words'>): string {
  if (target.kind === 'line') return words.line(target.id);
  const [first] = target.ids;
  if (target.ids.length !== 1 || first === undefined) return words.several(target.ids.length);
  const analyzer = plant.analyzers.get(first);
  return plain(analyzer?.name || `${analyzer?.model ?? ''} ${first}`.trim());
}

/** The name of the sum of analyzers that a command would be about; null: it is about meters. */
export function sumOf(target: CommandTarget, { plant }: Pick<Look, 'plant'>): string | null {
  const [id] = target.kind === 'analyzers' ? target.ids : [];
  const virtual = plant.virtuals.find((each) => each.id === id);
  return virtual === undefined ? null : plain(virtual.name);
}

/** Sends a command, asks first where something is lost, or says why not. */
export function act(before: Ui, action: Action, context: Context, seconds: number | null = null): Pressed {
  const { look } = context;
  // a paused meter goes to another place: the next key is about it all the same
  const ui = pinned(before, context);
  const target = targetOf(context);
  if (target === null) return pressed(telling(ui, look.now, look.words.nothingSelected, 'warn'));
  const sum = sumOf(target, look);
  if (sum !== null) return pressed(telling(ui, look.now, look.words.sums.noMeter(sum), 'warn'));
  if (target.kind === 'line' && action !== 'pause' && action !== 'resume') {
    return pressed(telling(ui, look.now, look.words.unknownKey(look.words.actions[action]), 'warn'));
  }
  const command: Command = { kind: 'act', action, target, seconds };
  const who = whoOf(target, look);
  if (context.slipped && ui.marks.size === 0) return pressed(telling(ui, look.now, look.words.slipped(who), 'warn'));
  if (action === 'stop') return asking(ui, context, look.words.askStop(who), command);
  if (action === 'pause' && target.kind === 'line') return asking(ui, context, look.words.askPauseLine(who), command);
  return sending(ui, context, command);
}

export function asking(ui: Ui, context: Context, ask: string, command: Command): Pressed {
  const refused = whyNot(context.look);
  if (refused !== null) return pressed(telling(ui, context.look.now, refused, 'warn'));
  return pressed({ ...ui, prompt: { kind: 'confirm', ask, command } });
}

export function sending(ui: Ui, { look }: Context, command: Command): Pressed {
  const refused = whyNot(look);
  if (refused !== null) return pressed(telling(ui, look.now, refused, 'warn'));
  return pressed({ ...ui, prompt: null }, { kind: 'command', command });
}

/** Why nothing can be asked of the server now; null: it can. */
function whyNot({ readOnly, plant, words }: Look): string | null {
  if (readOnly || !plant.mayCommand) return words.onlyLooking;
  return plant.link.kind === 'live' ? null : words.notConnected;
}
