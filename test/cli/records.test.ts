import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { records } from '../../src/cli/records.ts';
import { sampleRecord } from '../store/sample-rows.ts';
import { openSample, temporaryFolder } from '../store/samples.ts';
import { plantXml, SIMULATED, writePlant } from '../support/lector-process.ts';

const ends: (() => void)[] = [];
let folder = '';
let [printed, said] = ['', ''];

beforeEach(async () => {
  folder = temporaryFolder((end) => ends.push(end));
  const xml = plantXml(
    [{ id: 1, ...SIMULATED }],
    [
      { id: 1, device: 1 },
      { id: 2, device: 1 },
    ],
  );
  writePlant(folder, xml.replace('<analitzador id="2"', '<analitzador name="Kitchen" id="2"'));
  const { store } = await openSample({ dir: join(folder, 'data') });
  for (let number = 1; number <= 4; number += 1) {
    for (const id of [1, 2]) await store.putRecord(sampleRecord(id, number));
  }
  await store.close();
  [printed, said] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) end();
});

type Options = Omit<Parameters<typeof records>[0], 'config' | 'ini'>;
const run = (options: Options) =>
  records({ ...options, config: join(folder, 'config.xml'), ini: join(folder, 'lector.ini') });
const lines = () => printed.trimEnd().split('\n');
const END = (number: number) => new Date(sampleRecord(1, number).end).toISOString();

describe('lector records', () => {
  it('ends without a word when whoever reads it has seen enough', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const ignore = () => {};
    process.stdout.on('error', ignore);
    vi.mocked(process.stdout.write).mockImplementation(() => {
      setImmediate(() => process.stdout.emit('error', gone));
      return false;
    });
    for (const json of [false, true]) expect(await run({ json })).toBe(0);
    process.stdout.off('error', ignore);
    expect(said).toBe('');
  });

  it('prints every record of every analyzer under one heading', async () => {
    expect(await run({})).toBe(0);
    expect(lines()).toHaveLength(9);
    expect(lines()[0]).toMatch(/^analyzer,start,end,end UTC,generation,readings,expected,/);
    expect(
      lines()
        .slice(1)
        .map((line) => line.split(',')[0]),
    ).toEqual(['1', '1', '1', '1', '2', '2', '2', '2']);
  });

  it('of a time has the windows that end after --from, up to --to', async () => {
    expect(await run({ from: END(1), to: END(3), analyzer: ['1'] })).toBe(0);
    const ended = lines()
      .slice(1)
      .map((line) => line.split(',')[3]);
    expect(ended).toEqual([2, 3].map((number) => END(number).replace('.000Z', 'Z')));
  });

  it('knows analyzers by name, and several of them', async () => {
    expect(await run({ analyzer: ['kitchen, 1'] })).toBe(0);
    expect(
      lines()
        .slice(1)
        .map((line) => line.split(',')[0]),
    ).toEqual(['2', '2', '2', '2', '1', '1', '1', '1']);
  });

  it('as JSON is one document, each record as it is sent', async () => {
    expect(await run({ json: true, analyzer: ['2'] })).toBe(0);
    const all = JSON.parse(printed) as readonly { readonly analyzer: number; readonly end: string }[];
    expect(all.map(({ analyzer }) => analyzer)).toEqual([2, 2, 2, 2]);
    expect(all.map(({ end }) => new Date(end).toISOString())).toEqual([1, 2, 3, 4].map(END));
  });

  it.each([{ json: true }, {}])('says on stderr that there is none, with exit code 1: %o', async (how) => {
    expect(await run({ ...how, to: '2001-01-01' })).toBe(1);
    expect(said).toContain('there are no records of 2 analyzers until 2001-01-01');
    expect(printed).toBe(how.json ? '[]\n' : '');
  });

  it.each([
    [{ from: 'yesterday' }, '--from: expected a date or time such as 2026-11-25'],
    [{ from: '2026-02-01', to: '2026-01-01' }, '--from: expected a time before --to'],
    [{ analyzer: ['9'] }, 'there is no "9"; with records there are 1, 2'],
  ])('refuses %o in words', async (options, words) => {
    await expect(run(options)).rejects.toThrow(words);
  });

  it('of a configuration that is wrong says what is wrong with it', async () => {
    writeFileSync(join(folder, 'config.xml'), '<configuracio>');
    await expect(run({})).rejects.toThrow('config.xml:1');
  });
});
