import { systemClock } from '../../src/clock.ts';
import { createControl } from '../../src/control/control.ts';
import type { Log } from '../../src/domain/ports.ts';
import type { PlantEvent } from '../../src/protocol/events.ts';
import type { Operator } from '../../src/protocol/operator.ts';
import { createFakePlant } from '../control/fake-operator.ts';
import { readingEvent } from '../tui/fake-client.ts';
import { isoOf, largePlant, VARIABLES } from '../tui/fake-plant.ts';

/*
 * The server of B7: invented meters over the real protocol. `screen-server.ts SOCKET METERS CHANGING HZ` -> prints
 * its port. Every meter is read HZ times a second, each at a moment of its own; the first CHANGING of them have other
 * values each time, the rest always the same.
 */
const [socket = '', ...numbers] = process.argv.slice(2);
const [meters = 20, changing = 20, hz = 2] = numbers.map(Number);
const STEP_MS = 10;

const clock = systemClock();
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const startedAt = clock.now();
const fake = createFakePlant(meters);
const plant = largePlant(meters, startedAt);
const operator: Operator = {
  ...fake.operator,
  list: () => ({ ...plant, node: { ...plant.node, now: isoOf(clock.now()) } }),
  defs: (id) => ({
    ok: true,
    data: { id, profile: 'pm710', model: 'PM710', variables: VARIABLES, definitions: {} },
  }),
};

/** A reading of now; of a meter that stands still, with the values that it always has. */
function reading(id: number, at: number): PlantEvent {
  const event = readingEvent(id, id <= changing ? at : startedAt);
  if (event.event !== 'reading') throw new Error('no reading');
  const stamp = { at: isoOf(at), nominal: isoOf(at) };
  return { ...event, data: { ...event.data, reading: { ...event.data.reading, ...stamp } } };
}

const control = createControl({
  settings: {
    ...{ host: '127.0.0.1', port: 0, socket, tokenFile: null },
    ...{ trust: [], allowInsecure: false },
  },
  ...{ tokens: [], operator, clock, log: silent },
});
await control.start();

// whoever started it is gone
process.stdin.on('end', () => process.exit()).resume();

let sent = 0;
const from = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - from) / 1000) * hz * meters);
  for (; sent < due; sent += 1) fake.emit(reading((sent % meters) + 1, clock.now()));
}, STEP_MS);
process.stdout.write(`${JSON.stringify({ port: control.address().port })}\n`);
