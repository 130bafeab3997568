import type { ClientEvent } from '../../src/client/types.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Glyphs } from '../formats/glyphs.ts';
import { type Effect, telling } from '../keys/effects.ts';
import { press } from '../keys/press.ts';
import type { FrameView, Look } from '../view-model/view.ts';
import { frameOf } from '../view-model.ts';
import type { Words } from '../words/words.ts';
import type { PlantState } from './plant.ts';
import { createPlantStore } from './plant-store.ts';
import { shared } from './share.ts';
import { firstUi, type Ui } from './ui.ts';

export type ScreenStoreOptions = {
  readonly clock: Clock;
  readonly words: Words;
  readonly glyphs: Glyphs;
  readonly readOnly: boolean;
  readonly server: string;
  readonly isOwner: boolean;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly onEffect: (effect: Effect) => void;
};

/**
 * What the screen shows, outside React. Keys show at once; what the server says shows at most once in `everyMs`, and
 * only when something that is in sight changed.
 */
export type ScreenStore = {
  readonly subscribe: (listener: () => void) => () => void;
  /** The same object until something in sight changes. */
  readonly frame: () => FrameView;
  readonly plant: () => PlantState;
  /** This machine's clock, ms. */
  readonly now: () => number;
  readonly ui: () => Ui;
  press(key: string): void;
  /** Pasted text: written into a question, and never taken for keys. */
  paste(text: string): void;
  event(event: ClientEvent): void;
  /** What was asked of the server came. */
  learn(change: (plant: PlantState) => PlantState): void;
  /** Shown with the next change of the plant. */
  note(change: (ui: Ui) => Ui): void;
  /** Shown at once. */
  change(change: (ui: Ui) => Ui): void;
  resize(columns: number, rows: number): void;
  stop(): void;
};

/** About as long as a person takes from seeing a row to pressing a key for it. */
const SLIP_MS = 800;

type Shown = { readonly ui: Ui; readonly frame: FrameView };
const selectedOf = ({ frame: { body } }: Shown): string | undefined => body.keys[body.place.index];

/** Another row is selected, and no key did that: rows were reordered, or the selected one is gone. */
function hasSlipped(before: Shown, after: Shown): boolean {
  const chosen = ({ ui: { screen, places, sort, reversed, faultsOnly, filters } }: Shown): readonly unknown[] => [
    ...[screen, places[screen], sort, reversed, faultsOnly, filters[screen]],
  ];
  const [old, now] = [chosen(before), chosen(after)];
  if (old.some((each, n) => each !== now[n])) return false;
  return selectedOf(before) !== undefined && selectedOf(before) !== selectedOf(after);
}

export function createScreenStore(o: ScreenStoreOptions): ScreenStore {
  const listeners = new Set<() => void>();
  let { columns, rows } = o.size;
  const plant = createPlantStore(o.clock);
  let ui = firstUi();
  /** What is shown while the screen is frozen. */
  let still: { readonly plant: PlantState; readonly now: number } | null = null;
  let link = plant.now().link.kind;
  let frame = frameOf(look());
  let shownUi = ui;
  let slippedAt = Number.NEGATIVE_INFINITY;
  let timer = o.clock.setTimeout(tick, ui.everyMs);

  function current() {
    return { plant: plant.now(), now: o.clock.now() };
  }

  function look(): Look {
    const shown = still ?? current();
    const { words, glyphs, readOnly, server } = o;
    return { ...shown, ui, columns, rows, words, glyphs, readOnly, server };
  }

  function show(): void {
    const next = shared(frame, frameOf(look()));
    if (hasSlipped({ ui: shownUi, frame }, { ui, frame: next })) slippedAt = o.clock.now();
    shownUi = ui;
    if (next === frame) return;
    frame = next;
    for (const listener of listeners) listener();
  }

  function tick(): void {
    timer = o.clock.setTimeout(tick, ui.everyMs);
    show();
  }

  function changeUi(next: Ui): void {
    if (next.frozen !== ui.frozen) still = next.frozen ? current() : null;
    ui = next;
    show();
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    frame: () => frame,
    plant: plant.now,
    now: o.clock.now,
    ui: () => ui,
    press(key) {
      const slipped = o.clock.now() - slippedAt < SLIP_MS;
      // said once: then the person has seen it
      slippedAt = Number.NEGATIVE_INFINITY;
      const done = press(ui, key, { look: look(), frame, isOwner: o.isOwner, slipped });
      changeUi(done.ui);
      for (const effect of done.effects) o.onEffect(effect);
    },
    paste(text) {
      const prompt = ui.prompt;
      if (prompt?.kind !== 'filter' && prompt?.kind !== 'palette') return;
      const line = text.replace(/\p{Cc}+/gu, ' ').trim();
      for (const character of line) this.press(character);
    },
    event(event) {
      plant.event(event);
      if (event.event === 'lagged') ui = telling(ui, o.clock.now(), o.words.lagged(event.data.missed), 'warn');
      // the first picture, and that the server went or came back, are not waited for
      if (event.event === 'reading') return;
      const { kind } = plant.now().link;
      if (kind !== link) show();
      link = kind;
    },
    learn: plant.learn,
    note(change) {
      ui = change(ui);
    },
    change: (change) => changeUi(change(ui)),
    resize(toColumns, toRows) {
      columns = toColumns;
      rows = toRows;
      show();
    },
    stop() {
      o.clock.clearTimeout(timer);
      listeners.clear();
    },
  };
}
