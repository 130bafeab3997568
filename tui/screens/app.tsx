import { type AppProps, useApp, useInput, usePaste, useStdin, useStdout, useWindowSize } from 'ink';
import { useEffect, useLayoutEffect, useSyncExternalStore } from 'react';
import type { Palette } from '../formats/paint.ts';
import { keysOf } from '../keys/key.ts';
import { startMouse } from '../mouse.ts';
import type { ScreenStore } from '../state/screen-store.ts';
import { Frame } from './frame.tsx';
import { PaletteContext } from './row.tsx';

type Props = {
  readonly store: ScreenStore;
  readonly palette: Palette;
  /** Told once how to leave and how to hand the terminal over. */
  readonly onControls?: (controls: Pick<AppProps, 'exit' | 'suspendTerminal'>) => void;
};

/** The screen on its store: what is shown comes from it, keys and the size of the terminal go to it. */
export function App({ store, palette, onControls }: Props) {
  const frame = useSyncExternalStore(store.subscribe, store.frame);
  const { exit, suspendTerminal } = useApp();
  useEffect(() => onControls?.({ exit, suspendTerminal }), [onControls, exit, suspendTerminal]);
  const { columns, rows } = useWindowSize();
  useEffect(() => store.resize(columns, rows), [store, columns, rows]);
  useInput((input, key) => {
    for (const each of keysOf(input, key)) store.press(each);
  });
  usePaste((text) => store.paste(text));
  const { stdin } = useStdin();
  const { stdout } = useStdout();
  // a layout effect: it ends with the screen, however that ends
  useLayoutEffect(
    () => (frame.mouse ? startMouse(stdin, stdout, (key) => store.press(key)) : undefined),
    [frame.mouse, stdin, stdout, store],
  );
  return (
    <PaletteContext value={palette}>
      <Frame frame={frame} />
    </PaletteContext>
  );
}
