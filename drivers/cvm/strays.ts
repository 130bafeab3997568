import type { Clock, LinkObserver } from '../../src/domain/ports.ts';
import type { UnitId } from '../../src/domain/units.ts';
import { type CvmStray, isCvmValueText } from './frames.ts';
import { type AnswerForm, passed, type UnitStep } from './unit-step.ts';

const ECHO = 'echo: the adapter hears what it sends; check its wiring (2-wire, RE to DE) or its echo switch';
const DOLLAR = 0x24;

/**
 * What was wrong with what came instead of an answer. crc: a line of the unit whose checksum differs; malformed: a line
 * that nobody can read; form: a good answer of the unit, which nothing it was asked explains.
 */
export type Damage = { readonly kind: 'crc' | 'malformed' } | { readonly kind: 'form'; readonly saw: AnswerForm };

export type StrayCount = { readonly junk: number; readonly damage: Damage | null };

/** What is known of the units of a line. It outlives a reopening. */
export type Units = Map<UnitId, UnitStep>;

export type StrayReport = (strays: readonly CvmStray[], asked: UnitId | null) => StrayCount;

/** Tells the observer what passed beside the answers, and the units which late answers have been seen whole. */
export function createStrayReport(o: {
  readonly clock: Clock;
  readonly units: Units;
  readonly observer: LinkObserver;
}): StrayReport {
  const { clock, units, observer } = o;

  const onGoodFrame = (unit: UnitId, data: string, asked: UnitId | null): Damage | null => {
    const form: AnswerForm = isCvmValueText(data) ? data.length : 'text';
    const step = units.get(unit);
    const owed = step?.owed.has(form) === true;
    if (step && owed) units.set(unit, passed(step, form, clock.mono()));
    const text = `${data.length} characters from unit ${unit}`;
    if (owed) observer.onEvent?.({ kind: 'late', unit, text });
    if (unit === asked) return owed ? null : { kind: 'form', saw: form };
    const whom = asked === null ? 'nobody was asked' : `unit ${asked} was asked`;
    if (asked !== null || !owed) observer.onEvent?.({ kind: 'unexpectedUnit', unit, text: `${text} while ${whom}` });
    return null;
  };

  const damageOf = (stray: CvmStray, asked: UnitId | null): Damage | null => {
    switch (stray.kind) {
      case 'late':
      case 'unexpectedUnit':
        return stray.unit === null ? null : onGoodFrame(stray.unit, stray.data, asked);
      case 'echo':
        observer.onEvent?.({ kind: 'echo', unit: stray.unit ?? 0, text: ECHO });
        return null;
      case 'crc':
      case 'malformed':
        return { kind: stray.kind };
      case 'junk':
        // a line whose address was bent looks like another unit's with a wrong checksum
        return stray.bytes[0] === DOLLAR ? { kind: 'malformed' } : null;
    }
  };

  return (strays, asked) => {
    let junk = 0;
    let damage: Damage | null = null;
    for (const stray of strays) {
      const isFrame = stray.kind === 'late' || stray.kind === 'unexpectedUnit' || stray.kind === 'echo';
      observer.onFrame?.({ direction: isFrame ? 'answer' : 'junk', bytes: stray.bytes.slice(), at: clock.now() });
      if (!isFrame) junk += stray.bytes.length;
      damage = damageOf(stray, asked) ?? damage;
    }
    return { junk, damage };
  };
}
