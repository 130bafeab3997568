import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idText } from '../../src/protocol/classic-answers.ts';
import { mayLoad } from '../../src/protocol/may-load.ts';
import { PROFILES } from '../support/installation.ts';
import { loadedBy, pythonLoaders } from './pythons.ts';

const OPCODES = [...'().N]}012abdelostuQRKhqMJjGUCBTXFILSVPcigpr.....NNK('];
/** Counts that a length may have, and what may stand in a text. */
const OTHERS = [...'0123456789 -éÿ', ...' ', '\x01', '\x80\x02', '\r', '\n'];

/** A pickle for each opcode that can be part of one. */
const LOADABLE = [
  ...['N.', ').', '].', '}.', 'K1.', 'M12.', 'J1234.', 'G12345678.', `U ${'x'.repeat(32)}.`, 'N2.', 'NN0.', 'N(N1.'],
  ...['Nq1.', 'Nq1h1.', '(NNt.', '(NNl.', '(NNd.', ']Na.', '}NNs.', '](NNe.', '}(NNu.'],
];

/** Texts that are nearly pickles, and those that are anything. */
const TEXTS: readonly string[] = [
  ...LOADABLE,
  ...fc.sample(fc.string({ unit: fc.constantFrom(...OPCODES), maxLength: 7 }), { numRuns: 12_000, seed: 5 }),
  ...fc.sample(fc.string({ unit: fc.constantFrom(...OPCODES, ...OTHERS), maxLength: 14 }), {
    numRuns: 12_000,
    seed: 6,
  }),
  ...fc.sample(fc.string({ unit: 'binary-ascii', maxLength: 30 }), { numRuns: 2000, seed: 7 }),
];

const isLoaded = (canon: readonly unknown[] | undefined) => canon?.[0] !== 'error';

describe.each(pythonLoaders())('$name', (loader) => {
  it('loads no identification, whatever the meter says', () => {
    const answers = TEXTS.map(idText);
    const loaded = loadedBy(loader, answers);
    expect(answers.filter((_, index) => isLoaded(loaded[index]))).toEqual([]);
  });

  it('would load many of them as they come', () => {
    // without the opcode that makes some Pythons take all memory
    const texts = TEXTS.filter((text) => /^[\x20-\x7e]*$/.test(text) && !text.includes('r'));
    const loaded = loadedBy(loader, texts);
    const loadable = texts.filter((_, index) => isLoaded(loaded[index]));
    expect(loadable.length).toBeGreaterThan(300);
    expect(loadable.filter((text) => !mayLoad(text))).toEqual([]);
    expect(loadable).toEqual(expect.arrayContaining(LOADABLE));
  });
});

describe('the guard', () => {
  it('changes nothing of what meters say', () => {
    const models = [...PROFILES.values()].flatMap(({ vendor, model, aliases, identityContains }) => [
      ...[model, ...aliases, ...identityContains],
      `${vendor} ${model}`,
      `${model} v1.20 s/n 123.456`,
      `${vendor} ${model}    `,
    ]);
    const others = [
      'Nr',
      'No. 3',
      'Main.',
      'V1.0',
      '1.2',
      '0.9',
      '2.1',
      '.5',
      'Q.',
      'r. 1234',
      '3',
      'M1',
      'B23 112-100.',
      'Umg 96.',
      'Tk. 5',
      'reactiva.',
    ];
    expect([...models, ...others].filter((text) => idText(text) !== text.replace(/[^\x20-\xff]/gu, '?'))).toEqual([]);
  });

  it.each([...LOADABLE, '(.', '((N.', 'Nr. 12345'])('puts a blank before %j', (text) => {
    expect(idText(text)).toBe(` ${text}`);
  });
});
