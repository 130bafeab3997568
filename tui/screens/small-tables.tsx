import { Box, Text } from 'ink';
import { type CellProps, Table } from 'ink-table';
import { memo, type PropsWithChildren, useContext } from 'react';
import { toned } from '../formats/paint.ts';
import type { SmallTable } from '../view-model/small-table.ts';
import { PaletteContext } from './row.tsx';

/**
 * Small tables beside each other:
 *
 *    LAST RECORDS                                        ERRORS
 *   │ END      │ READINGS │     V │    A │    kW │       │ CLASS     │ METER │ LINE │
 *   │ 18:05:00 │ 30 of 30 │ 230.1 │ 12.0 │ 34.85 │       │ no answer │   118 │  120 │
 */
export function SmallTables({ tables, height }: { readonly tables: readonly SmallTable[]; readonly height: number }) {
  return (
    <Box height={height} gap={3}>
      {tables.map((table) => (
        <OneTable key={table.key} table={table} />
      ))}
    </Box>
  );
}

const OneTable = memo(function OneTable({ table }: { readonly table: SmallTable }) {
  const { title, columns, rows } = table;
  const data = rows.map((row) => Object.fromEntries(columns.map((column, n) => [column.title, row[n] ?? ''])));
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Heading> {title}</Heading>
      <Table
        data={data}
        columns={columns.map((column) => ({ key: column.title, align: column.align }))}
        header={Heading}
        cell={Cell}
        skeleton={table.isAscii ? AsciiRule : Rule}
      />
    </Box>
  );
});

function Heading({ children }: PropsWithChildren) {
  const palette = useContext(PaletteContext);
  return <Text>{toned([children].flat().join(''), 'dim', palette)}</Text>;
}

function Cell({ children }: CellProps) {
  return <Text>{children}</Text>;
}

/** Rules between columns alone: lines between all rows would take as much room as the rows do. */
const ruledBy = (rule: string) =>
  function Rule({ children }: PropsWithChildren) {
    const palette = useContext(PaletteContext);
    return children === '│' ? <Text>{toned(rule, 'dim', palette)}</Text> : null;
  };
const Rule = ruledBy('│');
const AsciiRule = ruledBy('|');
