import { Box } from 'ink';
import type { Line } from '../view-model/line.ts';
import { Row } from './row.tsx';

/**
 * The keys, in place of the list:
 *
 *    1 2 3 4 5             Overview, Lines, Deliveries, Tree, Log (Tab: the next one)
 *    p                     pause the selected or marked analyzers: others of the line go on
 */
export function Help({ lines, height }: { readonly lines: readonly Line[]; readonly height: number }) {
  return (
    <Box flexDirection="column" height={height}>
      {lines.map((line) => (
        <Row key={line.key} line={line} />
      ))}
    </Box>
  );
}
