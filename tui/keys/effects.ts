import type { Command, Ui } from '../state/ui.ts';
import type { FrameView, Look } from '../view-model/view.ts';

/** What a key asks of the world outside the screen's own state. */
export type Effect =
  | { readonly kind: 'command'; readonly command: Command }
  /** `stop`: the server too, where this program started it. */
  | { readonly kind: 'quit'; readonly stop: boolean }
  | { readonly kind: 'suspend' | 'redraw' }
  | { readonly kind: 'copy'; readonly text: string };

export type Pressed = { readonly ui: Ui; readonly effects: readonly Effect[] };

/** What a key is judged by: what is shown, and what it was made of. */
export type Context = {
  readonly look: Look;
  readonly frame: FrameView;
  /** The server belongs to this screen: leaving asks what becomes of it. */
  readonly isOwner: boolean;
  /** The selection went to another row by itself a moment ago: a person may still have meant the one before. */
  readonly slipped: boolean;
};

/** The selection stays on what it is on, wherever that row goes. */
export function pinned(ui: Ui, { frame: { body } }: Pick<Context, 'frame'>): Ui {
  const { index, top } = body.place;
  const key = body.keys[index];
  return key === undefined ? ui : { ...ui, places: { ...ui.places, [ui.screen]: { key, index, top } } };
}

export const pressed = (ui: Ui, ...effects: readonly Effect[]): Pressed => ({ ui, effects });

const FEEDBACK_MS = 6_000;

/** The same screen with a line of feedback for a while. */
export function telling(ui: Ui, now: number, text: string, tone: NonNullable<Ui['feedback']>['tone'] = 'plain'): Ui {
  return { ...ui, feedback: { tone, text, until: now + FEEDBACK_MS } };
}

/** What one key does. */
export type Handler = (ui: Ui, context: Context) => Pressed;

export const simply =
  (change: (ui: Ui, context: Context) => Ui): Handler =>
  (ui, context) =>
    pressed(change(ui, context));
