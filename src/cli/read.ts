import { join } from 'node:path';
import { loadProfiles } from '../../drivers/profiles/load.ts';
import { systemClock } from '../clock.ts';
import { type Failure, LectorError } from '../domain/errors.ts';
import type { DeviceConfig } from '../domain/installation.ts';
import type { LinkObserver } from '../domain/ports.ts';
import { problemText } from '../domain/problem.ts';
import type { Profile } from '../domain/profile.ts';
import { safe } from '../domain/safe.ts';
import type { LineEventKind } from '../domain/transaction.ts';
import type { DeviceLink } from '../links.ts';
import type { ReadOptions } from './options.ts';
import { parseRaw, rawTable, rawWords } from './raw-words.ts';
import { readMeter, readRaw } from './read-meter.ts';
import { adviceFor } from './read-silence.ts';
import { chosenCodes, chosenProfile, deviceOf, specOf } from './read-target.ts';
import { valueRows, valuesText } from './read-text.ts';

/**
 * `lector read`: one meter, once, without a server. Resolves with 0 when it was read, 1 when it was not (in words on
 * stderr, with what to check).
 *
 * @throws LectorError USAGE for options that do not fit together, LINE_OPEN_FAILED when the port cannot be opened.
 */
export async function read(options: ReadOptions, codes: readonly string[]): Promise<number> {
  const { profiles, problems } = loadProfiles([options.profiles ?? join(process.cwd(), 'profiles')]);
  for (const problem of problems) process.stderr.write(`${problemText(problem)}\n`);
  const profile = chosenProfile(options, profiles);
  const device = deviceOf(options, profile);
  checkAddress(options.address, device, profile);
  const range = options.raw === undefined ? null : parseRaw(options.raw);
  const wanted = profile === null || range !== null ? [] : chosenCodes(profile, codes);
  const noticed: Partial<Record<LineEventKind, number>> = {};
  const observer: LinkObserver = {
    onEvent: ({ kind }) => {
      noticed[kind] = (noticed[kind] ?? 0) + 1;
    },
  };
  const clock = systemClock();
  const protocol = profile?.protocol ?? 'modbus';
  const { createLink } = await import('../links.ts');
  const connection = createLink({ device, protocol, clock, observer, meters: [] });
  try {
    await connection.link.open();
    if (range !== null) return await printRaw(options, { connection, device, noticed, range });
    if (profile === null) return 1;
    const spec = specOf(options, device, profile, wanted);
    const result = await readMeter({ link: connection.link, spec, clock });
    if (result.kind === 'failed') return printFailure(options, { failure: result.failure, device, noticed });
    const rows = valueRows(profile, wanted, result);
    const { identification, reading } = result;
    if (options.json) {
      print({
        ok: true,
        model: profile.model,
        address: options.address,
        identification,
        at: new Date(reading.at).toISOString(),
        values: rows,
      });
    } else {
      const said = identification.trim() === '' ? '' : `, which says "${safe(identification.trim(), 80)}"`;
      process.stdout.write(`${profile.model} at address ${options.address}${said}\n\n${valuesText(rows)}`);
    }
    return 0;
  } finally {
    await connection.link.close();
    await connection.end();
  }
}

type Raw = {
  readonly connection: DeviceLink;
  readonly device: DeviceConfig;
  readonly noticed: Partial<Record<LineEventKind, number>>;
  readonly range: { readonly address: number; readonly count: number };
};

async function printRaw(options: ReadOptions, { connection, device, noticed, range }: Raw): Promise<number> {
  const asked = { unit: options.address, function: options.function, ...range };
  const result = await readRaw(connection.link, asked, device.timeoutMs);
  if (result.kind === 'failed') return printFailure(options, { failure: result.failure, device, noticed });
  const words = rawWords(range.address, result.words);
  if (options.json) print({ ok: true, address: options.address, function: options.function, words });
  else process.stdout.write(rawTable(words));
  return 0;
}

type Failed = { readonly failure: Failure; readonly device: DeviceConfig; readonly noticed: Raw['noticed'] };

function printFailure(options: ReadOptions, failed: Failed): 1 {
  const text = adviceFor({ ...failed, address: options.address });
  const { code, message } = failed.failure;
  if (options.json) print({ ok: false, address: options.address, error: { code, message }, noticed: failed.noticed });
  else
    process.stderr.write(
      `lector: ${text
        .split('\n')
        .map((line) => safe(line))
        .join('\n')}\n`,
    );
  return 1;
}

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

function checkAddress(address: number, device: DeviceConfig, profile: Profile | null): void {
  const max = profile?.protocol === 'cvm' ? 99 : device.endpoint.type === 'tcp' ? 255 : 247;
  const min = device.endpoint.type === 'tcp' ? 0 : 1;
  if (address >= min && address <= max) return;
  throw new LectorError('USAGE', `--address must be ${min} to ${max} there, not ${address}`);
}
