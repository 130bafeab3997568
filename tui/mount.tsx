import { type AppProps, render } from 'ink';
import type { Palette } from './formats/paint.ts';
import { App } from './screens/app.tsx';
import type { ScreenStore } from './state/screen-store.ts';

/** What a key may ask of the terminal. */
export type Controls = Pick<AppProps, 'exit' | 'suspendTerminal'>;

/** The screen on the terminal; `done` resolves with what `exit` was told, or rejects when it broke. */
export type Mounted = { readonly controls: () => Controls | null; readonly done: Promise<unknown> };

/** Draws the store on the alternate screen; however this ends, the terminal is as it was before. */
export function mount(o: {
  readonly store: ScreenStore;
  readonly palette: Palette;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}): Mounted {
  let controls: Controls | null = null;
  const learn = (learned: Controls): void => {
    controls = learned;
  };
  // before Ink hears of it
  const cleared = clearedWhereNarrower(o.stdout);
  o.stdout.on('resize', cleared);
  const app = render(<App store={o.store} palette={o.palette} onControls={learn} />, {
    stdin: o.stdin,
    stdout: o.stdout,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 60,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const done = app.waitUntilExit().finally(() => o.stdout.off('resize', cleared));
  return { controls: () => controls, done };
}

/** The cursor to the first row, and nothing from there on. */
const HOME_AND_ERASE = '\x1b[H\x1b[J';

/**
 * A terminal that gets narrower may break its lines (tmux does), and then no row is where Ink left it: Ink erases from
 * the cursor upwards and draws again, which is right from the first row only.
 */
function clearedWhereNarrower(stdout: NodeJS.WriteStream): () => void {
  let columns = stdout.columns;
  return () => {
    if (stdout.columns < columns) stdout.write(HOME_AND_ERASE);
    columns = stdout.columns;
  };
}
