import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/domain/errors.ts';
import type { DeliveryResult } from '../../src/domain/store-port.ts';
import { type FileHandleLike, type OpenFile, openReal } from '../../src/exporters/day-file.ts';
import { exporting, owed, temporaryFolder } from './written.ts';

const record = (sequence: number) => owed(sequence, `2014-05-01T10:0${sequence}:00Z`, { TPF: [sequence] });
const line = (sequence: number) => `12:0${sequence}:00\t     ${sequence}.00\t\n`;
const header = 'HORA\tTPF0\t\n';
const all = [1, 2, 3].map(line).join('');
const FILE = '1/20140501.txt';

type Fault = {
  readonly on: 'write' | 'datasync' | 'open';
  readonly errno: string;
  readonly short?: number;
};

/** Why nothing of a delivery was taken; null when something was. */
async function failureOf(delivery: Promise<readonly DeliveryResult[]>): Promise<Failure | null> {
  const results = await delivery;
  const [first] = results;
  return first?.kind === 'failed' && results.every(({ kind }) => kind === 'failed') ? first.failure : null;
}

/** Files on a disk that fails as `fault()` says; a short write takes a part first. */
function failing(fault: () => Fault | null): OpenFile {
  const fail = (errno: string) => Promise.reject(Object.assign(new Error(errno), { code: errno }));
  return async (path, flags) => {
    const now = fault();
    if (now?.on === 'open' && path.endsWith('.txt')) return fail(now.errno);
    const file = await openReal(path, flags);
    let room = now?.short ?? 0;
    return {
      write: async (bytes, offset, length, position) => {
        const each = fault();
        if (each?.on !== 'write') return file.write(bytes, offset, length, position);
        const part = Math.min(room, length);
        room -= part;
        return part > 0 ? file.write(bytes, offset, part, position) : fail(each.errno);
      },
      truncate: (length) => file.truncate(length),
      datasync: () => (fault()?.on === 'datasync' ? fail(fault()?.errno ?? '') : file.datasync()),
      readFile: () => file.readFile(),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  };
}

describe('a file that a power cut left torn', () => {
  it('F41 cut at any offset: back to the last whole line, the rest kept, one log line, and it goes on', async () => {
    const whole = header + all;
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const { exporter, folder, text, names, warnings } = exporting();
      mkdirSync(join(folder, '1'));
      writeFileSync(join(folder, FILE), whole.slice(0, cut));
      await exporter.deliver([record(4)]);
      const kept = whole.slice(0, whole.slice(0, cut).lastIndexOf('\n') + 1);
      const torn = whole.slice(kept.length, cut);
      expect(text(FILE)).toBe((kept === '' ? header : kept) + line(4));
      expect(warnings).toHaveLength(torn === '' ? 0 : 1);
      expect(names('1').includes('20140501.txt.torn') ? text(`${FILE}.torn`) : '').toBe(torn);
    }
  });

  it('F41 the record whose line was torn is owed still, and written whole', async () => {
    const whole = header + all;
    for (let cut = header.length + line(1).length; cut <= whole.length; cut += 1) {
      const { exporter, folder, text } = exporting();
      mkdirSync(join(folder, '1'));
      writeFileSync(join(folder, FILE), whole.slice(0, cut));
      await exporter.deliver([record(2), record(3)]);
      expect(text(FILE)).toBe(whole);
    }
  });

  it('F41 what was cut off twice is kept twice', async () => {
    const { exporter, folder, text } = exporting();
    await exporter.deliver([record(1)]);
    appendFileSync(join(folder, FILE), 'one');
    await exporter.deliver([record(2)]);
    appendFileSync(join(folder, FILE), 'two');
    await exporter.deliver([record(3)]);
    expect(text(FILE)).toBe(header + all);
    expect(text(`${FILE}.torn`)).toBe('onetwo');
  });

  it.each([
    ['after a whole line', header + line(1), '\0'.repeat(5000)],
    ['within a line', header + line(1), `12:02:00\t   ${'\0'.repeat(4096)}`],
    ['ended by a line end', header + line(1), `${'\0'.repeat(10)}\n`],
    ['instead of everything', '', '\0'.repeat(70_000)],
    ['over several lines', header, '12:01\0:00\t\n\0\0\n12:02:00\t'],
  ])('F42 zeros %s are cut off and kept', async (_, whole, tail) => {
    const { exporter, folder, text, warnings } = exporting();
    mkdirSync(join(folder, '1'));
    writeFileSync(join(folder, FILE), whole + tail);
    await exporter.deliver([record(1), record(2)]);
    expect(text(FILE)).toBe(header + line(1) + line(2));
    expect(text(`${FILE}.torn`)).toBe(tail);
    expect(warnings).toEqual([expect.stringContaining('20140501.txt.torn')]);
  });

  it('F42 an empty file gets its header, without a word', async () => {
    const { exporter, folder, text, warnings } = exporting();
    mkdirSync(join(folder, '1'));
    writeFileSync(join(folder, FILE), '');
    await exporter.deliver([record(1)]);
    expect([text(FILE), warnings]).toEqual([header + line(1), []]);
  });
});

describe('a disk that does not take what it is given', () => {
  it('F44 writes that take a part at a time come out whole', async () => {
    const drip: OpenFile = async (path, flags) => {
      const file: FileHandleLike = await openReal(path, flags);
      return {
        write: (bytes, offset, length, position) => file.write(bytes, offset, Math.min(3, length), position),
        ...{ readFile: () => file.readFile(), truncate: (length) => file.truncate(length) },
        ...{ datasync: () => file.datasync(), sync: () => file.sync(), close: () => file.close() },
      };
    };
    const { exporter, text } = exporting({ open: drip });
    await exporter.deliver([record(1), record(2), record(3)]);
    expect(text(FILE)).toBe(header + all);
  });

  it('F44 a disk that takes no byte and calls it success is full', async () => {
    const stuck: OpenFile = async (path, flags) => {
      const file = await openReal(path, flags);
      return {
        write: async () => ({ bytesWritten: 0 }),
        ...{ readFile: () => file.readFile(), truncate: (length) => file.truncate(length) },
        ...{ datasync: () => file.datasync(), sync: () => file.sync(), close: () => file.close() },
      };
    };
    const { exporter } = exporting({ open: stuck });
    expect(await failureOf(exporter.deliver([record(1)]))).toMatchObject({ facts: { errno: 'ENOSPC' } });
  });

  it('F44 full in the middle of a line: nothing is delivered, nothing is left of it, and it heals', async () => {
    let fault: Fault | null = null;
    const { exporter, text, warnings } = exporting({ open: failing(() => fault) });
    await exporter.deliver([record(1)]);
    for (let short = 0; short < line(2).length + 5; short += 1) {
      fault = { on: 'write', errno: 'ENOSPC', short };
      expect(await failureOf(exporter.deliver([record(2), record(3)]))).toMatchObject({
        code: 'EXPORT_FAILED',
        message: expect.stringMatching(/20140501\.txt could not be written: the disk is full: free some space/),
      });
      expect(text(FILE)).toBe(header + line(1));
    }
    fault = null;
    expect(await exporter.deliver([record(2), record(3)])).toHaveLength(2);
    expect([text(FILE), warnings]).toEqual([header + all, []]);
  });

  it('F44 full, and what was written cannot even be taken back: it is cut off later', async () => {
    for (let short = 1; short < 2 * line(2).length; short += 1) {
      let fault: Fault | null = null;
      let room = short;
      const open: OpenFile = async (path, flags) => {
        const file = await openReal(path, flags);
        const noSpace = () => Promise.reject(Object.assign(new Error(), { code: 'ENOSPC' }));
        return {
          write: (bytes, offset, length, position) => {
            if (fault === null) return file.write(bytes, offset, length, position);
            const part = Math.min(room, length);
            room -= part;
            return part === 0 ? noSpace() : file.write(bytes, offset, part, position);
          },
          truncate: (length) => (fault === null ? file.truncate(length) : noSpace()),
          ...{ readFile: () => file.readFile(), datasync: () => file.datasync() },
          ...{ sync: () => file.sync(), close: () => file.close() },
        };
      };
      const { exporter, text } = exporting({ open });
      await exporter.deliver([record(1)]);
      fault = { on: 'write', errno: 'ENOSPC' };
      expect(await failureOf(exporter.deliver([record(2), record(3)]))).toMatchObject({ code: 'EXPORT_FAILED' });
      fault = null;
      await exporter.deliver([record(2), record(3)]);
      expect(text(FILE)).toBe(header + all);
    }
  });

  it('F46 a sync that failed is not trusted: the line is taken back and written anew', async () => {
    let fault: Fault | null = { on: 'datasync', errno: 'EIO' };
    const { exporter, text } = exporting({ open: failing(() => fault) });
    expect(await failureOf(exporter.deliver([record(1)]))).toMatchObject({ facts: { errno: 'EIO' } });
    expect(text(FILE)).toBe('');
    fault = null;
    await exporter.deliver([record(1)]);
    expect(text(FILE)).toBe(header + line(1));
  });

  it.each([
    ['EROFS', /read-only/],
    ['EACCES', /this user may not write there/],
    ['EMFILE', /too many files/],
    ['EWHATEVER', /EWHATEVER/],
  ])('F45 %s is said in words with the path', async (errno, words) => {
    const { exporter } = exporting({ open: failing(() => ({ on: 'open', errno })) });
    expect(await failureOf(exporter.deliver([record(1)]))).toMatchObject({
      code: 'EXPORT_FAILED',
      message: expect.stringMatching(words),
      facts: { path: expect.stringContaining('20140501.txt'), errno },
    });
  });

  it('a file where the folder should be is said in words', async () => {
    const folder = join(temporaryFolder(), 'dades');
    writeFileSync(folder, '');
    expect(await failureOf(exporting({ folder }).exporter.deliver([record(1)]))).toMatchObject({
      code: 'EXPORT_FAILED',
    });
  });

  it('one analyzer whose file cannot be written holds up no other', async () => {
    const { exporter, folder, text } = exporting();
    writeFileSync(join(folder, '2'), 'a file in the way');
    const other = owed(1, '2014-05-01T10:01:00Z', { TPF: [1] }, { analyzerId: 2 });
    expect(await exporter.deliver([other, { ...record(1), sequence: 2 }])).toMatchObject([
      { sequence: 1, kind: 'failed' },
      { sequence: 2, kind: 'delivered' },
    ]);
    expect(text(FILE)).toBe(header + line(1));
    expect(await failureOf(exporter.deliver([other]))).toMatchObject({ code: 'EXPORT_FAILED' });
  });

  it('what came before the line that failed is delivered, what comes after waits its turn', async () => {
    const { exporter, folder } = exporting();
    mkdirSync(join(folder, '1/20140502.txt'), { recursive: true });
    const results = await exporter.deliver([
      owed(1, '2014-05-01T21:59:00Z', { TPF: [1] }),
      owed(2, '2014-05-01T22:00:00Z', { TPF: [2] }),
      owed(3, '2014-05-01T22:01:00Z', { TPF: [null] }),
    ]);
    expect(results.map(({ kind }) => kind)).toEqual(['delivered', 'failed', 'failed']);
  });

  it('analitzador.dat that cannot be written is a courtesy lost, said once', async () => {
    const { exporter, folder, text, warnings } = exporting();
    mkdirSync(join(folder, '1/analitzador.dat'), { recursive: true });
    await exporter.deliver([record(1)]);
    expect(await exporter.deliver([record(2)])).toHaveLength(1);
    expect(text(FILE)).toBe(header + line(1) + line(2));
    expect(warnings).toEqual([expect.stringContaining('analitzador.dat')]);
  });

  it('a file that lost its end while we run is seen', async () => {
    const { exporter, folder, text } = exporting();
    await exporter.deliver([record(1), record(2)]);
    truncateSync(join(folder, FILE), header.length + line(1).length + 4);
    await exporter.deliver([record(3)]);
    expect(text(FILE)).toBe(header + line(1) + line(3));
    expect(readFileSync(join(folder, `${FILE}.torn`), 'utf8')).toBe('12:0');
  });
});
