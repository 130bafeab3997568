import { describe, expect, it } from 'vitest';
import { openedText } from '../../src/cli/cost-opened-text.ts';
import { billsText, comparedText, periodsText } from '../../src/cli/cost-slices-text.ts';
import { billText } from '../../src/cli/cost-text.ts';
import { wholeText } from '../../src/cli/cost-whole-text.ts';
import { type Bill, bill } from '../../src/tariff/bill.ts';
import type { BillLine } from '../../src/tariff/bill-lines.ts';
import { compareInvoice } from '../../src/tariff/invoice.ts';
import { openedSteps } from '../../src/tariff/opened.ts';
import { slicesByPeriod } from '../../src/tariff/slices.ts';
import { allSteps } from '../../src/tariff/steps.ts';
import { contract, MADRID, quarters, usage } from '../tariff/contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const EVIL = '\x1b[2J';
const options = {
  contract: contract(),
  usage: usage(quarters(JANUARY.from, JANUARY.to, (end) => (end % 7 === 0 ? 8 : 34))),
  ...{ ...JANUARY, offsetAt: MADRID },
};
const GOOD = bill(options);
const spoiled = (line: BillLine): BillLine => ({
  ...line,
  ...{ name: line.name + EVIL, period: (line.period ?? '') + EVIL, unit: line.unit + EVIL },
  ...{
    from: line.from + EVIL,
    to: line.to + EVIL,
    amount: (line.amount ?? '') + EVIL,
    missing: EVIL,
    note: (line.note ?? '') + EVIL,
  },
});
/** As somebody who means no good could answer, or write into a contract. */
const BAD: Bill = {
  ...GOOD,
  ...{ contract: EVIL, about: EVIL, from: JANUARY.from + EVIL, to: JANUARY.to + EVIL, currency: EVIL, total: EVIL },
  ...{ missing: [EVIL], notes: [EVIL], lines: GOOD.lines.map(spoiled) },
};
const opened = ['power', 'energy', 'excess', 'vat'].flatMap((word) =>
  allSteps(openedSteps(options, word, null)).lines.map((each) => ({
    line: spoiled(each.line),
    period: EVIL,
    parts: each.parts.map((part) => ({ ...part, date: EVIL, name: EVIL, cost: EVIL, note: EVIL })),
  })),
);

describe('what lector cost prints', () => {
  it('of next to nothing is nothing, not less', () => {
    const lines = GOOD.lines.map((line) => ({ ...line, quantity: -0.0004, unit: 'kWh' }));
    const little = { ...GOOD, lines, kwh: -0.04 };
    const texts = [
      billText('x', little, little),
      billsText('x', [little], { whole: { ...little, coverage: 0.5 }, unit: 'day', isCsv: false }),
      periodsText('x', little, slicesByPeriod(little), false),
    ];
    for (const text of texts) expect(text).not.toMatch(/-0\.0+\b/);
    expect(texts[0]).toMatch(/^0\.0 kWh/m);
  });

  it.each<[string, string]>([
    ['a bill, and the year before', billText(EVIL, BAD, BAD)],
    ['a bill and another', wholeText(EVIL, { bill: BAD, other: { ...BAD, currency: 'EUR' }, before: BAD })],
    ['days', billsText(EVIL, [BAD, BAD], { whole: BAD, unit: 'day', isCsv: false })],
    ['periods', periodsText(EVIL, BAD, slicesByPeriod(BAD), false)],
    ['an invoice', comparedText(EVIL, BAD, compareInvoice({ totalCents: 1, lines: [{ name: EVIL, cents: 1 }] }, BAD))],
    ['opened lines', openedText(EVIL, opened, { isRecords: false, offsetAt: MADRID, currency: EVIL })],
    ['opened records', openedText(EVIL, opened, { isRecords: true, offsetAt: MADRID, currency: EVIL })],
  ])('commands nothing to the terminal: %s', (_, text) => {
    expect(text).toContain('\\x1b[2J');
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });
});
