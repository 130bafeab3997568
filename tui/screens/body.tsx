import { Box } from 'ink';
import { type Body as BodyView, tablesHeight } from '../view-model/view.ts';
import { Row } from './row.tsx';
import { Rows } from './rows.tsx';
import { SmallTables } from './small-tables.tsx';

/**
 * The middle of the screen: titles of the columns, and the part of the list that is in sight, small tables:
 *
 *       STATE        ID NAME              READ     kWh    PF      V       A       kW
 *   ▶ ✖ failed       2 Kitchen          4 min  no answer for 4 min; next try 18:05:42
 */
export function Body({ body, height }: { readonly body: BodyView; readonly height: number }) {
  const { heading, lines, tables = [] } = body;
  const below = tablesHeight(body);
  const rows = below > 0 ? lines.length : height - (heading ? 1 : 0);
  return (
    <Box flexDirection="column" height={height}>
      {heading && <Row line={heading} />}
      <Rows lines={lines} height={rows} />
      {below > 0 && <SmallTables tables={tables} height={below} />}
    </Box>
  );
}
