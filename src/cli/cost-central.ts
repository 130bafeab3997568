import { existsSync, readFileSync } from 'node:fs';
import { BILLED, type BilledWire, NAMED_ANALYZERS, NAMED_VIRTUALS } from '../central/cost/schemas.ts';
import { systemClock } from '../clock.ts';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpRequest } from '../http/client.ts';
import type { Bill } from '../tariff/bill.ts';
import { writtenContract } from './central/contract-files.ts';
import { billCsv, billText } from './cost-text.ts';
import { packageVersion } from './package-version.ts';

const TIMEOUT_MS = 60_000;
const ANSWER_BYTES_MAX = 16_777_216;
const FORBIDDEN = [401, 403];

export type CostCentralOptions = {
  /** Of the centre, such as http://127.0.0.1:50080. */
  readonly central: string;
  /** File whose first line is the admin token, where the centre does not let this machine read without. */
  readonly tokenFile?: string;
  /** `4-1`, node and analyzer; the name of one. */
  readonly analyzer?: string;
  /** A file, or the name of a contract of the centre; what it is charged by there unless told. */
  readonly tariff?: string;
  readonly whatIf?: string;
  readonly from?: string;
  readonly to?: string;
  readonly estimate?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
  /** Of the records of here alone. */
  readonly by?: string;
  readonly open?: string;
  readonly invoice?: string;
  readonly dades?: string;
};

/**
 * `lector cost --central URL`: the bill of an analyzer of a centre, by what it is charged by there or by a file of
 * here. The centre computes it: its API gives the same. Resolves with 1 when something of the bill is missing.
 */
export async function costCentral(options: CostCentralOptions): Promise<number> {
  for (const name of ['by', 'open', 'invoice', 'dades'] as const) {
    if (options[name] === undefined) continue;
    throw new LectorError('USAGE', `--${name} is told of the records of here, not of those of a centre; leave it out`);
  }
  const client = createHttpClient({
    ...{ clock: systemClock(), timeoutMs: TIMEOUT_MS, userAgent: `lector/${packageVersion()}` },
  });
  try {
    const centre = centreAt(client, options);
    const { node, id } = await analyzerOf(options.analyzer, centre);
    const { from, to, tariff, whatIf } = options;
    const body = {
      ...{ node, analyzer: id, estimate: options.estimate === true },
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(tariff === undefined ? {} : { contract: contractWord(tariff) }),
      ...(whatIf === undefined ? {} : { whatIf: contractWord(whatIf) }),
    };
    const billed = BILLED.parse(await centre.ask('POST', '/api/v1/bills', body));
    process.stdout.write(printed(options, billed));
    const all = [...billed.bills, ...(billed.whatIf?.bills ?? [])];
    return all.some(({ missing }) => missing.length > 0) ? 1 : 0;
  } finally {
    await client.close();
  }
}

/** A file of here goes with the question; another word is the name of a contract there. */
function contractWord(word: string): unknown {
  if (!existsSync(word)) return word;
  const { json, hourly } = writtenContract(word);
  try {
    return { contract: JSON.parse(json), hourlyPrices: hourly };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new LectorError('CONFIG_INVALID', `${safe(word)} is no contract: expected JSON, saw ${safe(words)}`);
  }
}

type Centre = { ask(method: HttpRequest['method'], path: string, body?: unknown): Promise<unknown> };

function centreAt(client: HttpClient, { central, tokenFile }: CostCentralOptions): Centre {
  const url = URL.parse(central);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new LectorError(
      'USAGE',
      `--central: expected an address such as http://127.0.0.1:50080, saw "${safe(central)}"`,
    );
  }
  const token = tokenFile === undefined ? undefined : tokenIn(tokenFile);
  return {
    async ask(method, path, body) {
      const request: HttpRequest = {
        ...{ method, url: `${url.origin}${path}`, answerMax: ANSWER_BYTES_MAX },
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      return answered(await client.send(request).catch(notThere), url.origin);
    },
  };
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? '';
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new LectorError('USAGE', `--token-file: ${safe(file)} cannot be read: ${safe(words)}`, {}, error);
  }
}

function notThere(error: unknown): never {
  if (!(error instanceof LectorError)) throw error;
  throw new LectorError('CENTRE_UNAVAILABLE', error.message, error.facts, error);
}

function answered({ status, body }: HttpAnswer, origin: string): unknown {
  const json = jsonOf(body);
  if (status === 200 && json !== undefined) return json;
  const detail = (json as { readonly detail?: unknown } | null | undefined)?.detail;
  const todo = FORBIDDEN.includes(status) ? '; --token-file takes the file with it' : '';
  if (typeof detail === 'string') throw new LectorError('CENTRE_REFUSED', `${safe(detail, 2_000)}${todo}`);
  throw new LectorError('CENTRE_REFUSED', `expected a centre of Lector at ${safe(origin)}, saw status ${status}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `4-1`, a name, or nothing where there is only one; of an analyzer, or a virtual meter. */
async function analyzerOf(
  word: string | undefined,
  centre: Centre,
): Promise<{ readonly node: number; readonly id: number }> {
  const [, node, analyzer] = /^(\d{1,10})-(\d{1,5})$/.exec(word ?? '') ?? [];
  if (node !== undefined && analyzer !== undefined) return { node: Number(node), id: Number(analyzer) };
  const { analyzers: measured } = NAMED_ANALYZERS.parse(await centre.ask('GET', '/api/v1/analyzers'));
  const { virtuals } = NAMED_VIRTUALS.parse(await centre.ask('GET', '/api/v1/virtuals'));
  const analyzers = [...measured, ...virtuals];
  const isMeant = ({ name, id }: { readonly name: string; readonly id: number }) =>
    word === undefined || name.toLowerCase() === word.toLowerCase() || String(id) === word;
  const [found, other] = analyzers.filter(isMeant);
  if (found !== undefined && other === undefined) return found;
  const known = analyzers.slice(0, 20).map((each) => `${each.node}-${each.id} ${safe(each.name)}`.trim());
  const more = analyzers.length > 20 ? ', ...' : '';
  const saw = word === undefined ? 'none' : `"${safe(word, 60)}"${other === undefined ? '' : ', which several are'}`;
  throw new LectorError('USAGE', `expected --analyzer with one of ${known.join(', ')}${more}; saw ${saw}`);
}

function printed(options: CostCentralOptions, { node, analyzer, name, of, ...billed }: BilledWire): string {
  if (options.json === true) return `${JSON.stringify({ node, analyzer, name, of, ...billed }, null, 2)}\n`;
  const { bills, whatIf, total, currency } = billed;
  const all = [...bills, ...(whatIf?.bills ?? [])] as unknown as readonly Bill[];
  if (options.csv === true) return all.map(billCsv).join('\n');
  const what = of === null ? `analyzer ${node}-${analyzer}` : `sum ${node}-${analyzer}: ${of}`;
  const title = name === '' ? what : `${name} (${what})`;
  const texts = all.map((each) => billText(title, each));
  const sum = bills.length > 1 && total !== null ? [`In all: ${total} ${currency}\n`] : [];
  return [...texts, ...sum, ...(whatIf === null ? [] : [differenceText(whatIf)])].join('\n');
}

function differenceText({ difference, currency, bills }: NonNullable<BilledWire['whatIf']>): string {
  const name = safe(bills[0]?.contract ?? '');
  if (difference === null) return `With ${name}: in another currency\n`;
  const isMore = !difference.startsWith('-');
  return `With ${name}: ${difference.replace('-', '')} ${currency} ${isMore ? 'more' : 'less'}\n`;
}
