import { existsSync, readFileSync } from 'node:fs';
import { ZodError } from 'zod';
import { NAMED_ANALYZERS, NAMED_VIRTUALS } from '../central/cost/schemas.ts';
import { systemClock } from '../clock.ts';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpRequest } from '../http/client.ts';
import { writtenContract } from './central/contract-files.ts';
import { packageVersion } from './package-version.ts';

const TIMEOUT_MS = 60_000;
const ANSWER_BYTES_MAX = 16_777_216;
const FORBIDDEN = [401, 403];
const BAD_QUESTION = 400;

export type CentreOptions = {
  /** Of the centre, such as http://127.0.0.1:50080. */
  readonly central: string;
  /** File whose first line is the admin token, where the centre does not let this machine read without. */
  readonly tokenFile?: string;
};

/** Asks a centre for as long as `run` lasts. Rejects CENTRE_UNAVAILABLE, CENTRE_REFUSED, USAGE in words. */
export async function withCentre<T>(options: CentreOptions, run: (centre: Centre) => Promise<T>): Promise<T> {
  const client = createHttpClient({
    ...{ clock: systemClock(), timeoutMs: TIMEOUT_MS, userAgent: `lector/${packageVersion()}` },
  });
  try {
    return await run(centreAt(client, options));
  } catch (error) {
    throw error instanceof ZodError ? notUnderstood(error, options.central) : error;
  } finally {
    await client.close();
  }
}

/** An older centre, or something else that answers in JSON. */
function notUnderstood({ issues: [issue] }: ZodError, central: string): LectorError {
  const where = safe(issue?.path.join('.') ?? '', 60);
  const saw = `saw an answer that is none: ${where}: ${safe(issue?.message ?? '', 100)}`;
  return new LectorError('CENTRE_REFUSED', `expected a centre of Lector of this version at ${safe(central)}, ${saw}`);
}

/** Of the records of here alone. */
export type OfHere = { readonly dades?: string; readonly model?: string };

/** Throws USAGE where something is asked that a centre has not. */
export function refuseOfHere(options: OfHere): void {
  for (const name of ['dades', 'model'] as const) {
    if (options[name] === undefined) continue;
    throw new LectorError(
      'USAGE',
      `--${name} is told of the files of here, not of the records of a centre; leave it out`,
    );
  }
}

/** A file of here goes with the question; another word is the name of a contract there. */
export function contractWord(word: string): unknown {
  if (!existsSync(word)) return word;
  const { json, hourly } = writtenContract(word);
  try {
    return { contract: JSON.parse(json), hourlyPrices: hourly };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new LectorError('CONFIG_INVALID', `${safe(word)} is no contract: expected JSON, saw ${safe(words)}`);
  }
}

/** What a centre answers; anything but its JSON is thrown in words. */
export type Centre = { ask(method: HttpRequest['method'], path: string, body?: unknown): Promise<unknown> };

function centreAt(client: HttpClient, { central, tokenFile }: CentreOptions): Centre {
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
  const code = status === BAD_QUESTION ? 'USAGE' : 'CENTRE_REFUSED';
  if (typeof detail === 'string') throw new LectorError(code, `${safe(detail, 2_000)}${todo}`);
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
export async function analyzerOf(
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
