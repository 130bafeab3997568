import { Box } from 'ink';
import type { Body as BodyView } from '../view-model/view.ts';
import { Row } from './row.tsx';
import { Rows } from './rows.tsx';

/**
 * The middle of the screen: titles of the columns, and the part of the list that is in sight:
 *
 *       STATE        ID NAME              READ     kWh    PF      V       A       kW
 *   ▶ ✖ failed       2 Kitchen          4 min  no answer for 4 min; next try 18:05:42
 */
export function Body({ body, height }: { readonly body: BodyView; readonly height: number }) {
  const { heading, lines } = body;
  if (!heading) return <Rows lines={lines} height={height} />;
  return (
    <Box flexDirection="column" height={height}>
      <Row line={heading} />
      <Rows lines={lines} height={height - 1} />
    </Box>
  );
}
