import { describe, expect, it } from 'vitest';
import { problemText } from '../../src/domain/problem.ts';
import { bill } from '../../src/tariff/bill.ts';
import { compareInvoice, parseAmount, readInvoice } from '../../src/tariff/invoice.ts';
import { contract, MADRID, quarters, usage } from './contracts.ts';

const used = usage(quarters('2026-01-01', '2026-02-01', () => 8));
/** The worked one of bill.test.ts: 1174.15. */
const ASKED = { usage: used, from: '2026-01-01', to: '2026-02-01', offsetAt: MADRID } as const;
const OURS = bill({ contract: contract(), ...ASKED });
const rowsOf = (text: string) => {
  const read = readInvoice(text, 'invoice.csv');
  if (!read.ok) throw new Error(read.problems.map(problemText).join('\n'));
  return compareInvoice(read.value, OURS).map((row) => Object.values(row));
};

describe('an amount', () => {
  it.each([
    ['1174.15', 117_415],
    ['1174,15', 117_415],
    ['1174.15 €', 117_415],
    ['-3', -300],
    ['invoice.csv', null],
    ['1.174,15', 117_415],
    ['1,174.15', 117_415],
    ['1.234.567,8', 123_456_780],
    ['1.01', 101],
    ['1.174', null],
    ['1,174 EUR', null],
    ['1.005', null],
    ['1.17.4', null],
    ['', null],
  ])('%s is %s cents', (text, cents) => {
    expect(parseAmount(text)).toBe(cents);
  });
});

describe('an invoice beside a bill', () => {
  it('of a total alone compares the totals', () => {
    expect(compareInvoice({ totalCents: 117_500, lines: [] }, OURS).map((row) => Object.values(row))).toEqual([
      ['total', '1175.00', '1174.15', '0.85'],
    ]);
  });

  it('has a fee of ours beside the words that its name stands in, unless that is the name of a kind', () => {
    const fee = { from: '2020-01-01', until: null, per: 'bill', electricityTax: false, vat: true } as const;
    const fees = [{ ...fee, name: 'bono social', amount: 1.15 }, { ...fee, name: 'energy', amount: 2 } as const];
    const ours = bill({ ...ASKED, contract: contract({ fees }) });
    const invoice = {
      totalCents: null,
      lines: [
        { name: 'Financiación del Bono Social', cents: 115 },
        { name: 'energy P3', cents: 23_040 },
      ],
    };
    expect(
      compareInvoice(invoice, ours)
        .map(({ difference }) => difference)
        .slice(0, 2),
    ).toEqual(['0.00', '0.00']);
  });

  it('has its lines beside those of the same name, kind and period, in the words of suppliers', () => {
    const lines = ['concepte;import', 'Potència;195,30', 'Energia P3;231,00', 'energy P4;156,80', 'Consumo P6;339,20'];
    const rest = ['Impuesto eléctrico;47,12', 'Alquiler de equipos;1,55', 'IVA 21%;203,78', 'Total factura;1174,75'];
    expect(rowsOf([...lines, ...rest].join('\n'))).toEqual([
      ['Potència', '195.30', '195.30', '0.00'],
      ['Energia P3', '231.00', '230.40', '0.60'],
      ['energy P4', '156.80', '156.80', '0.00'],
      ['Consumo P6', '339.20', '339.20', '0.00'],
      ['Impuesto eléctrico', '47.12', '47.12', '0.00'],
      ['Alquiler de equipos', '1.55', '1.55', '0.00'],
      ['IVA 21%', '203.78', '203.78', '0.00'],
      ['total', '1174.75', '1174.15', '0.60'],
    ]);
  });

  it.each([
    'total,1174.75',
    '"total","1174,75"',
    'total;1174,75',
    'Total factura\t1.174,75 €',
  ])('%j is its total', (text) => {
    expect(rowsOf(text)).toEqual([['total', '1174.75', '1174.15', '0.60']]);
  });

  it.each([
    'TOTAL IMPORTE FACTURA',
    'Total a pagar',
    'Total de la factura',
    'Import total',
    'importe total',
  ])('%s is its total, and no line', (name) => {
    expect(rowsOf(`Potència;195,30\n${name};1174,75`).at(-1)).toEqual(['total', '1174.75', '1174.15', '0.60']);
  });

  it('has lines that mean the same together', () => {
    const rows = rowsOf('Energia P3 peatges;100,00\nEnergia P3 càrrecs;130,40\nTotal energia;726,40\ngift;1\ngift 2;2');
    expect(rows.slice(0, 4)).toEqual([
      ['Energia P3 peatges + Energia P3 càrrecs', '230.40', '230.40', '0.00'],
      ['Total energia', '726.40', '496.00', '230.40'],
      ['gift', '1.00', null, '1.00'],
      ['gift 2', '2.00', null, '2.00'],
    ]);
  });

  it('shows what only one of both has', () => {
    const rows = rowsOf('{ "total": 1180, "lines": { "energy": 726.40, "gift": 5 } }');
    expect(rows[0]).toEqual(['energy', '726.40', '726.40', '0.00']);
    expect(rows[1]).toEqual(['gift', '5.00', null, '5.00']);
    expect(rows[2]).toEqual(['power P1', null, '93.00', '-93.00']);
    expect(rows.at(-1)).toEqual(['total', '1180.00', '1174.15', '5.85']);
  });

  it('of JSON may have amounts as people write them', () => {
    const rows = rowsOf('{ "total": "1.174,15 €", "lines": { "energy": "726,40" } }');
    expect([rows[0], rows.at(-1)]).toEqual([
      ['energy', '726.40', '726.40', '0.00'],
      ['total', '1174.15', '1174.15', '0.00'],
    ]);
  });

  it('gives a line of all periods what no line of one period has, whichever comes first', () => {
    const one = ['energy P3', '230.40', '230.40', '0.00'];
    const all = ['energia', '726.40', '496.00', '230.40'];
    expect(rowsOf('energy P3;230,40\nenergia;726,40').slice(0, 2)).toEqual([one, all]);
    expect(rowsOf('energia;726,40\nenergy P3;230,40').slice(0, 2)).toEqual([all, one]);
  });

  it.each([
    ['', 'invoice.csv: expected a line and its amount'],
    ['energy P3,226,08', 'invoice.csv:1: expected a line and its amount'],
    ['line,amount\ntotal,1174,15', 'invoice.csv:2: expected a line and its amount'],
    ['energy;1\npower;much', 'invoice.csv:2: expected a line and its amount'],
    ['{ "total": "much" }', 'invoice.csv: total: expected an amount, saw much'],
    ['{', 'invoice.csv: expected JSON'],
    ['{ "energy P3": 226.08 }', 'invoice.csv: expected { "total": 1174.15, "lines": { "energy P3"'],
    ['{ "total": 1, "lines": "energy 5" }', 'invoice.csv: lines: expected amounts by their names'],
    ['{ "total": 1, "lines": [5] }', 'invoice.csv: lines: expected amounts by their names'],
  ])('%j is refused in words', (text, words) => {
    const read = readInvoice(text, 'invoice.csv');
    expect(read.ok ? '' : read.problems.map(problemText).join('\n')).toContain(words);
  });
});
