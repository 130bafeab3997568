import type { FaultKind, SimulatedFault } from '../../src/domain/installation.ts';
import type { AnalyzerId } from '../../src/domain/units.ts';
import { chance } from './chance.ts';

/** What goes onto the wire: bytes some ms after their time, or together with the request (an echo). */
export type Piece = { readonly bytes: Uint8Array; readonly delayMs: number; readonly withRequest: boolean };

/** What ails a meter at the moment of a request. */
export type Ailment = {
  readonly kinds: readonly FaultKind[];
  /** When its counters last fell to 0, in ms since the start; null: never. */
  readonly resetMs: number | null;
  /** It started anew since it was last asked. */
  readonly rebooted: boolean;
};

/** Faults by the clock and by hand; times are ms since the start of the simulation. */
export type FaultScript = {
  add(fault: SimulatedFault): void;
  ailment(analyzerId: AnalyzerId, elapsedMs: number, lastAskedMs: number): Ailment;
};

export function createFaultScript(scheduled: readonly SimulatedFault[]): FaultScript {
  let faults = [...scheduled];
  return {
    add(fault) {
      // what is over says nothing any more, but for counters that fell and a meter that has not been asked since
      faults = [...faults.filter((each) => each.fromMs + each.forMs > fault.fromMs || keeps(each)), fault];
    },
    ailment(analyzerId, elapsedMs, lastAskedMs) {
      const own = faults.filter((fault) => fault.analyzerId === analyzerId && fault.fromMs <= elapsedMs);
      const active = own.filter((fault) => elapsedMs < fault.fromMs + fault.forMs);
      const jumps = own.filter((fault) => fault.kind === 'jump').map((fault) => fault.fromMs);
      return {
        kinds: active.map((fault) => fault.kind),
        resetMs: jumps.length === 0 ? null : Math.max(...jumps),
        rebooted: own.some((fault) => fault.kind === 'reboot' && fault.fromMs + fault.forMs > lastAskedMs),
      };
    },
  };
}

const keeps = ({ kind }: SimulatedFault): boolean => kind === 'jump' || kind === 'reboot';

/** Numbers in [0, 1), the same in every run with this seed. */
export type Dice = () => number;

export function createDice(seed: number): Dice {
  let throws = 0;
  return () => {
    throws += 1;
    return chance(seed, throws);
  };
}

const whole = (bytes: Uint8Array): Piece => ({ bytes, delayMs: 0, withRequest: false });

/**
 * The bytes that a faulty line makes of a good answer. `framed`: the frame has no check sum of its own (Modbus TCP), so
 * that a broken one is a broken header.
 */
export function damage(
  frame: Uint8Array,
  request: Uint8Array,
  kinds: readonly FaultKind[],
  dice: Dice,
  framed: boolean,
): readonly Piece[] {
  let bytes = frame;
  if (kinds.includes('crc')) bytes = framed ? changed(bytes, 2, 0x40) : flipped(bytes, dice);
  if (kinds.includes('truncated')) bytes = bytes.subarray(0, 1 + Math.floor(dice() * (bytes.length - 1)));
  if (kinds.includes('noise')) bytes = Uint8Array.of(...junk(dice), ...bytes, ...junk(dice));
  const answer = whole(bytes);
  return kinds.includes('echo') ? [{ ...whole(request), withRequest: true }, answer] : [answer];
}

/** One bit of the data is wrong; never in the first three bytes, which tell whose answer it is. */
function flipped(bytes: Uint8Array, dice: Dice): Uint8Array {
  const at = Math.min(bytes.length - 1, 3 + Math.floor(dice() * (bytes.length - 3)));
  return changed(bytes, at, 1 << Math.floor(dice() * 7));
}

function changed(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

function junk(dice: Dice): Uint8Array {
  return Uint8Array.from({ length: 1 + Math.floor(dice() * 8) }, () => Math.floor(dice() * 256));
}
