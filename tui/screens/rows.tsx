import { Box } from 'ink';
import type { Line } from '../view-model/line.ts';
import { Row } from './row.tsx';

/**
 * Lines below each other; a line keeps its place on the screen, whatever it shows:
 *
 *   ▶ ✖ failed       2 Kitchen          4 min  no answer for 4 min; next try 18:05:42
 *     ● polling      1 Main switchboard    now   123.4  0.97  230.1    52.3    34.85
 */
export function Rows({ lines, height }: { readonly lines: readonly Line[]; readonly height: number }) {
  return (
    <Box flexDirection="column" height={height}>
      {lines.map((line, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is a place of the screen, what it shows comes and goes
        <Row key={place} line={line} />
      ))}
    </Box>
  );
}
