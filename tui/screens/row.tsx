import { Text } from 'ink';
import { createContext, memo, useContext } from 'react';
import { type Palette, painted, paletteOf } from '../formats/paint.ts';
import type { Line } from '../view-model/line.ts';

export const PaletteContext = createContext<Palette>(paletteOf('none'));

/** One line of the screen, as it is: ` ● polling      1 Main switchboard    now   123.4  0.97  230.1    34.85` */
export const Row = memo(function Row({ line }: { readonly line: Line }) {
  const palette = useContext(PaletteContext);
  // an empty text takes no line at all
  return <Text wrap="truncate">{painted(line, palette) || ' '}</Text>;
});
