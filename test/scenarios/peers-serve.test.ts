import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEBIAN_PYTHON, requireTool } from '../support/require-tool.ts';
import { type Printing, printing, ptyPair, serving } from './serving.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lector-peers-'));
const inFolder = (name: string): string => join(folder, name);

const twoWords = (value: number): readonly number[] => [(value >>> 16) & 0xffff, value & 0xffff];
const floatWords = (value: number): readonly number[] => {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return [view.getUint16(0), view.getUint16(2)];
};

/** What a PM710 on its wall would hold, 0-based, with the holes of its map; 32768: the meter does not know. */
const PM710: Readonly<Record<number, readonly number[]>> = {
  3999: [...twoWords(178_050), ...twoWords(190_111), ...twoWords(77_768)],
  4005: [1667, 1761, 65_536 - 568, 9465, 4003, 2304, 2535, 5001],
  4019: [2567, 2705, 2334, 32_768],
  4029: [3979, 3998, 4011, 2295, 2301, 2317, 564, 592, 511, 593, 625, 539, 65_536 - 190, 65_536 - 201, 65_536 - 177],
  4044: [31, 32, 33, 947, 21, 23, 22],
  // exponents of current, voltage, power, energy; hours, minutes, errors
  4104: [65_536 - 2, 65_536 - 1, 65_536 - 2, 0],
  4109: [1234, 56, 0],
};
const PM710_CODES = ['TPF', 'IPF', 'FRE', 'PAF', 'PAT', 'PRT', 'THDV', 'CEA', 'CER'];
const PM710_LINE = [
  ...['   229.50', '   230.10', '   231.70', '    25.67', '    27.05', '    23.34', '      nan', '    50.01'],
  ...['     5.64', '     5.92', '     5.11', '    16.67', '    -5.68', '     2.10', '     2.30', '     2.20'],
  ...['178050.00', ' 77768.00'],
];

/** A PM500 from its first current (768) to its reactive power: 32-bit, high word first. */
const PM500 = [
  12_345, 11_000, 9_999, 120, 39_900, 40_010, 40_120, 23_010, 23_120, 23_230, 4998, 1_234_567, -4500, 0, 0, 0,
];
const PM500_CODES = ['TPF', 'IPF', 'INE', 'FRE', 'PAT', 'PRT'];
const PM500_LINE = [
  ...['   230.10', '   231.20', '   232.30', '    12.35', '    11.00', '    10.00', '     0.12', '    49.98'],
  ...[' 12345.67', '   -45.00'],
];

/** An SDM630 from its first voltage (0) to its imported energy (72), in V, A, W and kWh. */
const SDM630 = (): readonly number[] => {
  const floats = Array<number>(37).fill(0);
  [230.5, 231.25, 229.75, 10.5, 11.25, 9.75, 2300, 2500, 2200].forEach((value, n) => {
    floats[n] = value;
  });
  floats[26] = 7000;
  floats[35] = 50.02;
  floats[36] = 4321.5;
  return floats.flatMap(floatWords);
};
const SDM630_CODES = ['TPF', 'IPF', 'FRE', 'PAF', 'PAT', 'CEA'];
const SDM630_LINE = [
  ...['   230.50', '   231.25', '   229.75', '    10.50', '    11.25', '     9.75', '    50.02'],
  ...['     2.30', '     2.50', '     2.20', '     7.00', '  4321.50'],
];

const analyzer = (id: number, device: number, address: number, model: string, codes: readonly string[]): string =>
  `<analitzador id="${id}" device="${device}" address="${address}"><params><model>${model}</model>
    <tempsgravacio>1</tempsgravacio><tempslectura>1</tempslectura></params>
    <dataexports><dataexport type="localFile" target="dades" /></dataexports>
    <peticions>${codes.map((code) => `<consulta>${code}</consulta>`).join('')}</peticions></analitzador>`;

const serial = (id: number, port: string): string =>
  `<device id="${id}" type="serial"><port>${port}</port><baud>19200</baud><parity>N</parity></device>`;

const xml = (tcpPort: string): string => `<configuracio><node id="1" name="Peers" timezone="UTC" /><devices>
  ${serial(1, inFolder('pymodbus'))} ${serial(2, inFolder('libmodbus'))}
  <device id="3" type="tcp"><host>127.0.0.1</host><port>${tcpPort}</port></device></devices><equips>
  ${analyzer(1, 1, 7, 'PM710', PM710_CODES)} ${analyzer(2, 2, 9, 'PM500', PM500_CODES)}
  ${analyzer(3, 3, 1, 'SDM630', SDM630_CODES)}</equips></configuracio>`;

/** The first line of values that an analyzer's file has, and the header above it. */
const dades = (id: number): { readonly header: string; readonly line: string } => {
  const [header = '', line = ''] = readFileSync(inFolder(`dades/${id}/20261125.txt`), 'utf8').split('\n');
  return { header, line };
};
const fields = (values: readonly string[]): string => values.map((each) => `${each}\t`).join('');

const canTry = ['socat', 'faketime', 'pymodbus', 'libmodbus'].map(requireTool).every(Boolean);
const started: Printing[] = [];
const start = (each: Printing): Printing => {
  started.push(each);
  return each;
};

async function startMeters(): Promise<string> {
  const compiled = inFolder('libmodbus-meter');
  execFileSync('gcc', ['-I/usr/include/modbus', here('libmodbus-meter.c'), '-o', compiled, '-lmodbus']);
  start(await ptyPair(inFolder('pymodbus'), inFolder('pymodbus-end')));
  start(await ptyPair(inFolder('libmodbus'), inFolder('libmodbus-end')));
  const registers = Object.entries(PM710).map(([address, words]) => `${address}=${words.join()}`);
  start(printing(DEBIAN_PYTHON, [here('pymodbus-meter.py'), inFolder('pymodbus-end'), '7', 'PM710', ...registers]));
  const words = PM500.flatMap(twoWords).map(String);
  start(printing(compiled, [inFolder('libmodbus-end'), '9', 'holding', '768', ...words]));
  const tcp = start(printing(compiled, ['tcp', '1', 'input', '0', ...SDM630().map(String)]));
  return tcp.line(/^\d+$/);
}

afterAll(async () => {
  await Promise.all(started.map((each) => each.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!canTry)('lector serve reads and records meters that others wrote', () => {
  let lector: Printing;
  beforeAll(async () => {
    const tcpPort = await startMeters();
    lector = start(serving(folder, xml(tcpPort), '2026-11-25 12:14:48'));
    for (const id of [1, 2, 3]) await lector.line(new RegExp(`"analyzer":${id},"n":[1-9]`));
    expect(await lector.end()).toBe(0);
  }, 120_000);

  it('pymodbus as a PM710 on a pseudo-terminal, with holes that it refuses to read over', () => {
    const { header, line } = dades(1);
    expect(header).toMatch(/^HORA\tTPF0\tTPF1\tTPF2\tIPF0\t.*\tCER0\t$/);
    expect(line).toBe(`12:15:00\t${fields(PM710_LINE)}`);
  });

  it('libmodbus as a PM500 on a pseudo-terminal', () => {
    expect(dades(2).line).toBe(`12:15:00\t${fields(PM500_LINE)}`);
  });

  it('libmodbus as an SDM630 over TCP', () => {
    expect(dades(3).line).toBe(`12:15:00\t${fields(SDM630_LINE)}`);
  });
});
