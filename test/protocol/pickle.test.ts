import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Py, pickle } from '../../src/protocol/pickle.ts';
import { canonOf, loadedBy, pythonLoaders } from './pythons.ts';

const LOADERS = pythonLoaders();

const CASES: readonly (readonly [string, Py])[] = [
  ['accents', 'Potència Activa total'],
  ['all of ASCII', Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('')],
  ['all of Latin-1', Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')],
  ['quotes', `it's "so"`],
  ['a quote alone', "'"],
  ['line ends', 'one\ntwo\r\nthree\r'],
  ['backslashes', 'C:\\new\\u0041\\'],
  ['backslashes among accents', 'à\\u0041\\\\n\\'],
  ['NUL', '\0'],
  ['NUL among accents', 'é\0'],
  ['blanks at both ends', '  x  '],
  ['nothing', ''],
  ['emoji', 'meter 😀🔌 é'],
  ['the last character there is', '\u{10ffff}'],
  ['half a character', 'é\ud83d'],
  ['the other half', '\ude00x'],
  ['line separators', '\u2028\u2029\u0085\ufeff'],
  ['a key of an object', { __proto__x: 1n, constructor: 'x' }],
  ['zero and one as ints', [0n, 1n]],
  ['booleans', [true, false]],
  ['negative ints', [-1n, -32_768n, -(2n ** 31n), -(2n ** 31n) - 1n]],
  ['ints at 64 bits', [2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n]],
  ['an int of 100 digits', 10n ** 100n],
  ['a float that is whole', [230, 0, -5, 1e15, 123_456_789_012_345_680]],
  ['floats', [230.1, -0.5, 1e-7, 1e21, 5e-324, Number.MAX_VALUE, 0.1 + 0.2, 4.35]],
  ['minus zero', -0],
  ['nan and both infinities', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['None', null],
  ['empty ones', [[], {}, new Map()]],
  ['dicts in lists in dicts', { a: [{ b: [[1n], [2.5, null]] }], c: {} }],
  [
    'int keys',
    new Map<bigint | string, Py>([
      [1n, 'a'],
      [250n, { '1': 2n }],
      ['1', 'text'],
    ]),
  ],
];

describe.each(LOADERS)('$name', (loader) => {
  const loaded = loadedBy(
    loader,
    CASES.map(([, value]) => pickle(value)),
  );

  it.each(CASES.map(([name, value], index) => ({ name, value, index })))('loads $name', ({ value, index }) => {
    expect(loaded[index]).toEqual(canonOf(value));
  });

  it('loads an equal value of anything', () => {
    const values = fc.sample(anything(), { numRuns: 1500, seed: 3 });
    const all = loadedBy(loader, values.map(pickle));
    const wrong = values.flatMap((value, index) =>
      JSON.stringify(all[index]) === JSON.stringify(canonOf(value)) ? [] : [{ pickle: pickle(value), saw: all[index] }],
    );
    expect(wrong).toEqual([]);
  });
});

describe('a pickle', () => {
  it('is ASCII without a control character but LF, whatever is in it: no CR can end the answer early', () => {
    fc.assert(
      fc.property(anything(), (value) => {
        expect(pickle(value)).toMatch(/^[\x20-\x7e\n]*\.$/);
      }),
    );
  });

  it.each<{ readonly value: Py; readonly text: string }>([
    { value: 'NO_ERROR', text: "S'NO_ERROR'\n." },
    { value: 'è', text: 'V\\u00e8\n.' },
    { value: 7n, text: 'I7\n.' },
    { value: true, text: 'I01\n.' },
    { value: 230, text: 'F230.0\n.' },
    { value: null, text: 'N.' },
    { value: [1.5, -0], text: '(F1.5\nF-0.0\nl.' },
    { value: { a: [] }, text: "(S'a'\n(ld." },
    { value: 2n ** 64n, text: 'L18446744073709551616L\n.' },
    { value: -(2n ** 64n), text: 'L-18446744073709551616L\n.' },
  ])('is written shortly: $text', ({ value, text }) => {
    expect(pickle(value)).toBe(text);
  });
});

function anything(): fc.Arbitrary<Py> {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\\', "'", '\n', 'u', 'é', 'U', '0') }),
  );
  const { value } = fc.letrec<{ value: Py }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.integer().map(Number),
      fc.bigInt(),
      fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }),
      text,
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(text, tie('value'), { maxKeys: 5 }),
      fc
        .array(fc.tuple(fc.oneof(text, fc.bigInt()), tie('value')), { maxLength: 5 })
        .map((entries) => new Map<string | bigint, Py>(entries)),
    ),
  }));
  return value;
}
