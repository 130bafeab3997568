import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PREDECESSOR } from '../config/sample.ts';
import { requireTool } from '../support/require-tool.ts';
import { lectorProcess, type Printing, serving } from './serving.ts';

const folder = mkdtempSync(join(tmpdir(), 'lector-sample-'));
const started: Printing[] = [];

afterAll(async () => {
  await Promise.all(started.map((each) => each.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

/** One value as C prints it with "%9.2f", and the tab that ends it. */
const FIELD = / {0,8}-?\d+\.\d\d\t/g;
const HEADER = [
  ...['HORA', 'TPF0', 'TPF1', 'TPF2', 'IPF0', 'IPF1', 'IPF2', 'IPF3', 'FRE0', 'PAF0', 'PAF1', 'PAF2', 'PAT0', 'PRT0'],
  ...['FPT0', 'THDV0', 'THDV1', 'THDV2', 'CEA0', 'CER0'],
];

describe.skipIf(![requireTool('socat'), requireTool('faketime')].every(Boolean))("the predecessor's sample", () => {
  it('runs with only its ports replaced, and writes the file that the predecessor wrote', async () => {
    const port = join(folder, 'meters');
    const meters = lectorProcess(['simulate', '--pty', '--link', port, '--model', 'PM710@1', '--baud', '19200']);
    started.push(meters);
    await meters.line(/Ctrl\+C/);
    const xml = PREDECESSOR.replace('/dev/null', port);
    expect(xml).toContain(`<port>${port}</port>`);
    const lector = serving(folder, xml, '2026-11-25 12:14:48');
    started.push(lector);
    await lector.line(/"analyzer":1,"n":1,"expected":15/);
    expect(await lector.end()).toBe(0);

    const file = readFileSync(join(folder, 'dades/1/20261125.txt'), 'latin1');
    const [header, line = '', ...more] = file.split('\n');
    expect(header).toBe(`${HEADER.join('\t')}\t`);
    expect(more).toEqual(['']);
    expect(line).toMatch(/^12:15:00\t/);
    const fields = line.slice('12:15:00\t'.length).match(FIELD) ?? [];
    expect(`12:15:00\t${fields.join('')}`).toBe(line);
    // never narrower than nine: only a counter may need more
    expect(fields.every((each) => each.length >= 10)).toBe(true);
    expect(fields).toHaveLength(HEADER.length - 1);
    for (const voltage of fields.slice(0, 3).map(Number)) expect(Math.abs(voltage - 230)).toBeLessThan(20);
    const identification = readFileSync(join(folder, 'dades/1/analitzador.dat'), 'latin1');
    expect(identification).toMatch(/^Schneider Electric PM710\tWed Nov 25 12:15:0\d 2026$/);
  }, 120_000);
});
