import { LectorError } from '../../src/domain/errors.ts';
import type { FaultKind, SimulatedFault } from '../../src/domain/installation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { AnalyzerId, EpochMs } from '../../src/domain/units.ts';
import { encodeCvmRequest, isCvmCommand } from '../cvm/frames.ts';
import { createCvmSlave } from './cvm-slave.ts';
import { createDice, createFaultScript, type Dice } from './faults.ts';
import { createMbapSlave } from './mbap-slave.ts';
import { createMeterTime } from './meter-time.ts';
import { answerPdu, exceptionPdu } from './modbus-answers.ts';
import { type Meeting, meet, type PlantMeter, type Resident, residentOf, type Sent, send } from './residents.ts';
import { createRtuSlave, type ModbusAsked, type ModbusSlave } from './rtu-slave.ts';

export type { PlantMeter } from './residents.ts';

/** How requests and answers are framed. */
export type Framing = 'rtu' | 'cvm' | 'mbap';

/** Bytes of requests in, bytes of answers out. */
export type PlantSide = { receive(bytes: Uint8Array, silent: boolean): readonly Sent[] };

/** Some meters behind one endpoint with all that goes wrong there; any number of lines or sockets may lead to it. */
export type Plant = {
  connect(framing: Framing): PlantSide;
  /** Lets something go wrong from now on. Throws USAGE for an analyzer that is not here. */
  fault(analyzerId: AnalyzerId, kind: FaultKind, forMs: number): void;
  /** Puts these meters in the place of the former; one that is the same object stays as it is. */
  populate(meters: readonly PlantMeter[]): void;
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
/** Device failure and busy: trouble that passes. Others would say that the map is wrong. */
const EXCEPTIONS = [4, 6] as const;
const GATEWAY_TARGET_SILENT = 11;

/** What both protocols need of the plant. */
type Inside = {
  readonly residents: () => readonly Resident[];
  readonly now: () => EpochMs;
  readonly dice: Dice;
  readonly lateMs: number;
  readonly meet: (resident: Resident) => Meeting;
};

export function createPlant(options: PlantOptions): Plant {
  const { clock, lateMs = LATE_MS } = options;
  const script = createFaultScript(options.faults);
  const now = createMeterTime(clock);
  const startedMono = clock.mono();
  const started = now();
  const elapsedMs = () => clock.mono() - startedMono;
  let places = placesOf(options.meters, new Map());
  const residents = () => [...places.values()];
  const inside: Inside = {
    ...{ residents, now, lateMs, dice: createDice(options.seed ?? 1) },
    meet: (resident) => meet(resident, script, elapsedMs(), started),
  };
  return {
    connect: (framing) => (framing === 'cvm' ? connectCvm(inside) : connectModbus(inside, framing)),
    fault(analyzerId, kind, forMs) {
      if (!residents().some((each) => each.analyzerId === analyzerId)) {
        const there = residents()
          .map((each) => each.analyzerId)
          .join(', ');
        throw new LectorError('USAGE', `no simulated analyzer ${analyzerId} here; there are ${there}`, { analyzerId });
      }
      script.add({ analyzerId, kind, fromMs: elapsedMs(), forMs });
    },
    populate(meters) {
      places = placesOf(meters, places);
    },
    now,
  };
}

type Places = ReadonlyMap<PlantMeter, Resident>;

/** What a meter remembers of its own trouble goes with it. */
const placesOf = (meters: readonly PlantMeter[], former: Places): Places =>
  new Map(meters.map((meter) => [meter, former.get(meter) ?? residentOf(meter)]));

function connectModbus(inside: Inside, framing: 'rtu' | 'mbap'): PlantSide {
  const slave = framing === 'rtu' ? createRtuSlave() : createMbapSlave();
  return {
    receive: (bytes, silent) =>
      slave.receive(bytes, silent).flatMap((asked) => answerModbus(inside, asked, slave, framing)),
  };
}

function answerModbus(inside: Inside, asked: ModbusAsked, slave: ModbusSlave, framing: Framing): readonly Sent[] {
  const resident = addressed(inside.residents(), asked.unit, framing);
  if (resident === null) return framing === 'mbap' ? [gatewayRefusal(asked, slave)] : [];
  const { kinds, counters, silent } = inside.meet(resident);
  if (silent) return [];
  const code = EXCEPTIONS[Math.floor(inside.dice() * EXCEPTIONS.length)] ?? 4;
  const answer = kinds.includes('exception')
    ? { pdu: exceptionPdu(asked.pdu[0] ?? 0, code), counters: false }
    : answerPdu(resident.meter, asked.pdu, inside.now(), counters);
  if (answer.counters) resident.zero = false;
  const frames = { answer: slave.frame(asked, answer.pdu), request: asked.frame };
  return send(resident, frames, kinds, { ...inside, framed: framing === 'mbap' });
}

/** Over TCP, 0 and 255 mean the meter itself where there is only one. */
function addressed(residents: readonly Resident[], unit: number, framing: Framing): Resident | null {
  const found = residents.find((each) => each.unit === unit);
  const itself = framing === 'mbap' && (unit === 0 || unit === 255) && residents.length === 1;
  return found ?? (itself ? (residents[0] ?? null) : null);
}

/** What a gateway says for a unit that nobody has. */
function gatewayRefusal(asked: ModbusAsked, slave: ModbusSlave): Sent {
  const pdu = exceptionPdu(asked.pdu[0] ?? 0, GATEWAY_TARGET_SILENT);
  return { unit: asked.unit, bytes: slave.frame(asked, pdu), delayMs: 0, withRequest: false };
}

function connectCvm(inside: Inside): PlantSide {
  let sent: Sent[] = [];
  let kinds: readonly FaultKind[] = [];
  const of = (unit: number) => inside.residents().find((each) => each.unit === unit);
  const slave = createCvmSlave(
    (unit, command) => {
      const resident = of(unit);
      if (resident === undefined) return null;
      const met = inside.meet(resident);
      kinds = met.kinds;
      // the protocol has no error answer: trouble is silence
      if (met.silent || kinds.includes('exception')) return null;
      if (/^R[WLC]H/.test(command)) resident.zero = false;
      return resident.meter.cvm(command, inside.now(), met.counters);
    },
    (answer, { unit, command }) => {
      const resident = of(unit);
      const request = isCvmCommand(command) ? encodeCvmRequest(unit, command) : new Uint8Array(0);
      if (resident) sent.push(...send(resident, { answer, request }, kinds, { ...inside, framed: false }));
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
