import { Box } from 'ink';
import type { FrameView } from '../view-model/view.ts';
import { Body } from './body.tsx';
import { Help } from './help.tsx';
import { Row } from './row.tsx';
import { Rows } from './rows.tsx';

/**
 * The whole screen, exactly as many rows as the terminal has:
 *
 *    IES Sa Garriga                          1 failed  4 polling  nothing owed  18:05
 *   [1 Overview] 2 Lines  3 Deliveries  4 Tree  5 Log
 *       STATE        ID NAME              READ     kWh    PF      V       A       kW
 *   ▶ ✖ failed       2 Kitchen          4 min  no answer for 4 min; next try 18:05:42
 *
 *    Kitchen: no answer for 4 min; next try 18:05:42; 5 tries
 *    is it powered? wires A and B, address, speed and parity right?  (PM500, line 1, unit 2)
 *    ⏎ open  p pause  / filter  F faults                               ? help  q quit
 */
export function Frame({ frame }: { readonly frame: FrameView }) {
  const { rows, header, tabs, body, bodyRows, help, messages, footer } = frame;
  return (
    // as wide as the terminal is: when that gets narrower, Ink first draws the former rows, which must not break
    <Box flexDirection="column" width="100%" height={rows}>
      {header && <Row line={header} />}
      {tabs && <Row line={tabs} />}
      {help ? <Help lines={help} height={bodyRows} /> : <Body body={body} height={bodyRows} />}
      {messages.length > 0 && <Rows lines={messages} height={messages.length} />}
      {footer && <Row line={footer} />}
    </Box>
  );
}
