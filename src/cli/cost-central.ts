import { BILLED_BESIDE, type BilledBesideWire } from '../central/cost/schemas.ts';
import type { Invoice } from '../tariff/invoice.ts';
import type { SliceUnit } from '../tariff/slices.ts';
import { billedText, invoicedText, linesText, partedText } from './cost-central-text.ts';
import { analyzerOf, type CentreOptions, contractWord, type OfHere, refuseOfHere, withCentre } from './cost-centre.ts';
import { invoiceOf } from './cost-invoice.ts';
import { unitOf } from './cost-slices-text.ts';

export type CostCentralOptions = CentreOptions &
  OfHere & {
    /** `4-1`, node and analyzer; the name of one. */
    readonly analyzer?: string;
    /** A file, or the name of a contract of the centre; what it is charged by there unless told. */
    readonly tariff?: string;
    readonly whatIf?: string;
    readonly from?: string;
    readonly to?: string;
    readonly by?: string;
    readonly open?: string;
    readonly invoice?: string;
    readonly estimate?: boolean;
    readonly lastYear?: boolean;
    readonly csv?: boolean;
    readonly json?: boolean;
  };

/**
 * `lector cost --central URL`: the bill of an analyzer of a centre, by what it is charged by there or by a file of
 * here. The centre computes it: its API gives the same. Resolves with 1 when something of the bill is missing.
 */
export async function costCentral(options: CostCentralOptions): Promise<number> {
  refuseOfHere(options);
  const unit = unitOf(options.by);
  const invoice = options.invoice === undefined ? null : invoiceOf(options.invoice);
  return withCentre(options, async (centre) => {
    const { node, id } = await analyzerOf(options.analyzer, centre);
    const body = { node, analyzer: id, ...questionOf(options, unit, invoice) };
    const answer = BILLED_BESIDE.parse(await centre.ask('POST', '/api/v1/bills', body));
    process.stdout.write(textOf(options, answer, { unit, invoice }));
    const all = [...answer.bills, ...(answer.whatIf?.bills ?? []), ...(answer.parts ?? []).flat()];
    return options.open === undefined && all.some(({ missing }) => missing.length > 0) ? 1 : 0;
  });
}

function questionOf(
  { from, to, tariff, whatIf, open, estimate, lastYear }: CostCentralOptions,
  unit: SliceUnit | null,
  invoice: Invoice | null,
) {
  const isPlain = open === undefined && unit === null && invoice === null;
  return {
    ...{ estimate: estimate === true, lastYear: isPlain && lastYear !== false },
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(tariff !== undefined && { contract: contractWord(tariff) }),
    ...(whatIf !== undefined && { whatIf: contractWord(whatIf) }),
    ...(open !== undefined && { open }),
    // periods stand in the bill itself
    ...(open === undefined && unit !== null && unit !== 'period' && { by: unit }),
  };
}

type Asked = { readonly unit: SliceUnit | null; readonly invoice: Invoice | null };

function textOf(options: CostCentralOptions, answer: BilledBesideWire, { unit, invoice }: Asked): string {
  if (options.open !== undefined) return linesText(answer, options, options.open);
  if (unit !== null) return partedText(answer, options, unit);
  return invoice === null ? billedText(answer, options) : invoicedText(answer, options, invoice);
}
