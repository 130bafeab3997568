import { createCvmLink } from '../../../drivers/cvm/cvm-link.ts';
import { encodeCvmAnswer } from '../../../drivers/cvm/frames.ts';
import type { LectorError } from '../../../src/domain/errors.ts';
import type { Clock, Link } from '../../../src/domain/ports.ts';
import type { Answer, Ask, CvmCommand, LineEvent, LineFrame } from '../../../src/domain/transaction.ts';
import { createFakeLine, type FakeLine, type Piece } from '../../support/fake-line.ts';
import { createSteppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

/** Answer lengths of the commands that the tests use; null: a text. */
export const LENGTH_OF = { RVI: 36, RPI: 36, RAI: 36, RVM: 27, RFI: 12, RWH: 9, RHI: 3, VER: null, RAL: 244 } as const;
export type Command = keyof typeof LENGTH_OF;

export const BAUD = 9_600;
export const CHAR_MS = (11 * 1_000) / BAUD;
export const TIMEOUT_MS = 1_000;
export const IDLE_MS = 50;
export const GAP_MS = 5;

export const command = (unit: number, name: Command): CvmCommand => ({
  kind: 'cvm',
  unit,
  command: name,
  length: LENGTH_OF[name],
});

export const ask = (unit: number, name: Command, reserved: Command = 'VER', timeoutMs = TIMEOUT_MS): Ask => ({
  transaction: command(unit, name),
  timeoutMs,
  reserved: command(unit, reserved),
});

/** "3RVI" of a request `$03RVI78\n`. */
export const requestText = (bytes: Uint8Array): string => {
  const text = String.fromCharCode(...bytes);
  return `${Number(text.slice(1, 3))}${text.slice(3, -3)}`;
};

/** The data that a meter answers: a function of unit, command and the number of the request, so none equals another. */
export function dataOf(unit: number, name: string, sequence: number): string {
  const length = LENGTH_OF[name as Command];
  if (length === null) return `CVMK unit ${unit} v3`;
  const digits = length === 12 || length === 3 ? 3 : 9;
  const index = Object.keys(LENGTH_OF).indexOf(name);
  const seed = `${unit}${index}${String(sequence).padStart(6, '0')}`.padStart(9, '0');
  const field = digits === 9 ? seed : String((unit * 331 + index * 97 + sequence) % 1_000).padStart(3, '0');
  return field.repeat(Math.ceil(length / digits)).slice(0, length);
}

export const answerOf = (request: Uint8Array, sequence: number): Uint8Array => {
  const [, unit = '', name = ''] = /^(\d+?)([RV]\w+)$/.exec(requestText(request)) ?? [];
  return encodeCvmAnswer(Number(unit), dataOf(Number(unit), name, sequence));
};

/** A good meter: it answers after 20 ms, at the pace of the line. */
export const goodAnswer = (request: Uint8Array, sequence: number): readonly Piece[] => [
  { afterMs: 20, bytes: answerOf(request, sequence), paceMs: CHAR_MS },
];

export type Bus = {
  readonly clock: SteppedClock;
  readonly line: FakeLine;
  readonly link: Link;
  readonly events: LineEvent[];
  readonly frames: LineFrame[];
  readonly lost: unknown[];
  /** Asks and steps the clock until it ends. */
  transact(ask: Ask): Promise<Answer>;
  fails(ask: Ask): Promise<LectorError>;
  /** What was sent, "3VER 3RVI". */
  sent(): string;
  kinds(): readonly string[];
};

export type BusOptions = {
  readonly baud?: number | null;
  /** The clock that the link sees, made from the stepped one. */
  readonly clock?: (clock: SteppedClock) => Clock;
  /** ms from the arrival of bytes to the read that brings them. */
  readonly readMs?: number;
};

/** A CVM link on a line whose meters answer well until told otherwise. */
export function createBus(options: BusOptions = {}): Bus {
  const clock = createSteppedClock();
  const used = options.clock?.(clock) ?? clock;
  const line = createFakeLine({ clock, description: 'line 1' });
  line.answer(goodAnswer);
  const events: LineEvent[] = [];
  const frames: LineFrame[] = [];
  const lost: unknown[] = [];
  const observer = {
    onEvent: (event: LineEvent) => void events.push(event),
    onFrame: (frame: LineFrame) => void frames.push(frame),
    onLost: (cause: unknown) => void lost.push(cause),
  };
  const { readMs = 0 } = options;
  const slowly = (bytes: Uint8Array) =>
    new Promise<Uint8Array>((resolve) => void clock.setTimeout(() => resolve(bytes), readMs));
  const seen = readMs === 0 ? line : { ...line, read: () => line.read().then(slowly) };
  const baud = options.baud === undefined ? BAUD : options.baud;
  const link = createCvmLink({ line: seen, clock: used, baud, gapMs: GAP_MS, idleMs: IDLE_MS, observer });
  const transact = (asked: Ask) => clock.settle(link.transact(asked));
  return {
    clock,
    line,
    link,
    events,
    frames,
    lost,
    transact,
    fails: (asked) =>
      transact(asked).then(
        (answer) => Promise.reject(new Error(`it was answered: ${JSON.stringify(answer)}`)),
        (error: LectorError) => error,
      ),
    sent: () => line.written.map(({ bytes }) => requestText(bytes)).join(' '),
    kinds: () => events.map(({ kind, unit }) => `${kind} ${unit}`),
  };
}

/** A bus whose link is open. */
export async function openBus(options?: BusOptions): Promise<Bus> {
  const bus = createBus(options);
  await bus.link.open();
  return bus;
}
