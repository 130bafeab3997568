import { withCrc } from '../../drivers/modbus/crc.ts';
import { createSimulatedMeter, type SimulatedMeter } from '../../drivers/simulated/meter.ts';
import { answerPdu, exceptionPdu } from '../../drivers/simulated/modbus-answers.ts';
import { UNDISTURBED } from '../../drivers/simulated/values.ts';
import type { AnalyzerConfig } from '../../src/domain/installation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { zoneOffset } from '../../src/zone.ts';
import { createFakeLine, type FakeLine, type Piece } from './fake-line.ts';
import { PROFILES } from './installation.ts';

/** A request to a unit: for registers with what it asks for. `n` counts the requests of this unit, from 1. */
export type Asked = {
  readonly unit: number;
  readonly function: number;
  readonly address: number;
  readonly count: number;
  readonly n: number;
};

/** What goes on the wire instead of the answer: nothing, other bytes, or pieces in time. */
export type Tamper = (
  asked: Asked,
  frame: Uint8Array,
  request: Uint8Array,
) => Uint8Array | readonly Piece[] | null | undefined;

/** A line of simulated meters of which a test may spoil every answer. */
export type ScriptedLine = FakeLine & {
  /** From now on; undefined from it leaves the answer as it is. null: nothing is spoilt. */
  tamper(tamper: Tamper | null): void;
  /** Requests to a unit since the start: when, on the monotonic clock, and what. */
  asked(unit: number): readonly (Asked & { readonly at: number })[];
};

/** When a meter begins to answer, ms after the request was handed over. */
export const ANSWER_MS = 15;

/** The meter of an analyzer, as `truth` tells it: the same as that of a simulated device. */
export function meterOf(analyzer: AnalyzerConfig, timezone = 'Europe/Madrid'): SimulatedMeter {
  const profile = PROFILES.get(analyzer.profileId)!;
  return createSimulatedMeter({ profile, seed: 7, analyzerId: analyzer.id, offsetAt: zoneOffset(timezone) });
}

/** RTU, or Modbus TCP with `framing: 'mbap'`. Units without an analyzer are silent. */
export function createScriptedLine(o: {
  readonly clock: Clock;
  readonly analyzers: readonly AnalyzerConfig[];
  readonly framing?: 'rtu' | 'mbap';
}): ScriptedLine {
  const { clock, framing = 'rtu' } = o;
  const line = createFakeLine({ clock, description: 'scripted line' });
  const meters = new Map(o.analyzers.map((each) => [each.address, meterOf(each)]));
  const requests: (Asked & { readonly at: number })[] = [];
  let spoil: Tamper | null = null;

  const readRequest = (request: Uint8Array) => {
    const unit = framing === 'mbap' ? request[6]! : request[0]!;
    const pdu = framing === 'mbap' ? request.subarray(7) : request.subarray(1, -2);
    const word = (at: number) => ((pdu[at] ?? 0) << 8) | (pdu[at + 1] ?? 0);
    const n = requests.filter((each) => each.unit === unit).length + 1;
    return { unit, pdu, asked: { unit, function: pdu[0]!, address: word(1), count: word(3), n } };
  };

  line.answer((request) => {
    const { unit, pdu, asked } = readRequest(request);
    requests.push({ ...asked, at: clock.mono() });
    const meter = meters.get(unit);
    if (meter === undefined) return [];
    const frame = framed(framing, request, unit, answerPdu(meter, pdu, clock.now(), UNDISTURBED).pdu);
    const spoilt = spoil?.(asked, frame, request);
    const given = spoilt === undefined ? frame : spoilt;
    if (given === null) return [];
    return given instanceof Uint8Array ? [{ afterMs: ANSWER_MS, bytes: given }] : given;
  });
  return {
    ...line,
    tamper(next) {
      spoil = next;
    },
    asked: (unit) => requests.filter((each) => each.unit === unit),
  };
}

function framed(framing: 'rtu' | 'mbap', request: Uint8Array, unit: number, pdu: Uint8Array): Uint8Array {
  if (framing === 'rtu') return withCrc(Uint8Array.of(unit, ...pdu));
  return Uint8Array.of(request[0]!, request[1]!, 0, 0, 0, pdu.length + 1, unit, ...pdu);
}

/** The frame that refuses a request with an exception. */
export function refusal(request: Uint8Array, exception: number, framing: 'rtu' | 'mbap' = 'rtu'): Uint8Array {
  const [unit, fn] = framing === 'mbap' ? [request[6]!, request[7]!] : [request[0]!, request[1]!];
  return framed(framing, request, unit, exceptionPdu(fn, exception));
}

/** The RTU answer with a word replaced where the request asked for its address. */
export function withWord(asked: Asked, frame: Uint8Array, address: number, ...words: readonly number[]): Uint8Array {
  const at = address - asked.address;
  if ((asked.function !== 3 && asked.function !== 4) || at < 0 || at + words.length > asked.count) return frame;
  const body = frame.slice(0, -2);
  for (const [n, word] of words.entries()) body.set([word >> 8, word & 0xff], 3 + 2 * (at + n));
  return withCrc(body);
}
