import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import { type Advice, usedSteps } from '../tariff/advise.ts';
import type { LocalSpan } from '../tariff/estimates.ts';
import { dateOf, dayOf } from '../tariff/local-day.ts';
import { allSteps } from '../tariff/steps.ts';
import { costSetup } from './cost-setup.ts';
import { headText, percent } from './cost-text.ts';
import type { CostOptions } from './options.ts';
import { type Column, textTable } from './text-table.ts';

/**
 * `lector cost advise`: the contracted power by period that would have cost least in the year until today, or another
 * span, by the contract's own prices. Resolves with 1 when a price or the quarter hours are missing.
 */
export async function costAdvise(options: CostOptions): Promise<number> {
  const setup = await costSetup(options, (today) => {
    const last = dayOf(options.to ?? today);
    return { from: Number.isNaN(last) ? today : dateOf(last - 365), to: today };
  });
  try {
    const { contract, span, target } = setup;
    const usage = await setup.usage(span);
    const { offsetAt } = setup.billOptions(contract, usage, span);
    const advice = allSteps(usedSteps({ contract, demand: usage.demand, ...span, offsetAt }));
    if ('missing' in advice) throw new LectorError('USAGE', `no advice: ${advice.missing}`);
    const how = { contract: contract.name, currency: contract.currency, ...span };
    process.stdout.write(
      options.json === true ? `${JSON.stringify(advice, null, 2)}\n` : adviceText(target.title, how, advice),
    );
    return 0;
  } finally {
    await setup.close();
  }
}

const TITLES = ['period', 'greatest kW', 'contracted kW', 'advised kW', 'a year now', 'a year then'];

/** What it is of. */
export type AdviceOf = { readonly contract: string; readonly currency: string } & LocalSpan;

/** Advice, a row for each period. */
export function adviceText(title: string, of: AdviceOf, { periods, coverage, notes, days }: Advice): string {
  const { currency } = of;
  const columns = TITLES.map((title, index): Column => ({ title, align: index === 0 ? 'left' : 'right' }));
  const money = (value: number | null) => (value === null ? '-' : value.toFixed(2));
  const rows = periods.map(({ period, peakKw, contractedKw, advisedKw, costNow, costThen }) => [
    ...[safe(period), peakKw.toFixed(2), contractedKw === null ? '-' : String(contractedKw), String(advisedKw)],
    ...[money(costNow), money(costThen)],
  ]);
  const then = periods.reduce((sum, { costThen }) => sum + costThen, 0);
  const isKnown = periods.every(({ costNow }) => costNow !== null);
  const now = periods.reduce((sum, { costNow }) => sum + (costNow ?? 0), 0);
  const sum = ['total', '', '', '', isKnown ? now.toFixed(2) : '-', then.toFixed(2)];
  const saved = isKnown ? savedText(now - then, safe(currency)) : '';
  const told = notes.map((each) => `  ${safe(each, 400)}\n`).join('');
  const data = `From data of ${percent(coverage)} of the quarter hours; power and its excess only.\n`;
  return `${headText(title, { ...of, days })}\n\n${textTable(columns, [...rows, sum])}${saved}${data}${told}`;
}

function savedText(saved: number, currency: string): string {
  if (saved >= 0.005) return `It would save ${saved.toFixed(2)} ${currency} a year, without taxes.\n`;
  if (saved > -0.005) return 'What is contracted now is what costs least.\n';
  return `What is contracted now costs ${(-saved).toFixed(2)} ${currency} a year less, and is not allowed:\n`;
}
