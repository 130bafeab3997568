import { LectorError } from '../../src/domain/errors.ts';
import type { FaultKind, SimulatedFault } from '../../src/domain/installation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { type AnalyzerId, type EpochMs, epochMs } from '../../src/domain/units.ts';
import { encodeCvmRequest, isCvmCommand } from '../cvm/frames.ts';
import { createCvmSlave } from './cvm-slave.ts';
import { createDice, createFaultScript, damage, type Piece } from './faults.ts';
import { createMbapSlave } from './mbap-slave.ts';
import type { SimulatedMeter } from './meter.ts';
import { createMeterTime } from './meter-time.ts';
import { answerPdu, exceptionPdu } from './modbus-answers.ts';
import { createRtuSlave, type ModbusAsked, type ModbusSlave } from './rtu-slave.ts';
import type { Counters } from './values.ts';

/** How requests and answers are framed. */
export type Framing = 'rtu' | 'cvm' | 'mbap';

export type PlantMeter = { readonly analyzerId: AnalyzerId; readonly unit: number; readonly meter: SimulatedMeter };

/** What a unit sends, in order. */
export type Sent = Piece & { readonly unit: number };

/** Bytes of requests in, bytes of answers out. */
export type PlantSide = { receive(bytes: Uint8Array, silent: boolean): readonly Sent[] };

/** Some meters behind one endpoint with all that goes wrong there; any number of lines or sockets may lead to it. */
export type Plant = {
  connect(framing: Framing): PlantSide;
  /** Lets something go wrong from now on. Throws USAGE for an analyzer that is not here. */
  fault(analyzerId: AnalyzerId, kind: FaultKind, forMs: number): void;
  /** The meters' own time: the wall clock's, but it goes on evenly when that is set. */
  now(): EpochMs;
};

export type PlantOptions = {
  readonly meters: readonly PlantMeter[];
  readonly faults: readonly SimulatedFault[];
  readonly clock: Clock;
  readonly seed?: number;
  /** How late an answer is under the fault `late`: 1.4 times the timeout of whoever asks. */
  readonly lateMs?: number;
};

const LATE_MS = 1400;
/** The answer after a late one, as a share of it: within a timeout, but after the late one has passed. */
const SLOW = 0.6;
const EXCEPTIONS = [4, 6] as const;
const GATEWAY_TARGET_SILENT = 11;

type Resident = PlantMeter & { lastAskedMs: number; zero: boolean; slow: boolean };

export function createPlant(options: PlantOptions): Plant {
  const { clock, lateMs = LATE_MS } = options;
  const script = createFaultScript(options.faults);
  const dice = createDice(options.seed ?? 1);
  const time = createMeterTime(clock);
  const startedMono = clock.mono();
  const started = time();
  const elapsedMs = () => clock.mono() - startedMono;
  const residents: readonly Resident[] = options.meters.map((each) => ({
    ...each,
    lastAskedMs: Number.NEGATIVE_INFINITY,
    zero: false,
    slow: false,
  }));

  /** Kinds of fault that a request of this meter meets, with the state of its counters. */
  const meet = (resident: Resident) => {
    const now = elapsedMs();
    const { kinds, resetMs, rebooted } = script.ailment(resident.analyzerId, now, resident.lastAskedMs);
    resident.lastAskedMs = now;
    if (rebooted) resident.zero = true;
    const resetAt = resetMs === null ? null : epochMs(started + resetMs);
    const counters: Counters = { resetAt, zero: resident.zero && !kinds.includes('reboot') };
    return { kinds, counters, silent: kinds.includes('silence') || kinds.includes('reboot') };
  };

  const send = (resident: Resident, pieces: readonly Piece[], kinds: readonly FaultKind[]): readonly Sent[] => {
    const late = kinds.includes('late') && !resident.slow;
    const delayMs = late ? lateMs : resident.slow ? SLOW * lateMs : 0;
    resident.slow = late;
    return pieces.map((piece) => ({
      ...piece,
      unit: resident.unit,
      delayMs: piece.withRequest ? 0 : piece.delayMs + delayMs,
    }));
  };

  const answerModbus = (asked: ModbusAsked, slave: ModbusSlave, framing: Framing): readonly Sent[] => {
    const resident = residentOf(residents, asked.unit, framing);
    if (resident === null) return framing === 'mbap' ? [gatewayRefusal(asked, slave)] : [];
    const { kinds, counters, silent } = meet(resident);
    if (silent) return [];
    const code = EXCEPTIONS[Math.floor(dice() * EXCEPTIONS.length)] ?? 4;
    const answer = kinds.includes('exception')
      ? { pdu: exceptionPdu(asked.pdu[0] ?? 0, code), counters: false }
      : answerPdu(resident.meter, asked.pdu, time(), counters);
    if (answer.counters) resident.zero = false;
    const pieces = damage(slave.frame(asked, answer.pdu), asked.frame, kinds, dice, framing === 'mbap');
    return send(resident, pieces, kinds);
  };

  return {
    connect(framing) {
      if (framing === 'cvm') return connectCvm();
      const slave = framing === 'rtu' ? createRtuSlave() : createMbapSlave();
      return {
        receive: (bytes, silent) =>
          slave.receive(bytes, silent).flatMap((asked) => answerModbus(asked, slave, framing)),
      };
    },
    fault(analyzerId, kind, forMs) {
      if (!residents.some((each) => each.analyzerId === analyzerId)) {
        const there = residents.map((each) => each.analyzerId).join(', ');
        throw new LectorError('USAGE', `no simulated analyzer ${analyzerId} here; there are ${there}`, { analyzerId });
      }
      script.add({ analyzerId, kind, fromMs: elapsedMs(), forMs });
    },
    now: time,
  };

  function connectCvm(): PlantSide {
    let sent: Sent[] = [];
    let met: ReturnType<typeof meet> | null = null;
    const of = (unit: number) => residents.find((each) => each.unit === unit);
    const slave = createCvmSlave(
      (unit, command) => {
        const resident = of(unit);
        if (resident === undefined) return null;
        met = meet(resident);
        // the protocol has no error answer: trouble is silence
        if (met.silent || met.kinds.includes('exception')) return null;
        if (/^R[WLC]H/.test(command)) resident.zero = false;
        return resident.meter.cvm(command, time(), met.counters);
      },
      (frame, { unit, command }) => {
        const resident = of(unit);
        const request = isCvmCommand(command) ? encodeCvmRequest(unit, command) : new Uint8Array(0);
        const kinds = met?.kinds ?? [];
        if (resident) sent.push(...send(resident, damage(frame, request, kinds, dice, false), kinds));
        return [];
      },
    );
    return {
      receive(bytes) {
        sent = [];
        slave.receive(bytes);
        return sent;
      },
    };
  }
}

/** Over TCP, 0 and 255 mean the meter itself where there is only one. */
function residentOf(residents: readonly Resident[], unit: number, framing: Framing): Resident | null {
  const found = residents.find((each) => each.unit === unit);
  const itself = framing === 'mbap' && (unit === 0 || unit === 255) && residents.length === 1;
  return found ?? (itself ? (residents[0] ?? null) : null);
}

/** What a gateway says for a unit that nobody has. */
function gatewayRefusal(asked: ModbusAsked, slave: ModbusSlave): Sent {
  const pdu = exceptionPdu(asked.pdu[0] ?? 0, GATEWAY_TARGET_SILENT);
  return { unit: asked.unit, bytes: slave.frame(asked, pdu), delayMs: 0, withRequest: false };
}
