import type { Parsed, Problem } from '../domain/problem.ts';
import { safe } from '../domain/safe.ts';
import type { Bill } from './bill.ts';
import type { ChargeKind } from './contract.ts';
import { cellsOf } from './csv-cells.ts';
import { amountOf, centsOf } from './slices.ts';

/** What a supplier charged, in cents; `lines` by their words, empty where only the total is known. */
export type Invoice = {
  readonly totalCents: number | null;
  readonly lines: readonly { readonly name: string; readonly cents: number }[];
};

/** One row of a comparison; null: one of both has no such line. */
export type Compared = {
  readonly name: string;
  readonly invoiced: string | null;
  readonly computed: string | null;
  /** Invoiced less computed. */
  readonly difference: string;
};

const ROW = 'a line and its amount, such as "energy P3;226.08"';
const OBJECT = '{ "total": 1174.15, "lines": { "energy P3": 226.08 } }';
const MONEY = /^(-?)(\d{1,9}|\d{1,3}(?:\.\d{3})+(?=,)|\d{1,3}(?:,\d{3})+(?=\.))(?:[.,](\d{1,2}))?$/;
/** `226,08` that a comma has parted: nobody can tell what was meant. */
const PARTED = /^-?[\d.]+$/;
const WHOLE = /a\s+(?:pagar|pagament)|(?:de\s+la\s+|import\s+|importe\s+)*factura|invoice|bill|import|importe/.source;
const TOTAL = new RegExp(`^(?:(?:import|importe)\\s+)?total(?:$|\\s+(?:${WHOLE})$)`, 'i');

/**
 * Cents of `1174.15`, `1174,15`, `1.174,15` or `1,174.15`; null: it is no amount, or one of two (`1.174` may be a
 * thousand).
 */
export function parseAmount(text: string): number | null {
  const plain = text.trim().replace(/\s*(€|EUR)$/i, '');
  const [, sign, whole, cents = ''] = MONEY.exec(plain) ?? [];
  if (whole === undefined) return null;
  const amount = Number(whole.replace(/[.,]/g, '')) * 100 + Number(cents.padEnd(2, '0'));
  return sign === '-' && amount !== 0 ? -amount : amount;
}

/**
 * An invoice as people type it: JSON `{ "total": 1174.15, "lines": { "energy P3": 226.08 } }`, or lines `name;amount`
 * (or `name,amount` with a decimal point or in quotes), of which `total` is the sum. `at`: what the file is called in
 * sentences.
 */
export function readInvoice(text: string, at: string): Parsed<Invoice> {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  return trimmed.startsWith('{') ? fromJson(trimmed, at) : fromLines(trimmed, at);
}

const wrong = (at: string, expected: string, saw: string): Problem => {
  return { severity: 'error', at, expected, saw: safe(saw, 80), todo: 'correct it' };
};

function invoiceOf(rows: readonly (readonly [string, number])[], at: string): Parsed<Invoice> {
  const total = rows.find(([name]) => TOTAL.test(name))?.[1] ?? null;
  const lines = rows.filter(([name]) => !TOTAL.test(name)).map(([name, cents]) => ({ name, cents }));
  if (rows.length > 0) return { ok: true, value: { totalCents: total, lines }, warnings: [] };
  return { ok: false, problems: [wrong(at, ROW, 'nothing')] };
}

function fromJson(text: string, at: string): Parsed<Invoice> {
  let json: { readonly total?: unknown; readonly lines?: unknown };
  try {
    json = JSON.parse(text) as typeof json;
  } catch (error) {
    return { ok: false, problems: [wrong(at, 'JSON', error instanceof Error ? error.message : 'something else')] };
  }
  const { total, lines = {} } = json;
  if (typeof lines !== 'object' || lines === null || Array.isArray(lines)) {
    const saw = JSON.stringify(lines);
    return {
      ok: false,
      problems: [wrong(`${at}: lines`, 'amounts by their names, such as { "energy P3": 226.08 }', saw)],
    };
  }
  const all = Object.entries({ ...lines, ...(total !== undefined && { total }) });
  const bad = all.find(([, value]) => centsIn(value) === null);
  if (bad !== undefined)
    return { ok: false, problems: [wrong(`${at}: ${safe(bad[0], 40)}`, 'an amount', String(bad[1]))] };
  if (all.length === 0) return { ok: false, problems: [wrong(at, OBJECT, Object.keys(json).join(', ') || 'nothing')] };
  return invoiceOf(
    all.map(([name, value]) => [name, centsIn(value) ?? 0] as const),
    at,
  );
}

/** A number, or an amount as people write it. */
function centsIn(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.round(value * 100) : null;
  return typeof value === 'string' ? parseAmount(value) : null;
}

function fromLines(text: string, at: string): Parsed<Invoice> {
  const problems: Problem[] = [];
  const rows = text.split(/\r?\n/).flatMap((line, index): readonly (readonly [string, number])[] => {
    if (line.trim() === '') return [];
    const row = rowIn(line);
    if (row !== null) return [row];
    // the first line may be a heading
    if (index > 0 || /\d/.test(line)) problems.push(wrong(`${at}:${index + 1}`, ROW, line));
    return [];
  });
  return problems.length > 0 ? { ok: false, problems: problems.slice(0, 10) } : invoiceOf(rows, at);
}

/** `name;amount`, or `name,amount` where the amount has no comma of its own, or stands in quotes. */
function rowIn(line: string): readonly [string, number] | null {
  const delimiter = ([';', '\t', ','] as const).find((each) => line.includes(each)) ?? ';';
  const cells = cellsOf(line, delimiter) ?? [];
  const last = cells.at(-1);
  const before = cells.slice(0, -1).map((cell) => cell.text);
  const cents = last === undefined ? null : parseAmount(last.text);
  const isParted =
    delimiter === ',' && last?.isQuoted === false && before.length > 1 && PARTED.test(before.at(-1) ?? '');
  const name = before.join(delimiter === ',' ? ', ' : ' ').trim();
  return cents === null || isParted || name === '' ? null : [name, cents];
}

/** What suppliers call the kinds of lines, in English, Catalan and Spanish; the first that matches counts. */
const KIND_WORDS: readonly (readonly [RegExp, ChargeKind])[] = [
  [/\b(iva|vat|igic|ipsi)\b/i, 'vat'],
  [/impost|impuest|electricity tax|\biee\b/i, 'electricityTax'],
  [/reactiv/i, 'reactive'],
  [/exce[sd]/i, 'excess'],
  [/excedent|surplus|compensaci|autoconsum/i, 'surplus'],
  [/lloguer|alquiler|rent|equip/i, 'rental'],
  [/descompte|descuento|discount/i, 'discount'],
  [/pot[eè]ncia|potencia|power/i, 'power'],
  [/energ[ií]a|energy|consum/i, 'energy'],
];

const plainWords = (text: string): string =>
  ` ${
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(' ') ?? ''
  } `;

/** Whether it is a fee whose name stands within other words (`bono social` in "Financiación del Bono Social"). */
function isFeeIn(text: string, { kind, name }: Bill['lines'][number]): boolean {
  const words = plainWords(name);
  // a fee that is called as a kind of lines is meant by its own name only
  const isOfKind = words.trim() === '' || KIND_WORDS.some(([pattern]) => pattern.test(name));
  return kind === 'fee' && !isOfKind && plainWords(text).includes(words);
}

/** Which of the lines of a bill a word of an invoice means: one of that name, else those of its kind and period. */
function meant(name: string, { lines }: Bill): ReadonlySet<number> {
  const lower = name.toLowerCase();
  const places = [...lines.keys()];
  const named = places.filter((place) => lines[place]?.name.toLowerCase() === lower);
  if (named.length > 0) return new Set(named);
  const fees = places.filter((place) => isFeeIn(name, lines[place]!));
  if (fees.length > 0) return new Set(fees);
  // "excedentes" are not excess of power
  const words = /excedent/i.test(name) ? KIND_WORDS.filter(([, kind]) => kind !== 'excess') : KIND_WORDS;
  const kind = words.find(([pattern]) => pattern.test(name))?.[1];
  const period = /\bP\d\b/i.exec(name)?.[0].toUpperCase() ?? null;
  return new Set(
    places.filter((place) => lines[place]?.kind === kind && (period === null || lines[place]?.period === period)),
  );
}

/**
 * An invoice beside a bill, line by line and in sum; what only one of both has is there too. Lines of an invoice that
 * mean the same lines of the bill (tolls and charges of one period) stand beside them together.
 */
export function compareInvoice(invoice: Invoice, bill: Bill): readonly Compared[] {
  const named = invoice.lines.map((line) => ({ ...line, places: meant(line.name, bill) }));
  const groups = [...Map.groupBy(named, ({ places }) => [...places].join(' ')).values()];
  const used = new Set<number>();
  // the line of one period has it, whatever stands before; one of all periods has the others
  const taken = groups
    .toSorted((a, b) => placesOf(a).size - placesOf(b).size)
    .map((lines) => {
      const own = [...placesOf(lines)].filter((place) => !used.has(place));
      for (const place of own) used.add(place);
      return [lines, own] as const;
    });
  const ownOf = new Map(taken);
  const compared = groups.flatMap((lines): readonly Compared[] => {
    const amounts = (ownOf.get(lines) ?? []).flatMap((place) => bill.lines[place]?.amount ?? []);
    if (amounts.length === 0) return lines.map(({ name, cents }) => row(name, cents, null));
    const invoiced = lines.reduce((sum, { cents }) => sum + cents, 0);
    return [row(lines.map(({ name }) => name).join(' + '), invoiced, sumOfCents(amounts))];
  });
  const rest = invoice.lines.length === 0 ? [] : [...bill.lines.entries()].filter(([place]) => !used.has(place));
  const unmatched = rest.flatMap(([, { name, amount }]) =>
    amount === null || centsOf(amount) === 0 ? [] : [row(name, null, centsOf(amount))],
  );
  const total = invoice.totalCents ?? invoice.lines.reduce((sum, { cents }) => sum + cents, 0);
  return [...compared, ...unmatched, row('total', total, centsOf(bill.total))];
}

const placesOf = ([first]: readonly { readonly places: ReadonlySet<number> }[]): ReadonlySet<number> =>
  first?.places ?? new Set();

const sumOfCents = (amounts: readonly string[]): number => amounts.reduce((sum, each) => sum + centsOf(each), 0);

function row(name: string, invoiced: number | null, computed: number | null): Compared {
  const text = (cents: number | null) => (cents === null ? null : amountOf(cents));
  const difference = amountOf((invoiced ?? 0) - (computed ?? 0));
  return { name, invoiced: text(invoiced), computed: text(computed), difference };
}
