import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDades } from '../../src/domain/dades.ts';
import { exporting, owed } from './written.ts';

/** Noon in Madrid. */
const noon = Date.parse('2014-05-01T10:00:00Z');
const quarter = (sequence: number, value: number | null) =>
  owed(sequence, new Date(noon + sequence * 900_000).toISOString(), { TPF: [value, 229.8] });

describe('localFile', () => {
  it('writes the file of the predecessor byte for byte', async () => {
    const { exporter, text } = exporting();
    const results = await exporter.deliver([quarter(1, 230.12), quarter(2, null)]);
    expect(results).toEqual([
      { sequence: 1, kind: 'delivered' },
      { sequence: 2, kind: 'delivered' },
    ]);
    expect(text('1/20140501.txt')).toBe(
      'HORA\tTPF0\tTPF1\t\n12:15:00\t   230.12\t   229.80\t\n12:30:00\t      nan\t   229.80\t\n',
    );
    expect(text('1/analitzador.dat')).toBe('PM710 Power Meter\tThu May  1 12:15:00 2014');
  });

  it('makes the folders that are missing, one for each analyzer', async () => {
    const { exporter, folder, names } = exporting();
    rmSync(folder, { recursive: true });
    await exporter.deliver([quarter(1, 1), owed(2, '2014-05-01T10:15:00Z', { TPF: [1] }, { analyzerId: 27 })]);
    expect(names()).toEqual(['1', '27']);
    expect(names('27')).toEqual(['20140501.txt', 'analitzador.dat']);
  });

  it('starts each day with its own file and header; midnight is its first line', async () => {
    const { exporter, text } = exporting();
    await exporter.deliver([
      owed(1, '2014-05-01T21:59:00Z', { TPF: [1] }),
      owed(2, '2014-05-01T22:00:00Z', { TPF: [2] }),
      owed(3, '2014-05-01T22:01:00Z', { TPF: [3] }),
    ]);
    expect(text('1/20140501.txt')).toBe('HORA\tTPF0\t\n23:59:00\t     1.00\t\n');
    expect(text('1/20140502.txt')).toBe('HORA\tTPF0\t\n00:00:00\t     2.00\t\n00:01:00\t     3.00\t\n');
  });

  it('a new set of variables starts a file beside the first; nothing that was there is touched', async () => {
    const { exporter, text, names } = exporting();
    await exporter.deliver([quarter(1, 1)]);
    await exporter.deliver([owed(2, '2014-05-01T10:30:00Z', { TPF: [1], PAT: [2] })]);
    await exporter.deliver([owed(3, '2014-05-01T10:45:00Z', { FRE: [50] }), quarter(4, 4)]);
    expect(names('1')).toEqual(['20140501-2.txt', '20140501-3.txt', '20140501.txt', 'analitzador.dat']);
    expect(text('1/20140501.txt').split('\n')).toHaveLength(4);
    expect(text('1/20140501-2.txt')).toBe('HORA\tTPF0\tPAT0\t\n12:30:00\t     1.00\t     2.00\t\n');
    expect(text('1/20140501-3.txt')).toBe('HORA\tFRE0\t\n12:45:00\t    50.00\t\n');
  });

  it('a record without a value has no line, and is delivered', async () => {
    const { exporter, names } = exporting();
    const nothing = owed(1, '2014-05-01T10:15:00Z', { TPF: [null] }, { n: 0 });
    expect(await exporter.deliver([nothing])).toEqual([{ sequence: 1, kind: 'delivered' }]);
    expect(names()).toEqual([]);
    expect(await exporter.deliver([])).toEqual([]);
  });

  it('writes nothing twice when the receipt was lost, in the same run or the next', async () => {
    const { exporter, folder, text } = exporting();
    await exporter.deliver([quarter(1, 1), quarter(2, 2)]);
    const before = text('1/20140501.txt');
    await exporter.deliver([quarter(1, 1), quarter(2, 2)]);
    expect(text('1/20140501.txt')).toBe(before);
    const results = await exporting({ folder }).exporter.deliver([quarter(1, 1), quarter(2, 2), quarter(3, 3)]);
    expect(results).toHaveLength(3);
    expect(text('1/20140501.txt')).toBe(`${before}12:45:00\t     3.00\t   229.80\t\n`);
  });

  it('a line of the same time with other values is another record: it is written', async () => {
    const { exporter, folder, text } = exporting();
    await exporter.deliver([quarter(1, 1)]);
    await exporting({ folder }).exporter.deliver([quarter(1, 2)]);
    expect(parseDades(text('1/20140501.txt')).rows.map(({ values }) => values[0])).toEqual([1, 2]);
  });

  it('goes on where a file was moved away or written by someone else', async () => {
    const { exporter, folder, text } = exporting();
    await exporter.deliver([quarter(1, 1)]);
    writeFileSync(join(folder, '1/20140501.txt'), '12:20:00\tby hand\n', { flag: 'a' });
    await exporter.deliver([quarter(2, 2)]);
    expect(text('1/20140501.txt')).toContain('by hand\n12:30:00\t     2.00\t');
    rmSync(join(folder, '1/20140501.txt'));
    await exporter.deliver([quarter(3, 3)]);
    expect(text('1/20140501.txt')).toBe('HORA\tTPF0\tTPF1\t\n12:45:00\t     3.00\t   229.80\t\n');
  });

  it('F50 the hour that comes twice is written twice, though nothing changed in it, and not thrice', async () => {
    const night = ['00:00', '00:15', '00:30', '00:45', '01:00', '01:15', '01:30', '01:45', '02:00'];
    const records = night.map((time, index) => owed(index + 1, `2026-10-25T${time}:00Z`, { TPF: [7] }));
    const times = ['02:00', '02:15', '02:30', '02:45', '02:00', '02:15', '02:30', '02:45', '03:00'];
    for (let done = 0; done <= records.length; done += 1) {
      const { exporter, folder, text } = exporting();
      if (done > 0) await exporter.deliver(records.slice(0, done));
      // after a crash everything from any record on is owed again
      for (let from = 0; from <= done; from += 1) {
        await exporting({ folder }).exporter.deliver(records.slice(from));
        const rows = parseDades(text('1/20261025.txt')).rows.map(({ time }) => time.slice(0, 5));
        expect(rows).toEqual(times);
      }
    }
  });

  it('F49 a window that was recorded again after the clock went back has a line of its own', async () => {
    const { exporter, folder, text } = exporting();
    const again = owed(2, '2014-05-01T10:15:00Z', { TPF: [1, 229.8] }, { generation: 1 });
    await exporter.deliver([quarter(1, 1), again]);
    await exporting({ folder }).exporter.deliver([again]);
    expect(parseDades(text('1/20140501.txt')).rows).toHaveLength(2);
  });

  it('F30 what a meter says it is stays one line', async () => {
    const { exporter, text } = exporting({ identification: () => 'PM\n7\t10\0 ' });
    await exporter.deliver([quarter(1, 1)]);
    expect(text('1/analitzador.dat')).toBe('PM 7 10  \tThu May  1 12:15:00 2014');
  });

  it('whatever the batches, and whatever is owed again, each record has its line once and in order', async () => {
    const cuts = fc.array(fc.record({ take: fc.integer({ min: 1, max: 7 }), again: fc.nat(7), crash: fc.boolean() }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(
        cuts,
        fc.constantFrom('2026-10-24T21:00Z', '2026-03-28T21:00Z', '2026-05-04T20:00Z'),
        async (list, start) => {
          const records = Array.from({ length: 40 }, (_, index) =>
            owed(index, new Date(Date.parse(start) + index * 900_000).toISOString(), { TPF: [index % 2] }),
          );
          let { exporter, folder, text, names } = exporting();
          let done = 0;
          for (const { take, again, crash } of list) {
            if (crash) ({ exporter, folder, text, names } = exporting({ folder }));
            // what is owed again was written by the last delivery
            const from = Math.max(0, done - Math.min(again, 1));
            await exporter.deliver(records.slice(from, done + take));
            done = Math.min(records.length, done + take);
          }
          if (done === 0) return;
          const files = names('1').filter((name) => name.endsWith('.txt'));
          const values = files.flatMap((name) => parseDades(text(`1/${name}`)).rows.map((row) => row.values[0]));
          expect(values).toEqual(records.slice(0, done).map((_, index) => index % 2));
        },
      ),
      { numRuns: 60 },
    );
  });
});
