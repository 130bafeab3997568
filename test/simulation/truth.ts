import type { SimulatedLine } from '../../drivers/simulated/simulated-line.ts';
import type { Counters } from '../../drivers/simulated/values.ts';
import type { AnalyzerConfig, FaultKind } from '../../src/domain/installation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { type AnalyzerId, type DeviceId, type EpochMs, epochMs } from '../../src/domain/units.ts';
import type { Field, FieldLine } from '../support/field.ts';

/** When a unit was asked, on the wall clock and by the meters' own time. */
type Asked = { readonly wall: EpochMs; readonly meter: EpochMs };

/** Requests of a unit that are remembered: more than one reading has. */
const ASKED_MAX = 60;

/** What the meters truly showed whenever they were asked. */
export type Truth = {
  /** Values of a reading that no meter showed at any of its requests. */
  untrue(reading: Reading): readonly string[];
  /** The meter has a fault from now on. */
  noteFault(analyzerId: AnalyzerId, kind: FaultKind): void;
  /** Resolves when the next request goes out. */
  nextRequest(): Promise<void>;
  /** Requests that went out, ever. */
  sent(): number;
};

/** Listens on every line. `mayTalk`: whether anything may be sent now; `violated` is told when not. */
export function createTruth(o: {
  readonly field: Field;
  readonly lines: readonly FieldLine[];
  readonly analyzers: readonly AnalyzerConfig[];
  readonly clock: Clock;
  readonly mayTalk: () => boolean;
  readonly violated: (text: string) => void;
}): Truth {
  const { field, clock } = o;
  const asked = new Map<AnalyzerId, Asked[]>();
  const resets = new Map<AnalyzerId, EpochMs[]>();
  const rebooted = new Set<AnalyzerId>();
  let sent = 0;
  let awaiting: () => void = () => {};
  const startedMono = clock.mono();
  const started = new Map([...field.lines].map(([id, line]) => [id, line.meterNow()]));

  const listen = (id: DeviceId, protocol: FieldLine['protocol'], line: SimulatedLine) => {
    const { write } = line;
    line.write = (bytes, timeoutMs) => {
      sent += 1;
      awaiting();
      if (!o.mayTalk()) o.violated(`line ${id}: something was sent after the stop`);
      const unit = unitOf(protocol, bytes);
      const analyzer = o.analyzers.find((each) => each.deviceId === id && each.address === unit);
      if (analyzer === undefined) o.violated(`line ${id}: unit ${unit} was asked and does not exist`);
      else {
        const list = asked.get(analyzer.id) ?? [];
        asked.set(analyzer.id, [...list.slice(1 - ASKED_MAX), { wall: clock.now(), meter: line.meterNow() }]);
      }
      return write(bytes, timeoutMs);
    };
  };
  for (const { id, protocol } of o.lines) listen(id, protocol, field.lines.get(id)!);

  /** Every state that its counters may have been in: a reset may have come between the requests of one reading. */
  const countersOf = (id: AnalyzerId): readonly Counters[] => {
    const times = [null, ...(resets.get(id) ?? [])].slice(-2);
    const zeros = rebooted.has(id) ? [false, true] : [false];
    return times.flatMap((resetAt) => zeros.map((zero) => ({ resetAt, zero })));
  };

  return {
    untrue(reading) {
      const meter = field.meters.get(reading.analyzerId)!;
      const list = asked.get(reading.analyzerId) ?? [];
      const first = list.findLastIndex(({ wall }) => wall === reading.at);
      if (Object.keys(reading.values).length === 0) return [];
      if (first < 0) return [`nobody was asked at ${reading.at}`];
      const instants = list.slice(first).map((each) => each.meter);
      return Object.entries(reading.values).flatMap(([code, values]) => {
        const variable = meter.profile.variables.find((each) => each.code === code);
        return values.flatMap((value, index) => {
          if (value === null) return [];
          const id = variable?.registers[index] ?? '';
          const shown = instants.flatMap((at) =>
            countersOf(reading.analyzerId).map((each) => meter.truthOf(id, at, each)),
          );
          const isTrue = shown.some((truth) => truth !== null && isNear(value, truth, meter.stepOf(id)));
          return isTrue ? [] : [`${meter.profile.id} ${id} (${code}): ${value}, but it showed ${shown.join(', ')}`];
        });
      });
    },
    noteFault(id, kind) {
      const device = o.analyzers.find((each) => each.id === id)!.deviceId;
      // as the plant counts it: since it was made
      const at = epochMs(started.get(device)! + clock.mono() - startedMono);
      if (kind === 'jump') resets.set(id, [...(resets.get(id) ?? []), at]);
      if (kind === 'reboot') rebooted.add(id);
    },
    nextRequest: () =>
      new Promise((resolve) => {
        awaiting = resolve;
      }),
    sent: () => sent,
  };
}

/** Within a step of the register; without one, as near as a 32-bit float. */
function isNear(value: number, truth: number, step: number): boolean {
  return Math.abs(value - truth) <= Math.max(1.01 * step, Math.abs(truth) * 2 ** -22) + 1e-9;
}

function unitOf(protocol: FieldLine['protocol'], bytes: Uint8Array): number {
  if (protocol === 'tcp') return bytes[6] ?? -1;
  if (protocol === 'rtu') return bytes[0] ?? -1;
  return Number(/\d+/.exec(String.fromCharCode(...bytes))?.[0].slice(0, 2) ?? -1);
}
