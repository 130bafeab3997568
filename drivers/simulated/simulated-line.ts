import { LectorError } from '../../src/domain/errors.ts';
import type { FaultKind, SimulatedFault } from '../../src/domain/installation.ts';
import type { Clock, Line } from '../../src/domain/ports.ts';
import type { AnalyzerId, EpochMs } from '../../src/domain/units.ts';
import { createPlant, type Framing, type Plant, type PlantMeter } from './plant.ts';
import { createReader } from './reader.ts';
import { createWire, type Pace } from './wire.ts';

/** Start, 8 data bits, parity or a second stop bit, stop. */
const CHAR_BITS = { rtu: 11, cvm: 10 } as const;
const TURNAROUND_MS = 5;
/** Silence that ends a frame above 19200 bit/s (Modbus over serial line V1.02, 2.5.1.1). */
const SILENCE_MIN_MS = 1.75;

export type SimulatedLine = Line & {
  /** Lets something go wrong with a meter from now on. */
  fault(analyzerId: AnalyzerId, kind: FaultKind, forMs: number): void;
  /** Puts these meters in the place of the former; one that is the same object stays as it is. */
  populate(meters: readonly PlantMeter[]): void;
  /** Pulls the adapter out: reading and writing reject, and opening does until it is put back. */
  unplug(): void;
  plug(): void;
  /** The meters' own time, for which `truth` is right: the wall clock's until that is set. */
  meterNow(): EpochMs;
  /** Answers that are still on their way or were not read. */
  waiting(): number;
};

export type SimulatedLineOptions = {
  readonly description: string;
  readonly protocol: 'rtu' | 'cvm' | 'tcp-memory';
  /** Bits per second; of no effect for tcp-memory, where bytes arrive together. */
  readonly baud: number;
  readonly meters: readonly PlantMeter[];
  /** `fromMs` counts from the making of the line. */
  readonly faults: readonly SimulatedFault[];
  readonly clock: Clock;
  /** From the end of a request (with the silence that ends it) to the first byte of the answer. */
  readonly turnaroundMs?: number;
  readonly seed?: number;
  /** Delay of the fault `late`, ms: 1.4 times the timeout of whoever asks. */
  readonly lateMs?: number;
};

/**
 * A line with meters on it, in memory: request and answer take their time character by character, by the injected clock
 * alone. A timer exists only while a `read` waits. Errors: LINE_CLOSED, LINE_OPEN_FAILED.
 */
export function createSimulatedLine(options: SimulatedLineOptions): SimulatedLine {
  const { protocol, baud, turnaroundMs = TURNAROUND_MS, clock, description } = options;
  const plant = createPlant(options);
  const framing: Framing = protocol === 'tcp-memory' ? 'mbap' : protocol;
  return createPlantLine({ plant, description, framing, pace: paceOfLine(protocol, baud, turnaroundMs), clock });
}

/** Times of a line: a character, the silence that ends a request, the meter's own delay. */
export function paceOfLine(protocol: SimulatedLineOptions['protocol'], baud: number, turnaroundMs: number): Pace {
  if (protocol === 'tcp-memory') return { charMs: 0, silenceMs: 0, turnaroundMs };
  const charMs = (1000 * CHAR_BITS[protocol]) / baud;
  if (protocol === 'cvm') return { charMs, silenceMs: 0, turnaroundMs };
  return { charMs, silenceMs: baud > 19_200 ? SILENCE_MIN_MS : 3.5 * charMs, turnaroundMs };
}

type PlantLineOptions = {
  readonly plant: Plant;
  readonly description: string;
  readonly framing: Framing;
  readonly pace: Pace;
  readonly clock: Clock;
};

/** One way to a plant: a serial line, or one socket. */
export function createPlantLine(options: PlantLineOptions): SimulatedLine {
  const { plant, description, framing, clock } = options;
  const wire = createWire(options.pace);
  const reader = createReader(wire, clock);
  let side = plant.connect(framing);
  let open = false;
  let plugged = true;
  const gone = (words: string) => new LectorError('LINE_CLOSED', `${description} ${words}`);
  const lose = (words: string): void => {
    open = false;
    reader.fail(gone(words));
  };
  return {
    description,
    async open() {
      if (!plugged) {
        throw new LectorError('LINE_OPEN_FAILED', `${description} is not there: it was unplugged`, { errno: 'ENOENT' });
      }
      if (open) return;
      open = true;
      if (framing === 'mbap') {
        // a new socket knows nothing of the one before
        side = plant.connect(framing);
        wire.clear();
      }
      wire.take(clock.mono());
    },
    async write(bytes) {
      if (!open) throw gone('is not open');
      const { silent, endsAt, startsAt } = wire.request(clock.mono(), bytes.length);
      for (const sent of side.receive(bytes, silent)) wire.answer(sent, startsAt, endsAt);
      reader.look();
    },
    read: () => (open ? reader.read() : Promise.reject(gone('is not open'))),
    async flush() {
      wire.take(clock.mono());
      reader.look();
    },
    close: async () => lose('was closed'),
    fault: plant.fault,
    populate: plant.populate,
    unplug() {
      plugged = false;
      lose('was unplugged');
    },
    plug() {
      plugged = true;
    },
    meterNow: plant.now,
    waiting: wire.waiting,
  };
}
