import type { PlantMeter } from '../../drivers/simulated/plant.ts';
import type { Profile, Register } from '../domain/profile.ts';
import { safe } from '../domain/safe.ts';
import type { EpochMs } from '../domain/units.ts';
import type { SimulatedGroup } from './simulate-setup.ts';
import { type Column, textTable } from './text-table.ts';

/** Where a group of meters can be reached. */
export type Place =
  | { readonly kind: 'pty'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const NAMES_MAX = 60;
const VARIABLES_MAX = 8;
/** Meters that commands are printed for. */
const METERS_MAX = 3;

/**
 * What serves where, its values now, and commands to try:
 *
 *   /tmp/lector-meters: 2 meters on one RTU line, 19200 bit/s
 *     PM710 at address 1, SDM630 at address 2
 */
export function placeText(group: SimulatedGroup, place: Place, now: EpochMs): string {
  const { meters } = group;
  const where = place.kind === 'pty' ? place.path : `${place.host}:${place.port}`;
  const how = place.kind === 'tcp' ? 'Modbus TCP' : `${lineWords(group)}, ${group.baud} bit/s`;
  const count = meters.length === 1 ? '1 meter' : `${meters.length} meters`;
  const list = meters.map(({ meter, unit }) => `${safe(meter.profile.model, NAMES_MAX)} at address ${unit}`).join(', ');
  const tries = meters.slice(0, METERS_MAX).flatMap((each) => commands(each, place, group.baud, now));
  return [
    `${where}: ${count}, ${how}`,
    `  ${list}`,
    '',
    valuesTable(meters, now),
    'Try:',
    ...tries.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

const lineWords = ({ protocol }: SimulatedGroup): string => (protocol === 'cvm' ? 'CVM ASCII line' : 'Modbus RTU line');

const COLUMNS: readonly Column[] = [
  { title: 'address', align: 'right' },
  { title: 'code', align: 'left' },
  { title: 'values now', align: 'left' },
  { title: 'unit', align: 'left' },
];

/** The first variables of each meter, as its registers would show them. */
function valuesTable(meters: readonly PlantMeter[], now: EpochMs): string {
  const rows = meters.flatMap(({ meter, unit }) =>
    meter.profile.variables.slice(0, VARIABLES_MAX).map(({ code, unit: unitOfValue, registers }) => {
      const values = meter.truth(code, now).map((value, n) => valueText(value, meter.stepOf(registers[n] ?? '')));
      return [String(unit), code, values.join('  '), unitOfValue];
    }),
  );
  return textTable(COLUMNS, rows);
}

/** With as many decimals as the register tells, two at least where it is finer than a unit. */
function valueText(value: number | null, step: number): string {
  if (value === null) return '-';
  if (step >= 1) return String(Math.floor(value));
  return value.toFixed(step === 0 ? 2 : Math.min(4, Math.ceil(-Math.log10(step) - 1e-9)));
}

/** A command of ours and one of mbpoll for a meter. A pseudo-terminal has no parity, whatever the meter is made for. */
function commands({ meter, unit }: PlantMeter, place: Place, baud: number, now: EpochMs): readonly string[] {
  const { profile } = meter;
  const codes = profile.variables.slice(0, 2).map(({ code }) => code);
  const model = /^[\w.-]+$/.test(profile.model) ? profile.model : `'${profile.model}'`;
  const where =
    place.kind === 'pty'
      ? `--port ${place.path} --baud ${baud} --parity N`
      : `--host ${place.host} --tcp-port ${place.port}`;
  const ours = `lector read ${where} --model ${model} --address ${unit} ${codes.join(' ')}`;
  const poll = mbpoll({ meter, unit, place, baud, now });
  return poll === null ? [ours] : [ours, poll];
}

type Poll = Omit<PlantMeter, 'analyzerId'> & {
  readonly place: Place;
  readonly baud: number;
  readonly now: EpochMs;
};

/** One register by mbpoll, with what the number that it prints stands for; null: the map has none that it can show. */
function mbpoll({ meter, unit, place, baud, now }: Poll): string | null {
  const register = exampleRegister(meter.profile);
  if (register === null || register.source.kind !== 'modbus') return null;
  const { source } = register;
  const table = `${source.function === 3 ? 4 : 3}${KINDS[source.type] ?? ''}`;
  const order = source.words === 2 && source.wordOrder === 'msw' ? ' -B' : '';
  const line = place.kind === 'pty' ? `-m rtu -b ${baud} -P none` : `-m tcp -p ${place.port}`;
  const target = place.kind === 'pty' ? place.path : place.host;
  const command = `mbpoll ${line} -a ${unit} -t ${table}${order} -0 -r ${source.address} -c 1 -1 ${target}`;
  const value = meter.truthOf(register.id, now);
  const step = meter.stepOf(register.id);
  if (value === null || step === 0) return command;
  return `${command}  # ${Math.round(value / step)} is ${valueText(value, step)} ${register.unit}`;
}

/** How mbpoll names what is not one 16-bit word. */
const KINDS: Readonly<Record<string, string>> = { u32: ':int', i32: ':int', f32: ':float' };

/** A register that mbpoll can show: of the first variables, in one word or two. */
function exampleRegister(profile: Profile): Register | null {
  if (profile.discovery !== null) return null;
  const ids = profile.variables.flatMap((variable) => variable.registers);
  const registers = ids.flatMap((id) => profile.registers.find((register) => register.id === id) ?? []);
  return (
    registers.find(({ source }) => source.kind === 'modbus' && source.words <= 2 && source.type !== 'text') ?? null
  );
}
