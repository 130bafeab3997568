import type { Profile, Register } from '../../src/domain/profile.ts';
import type { EpochMs } from '../../src/domain/units.ts';
import { identityText } from './settings.ts';
import type { Supply } from './supply.ts';
import type { Counters, MeterValues } from './values.ts';

type CvmQuestion = {
  readonly profile: Profile;
  readonly values: MeterValues;
  readonly supply: Supply;
  readonly command: string;
  readonly now: EpochMs;
  readonly counters: Counters;
};

/** What the meter answers to `command`, case as sent: fields of fixed width, RAL, or VER's text; null: silence. */
export function cvmAnswer(question: CvmQuestion): string | null {
  const { profile, command } = question;
  if (command === 'VER') return `${identityText(profile)} V1.07`;
  if (command === 'RAL') return ralAnswer(question);
  const registers = profile.registers.filter(({ source }) => source.kind === 'cvm' && source.command === command);
  if (registers.length === 0) return null;
  const fields = new Map<number, string>();
  let digits = 9;
  for (const register of registers) {
    if (register.source.kind !== 'cvm') continue;
    digits = register.source.digits;
    fields.set(register.source.field, fieldText(rawNumber(question, register), digits));
  }
  const count = 1 + Math.max(...fields.keys());
  return Array.from({ length: count }, (_, field) => fields.get(field) ?? fieldText(0, digits)).join('');
}

const rawNumber = ({ values, now, counters }: CvmQuestion, register: Register): number =>
  Number(values.rawOf(register, now, counters));

/** "000000230", "    -1234". */
function fieldText(raw: number, digits: number): string {
  return raw < 0 ? String(raw).padStart(digits) : String(raw).padStart(digits, '0');
}

const VALUES_OF_RAL = 30;

/** 30 values of 8 hex digits, then the unit of currents (00 mA, 01 A) and of powers (00 W, 01 kW). */
function ralAnswer(question: CvmQuestion): string {
  const { profile, supply, now } = question;
  const flags = [0, 1].map((field) => {
    const flag = profile.registers.find(
      ({ source }) => source.kind === 'cvm' && source.command === 'RAL' && source.field === field,
    );
    return flag === undefined ? 0 : rawNumber(question, flag);
  });
  const phases = ['L1', 'L2', 'L3', 'avg'] as const;
  const sums = ['L1', 'L2', 'L3', 'total'] as const;
  const row = (quantity: Parameters<Supply['measure']>[0], factor: number, of: typeof phases | typeof sums) =>
    of.map((phase) => (supply.measure(quantity, phase, now) ?? 0) * factor);
  const all = [
    ...row('voltageLL', 1, phases),
    ...row('voltage', 1, phases),
    ...row('current', flags[0] === 1 ? 1 : 1000, phases),
    ...row('activePower', flags[1] === 1 ? 0.001 : 1, sums),
    ...row('inductivePower', flags[1] === 1 ? 0.001 : 1, sums),
    ...row('capacitivePower', flags[1] === 1 ? 0.001 : 1, sums),
    ...row('powerFactor', 100, phases),
    ...row('frequency', 10, phases).slice(0, 1),
    ...row('apparentPower', flags[1] === 1 ? 0.001 : 1, sums).slice(3),
  ];
  const hex = all.slice(0, VALUES_OF_RAL).map((value) => Math.round(value).toString(16).toUpperCase().padStart(8, '0'));
  return `${hex.join('')}${flags.map((flag) => `0${flag}`).join('')}`;
}
