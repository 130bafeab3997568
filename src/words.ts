import type { AnalyzerNews } from '../machines/analyzer-setup.ts';
import type { DeliveryNews } from '../machines/delivery.ts';
import type { DeviceNews } from '../machines/device-setup.ts';
import type { RootNews, TimeNews } from '../machines/root-setup.ts';
import type { Failure } from './domain/errors.ts';
import type { AnalyzerConfig, DeviceConfig } from './domain/installation.ts';
import type { Log } from './domain/ports.ts';
import type { Variable } from './domain/profile.ts';
import type { LectorRecord, RecordedVariable } from './domain/record.ts';
import type { ParkedRecord } from './domain/store-port.ts';
import type { AnalyzerId, EpochMs } from './domain/units.ts';

/** One line of the log: how loud, the sentence, and the failure behind it. */
export type Said = { readonly level: keyof Log; readonly text: string; readonly failure?: Failure | null };

const said = (level: keyof Log, text: string, failure: Failure | null = null): Said => ({ level, text, failure });
const why = (failure: Failure | null): string => failure?.message ?? 'no reason was given';

/** "PM710 "Main switchboard"", or "PM710" where it has no name. */
export function nameOf(analyzer: AnalyzerConfig): string {
  return analyzer.name === '' ? analyzer.model : `${analyzer.model} "${analyzer.name}"`;
}

/** Where the bytes of a device go: "/dev/ttyUSB0, 19200 8E1", "10.0.0.7:502", "simulated rtu at 19200 baud". */
export function placeOf({ endpoint }: DeviceConfig): string {
  switch (endpoint.type) {
    case 'serial':
      return `${endpoint.port}, ${endpoint.baud} ${endpoint.bits}${endpoint.parity}${endpoint.stop}`;
    case 'tcp':
    case 'rtu-tcp':
      return `${endpoint.host}:${endpoint.port}`;
    case 'simulated':
      return endpoint.protocol === 'tcp'
        ? 'simulated Modbus TCP'
        : `simulated ${endpoint.protocol} at ${endpoint.baud} baud`;
  }
}

export function rootWords(news: RootNews): Said {
  switch (news.news) {
    case 'crashed':
      return said(
        'error',
        `${news.name} crashed and is started again; the others go on: ${why(news.failure)}`,
        news.failure,
      );
    case 'held':
      return said(
        'error',
        `${news.name} crashed too often: it is tried again in 10 minutes; the others go on`,
        news.failure,
      );
    case 'retried':
      return said('info', `${news.name} is started again`);
    case 'recoverFailed':
      return said('error', `windows of the last run could not be closed: ${why(news.failure)}`, news.failure);
    case 'running':
      return said('debug', 'everything is started');
    case 'draining':
      return said('info', 'stopping: the readings in progress are finished, then the lines are closed');
    case 'stopped':
      return said('debug', 'every line is closed');
  }
}

export function deviceWords(device: string, { news, cause }: DeviceNews): Said {
  switch (news) {
    case 'opened':
      return said('info', `${device} is open`);
    case 'openFailed':
      return said('warn', `${device} cannot be opened and is tried again and again: ${why(cause)}`, cause);
    case 'lost':
      return said('warn', `${device} was lost and is opened again: ${why(cause)}`, cause);
    case 'adapter':
      return said('warn', `${device}: ${why(cause)}`, cause);
    case 'heard':
      return said('info', `${device} brings answers again`);
    case 'echo':
      return said(
        'warn',
        `${device}: echo: adapter wiring: it hears what it sends, which does no harm; ` +
          'check its 2-wire connection (RE to DE) or its echo switch',
      );
    case 'settings':
      return said(
        'warn',
        `${device}: nothing but garbled bytes arrives: check baud and parity here and on the meters, then termination`,
      );
    case 'resting':
      return said('info', `${device} is closed while nobody needs it`);
    case 'closed':
      return said('debug', `${device} is closed`);
  }
}

/** `first`: it was not heard of before, so it does not answer "again". */
export function analyzerWords(name: string, { news, failure }: AnalyzerNews, identity: string, first: boolean): Said {
  switch (news) {
    case 'connecting':
      return said('debug', `${name} is asked what it is`);
    case 'polling':
      return said('info', `${name} ${first ? 'is read' : 'answers again'}${identity === '' ? '' : `: "${identity}"`}`);
    case 'failed':
      return said('warn', `${name} is not read: ${why(failure)}`, failure);
    case 'paused':
      return said('info', `${name} is paused`);
    case 'stopped':
      return said('info', `${name} is stopped until it is started`);
    case 'frozen':
      return said(
        'warn',
        `every measured value of ${name} has been the same for hours though it answers: check the meter; ` +
          'what it says is kept',
      );
    case 'recordFailed':
      return failure?.code === 'UNEXPECTED'
        ? said('error', `a record of ${name} could not be made and is tried again: ${why(failure)}`, failure)
        : said('error', `a record of ${name} waits for the store: ${why(failure)}`, failure);
  }
}

/** `until`: the end of the window. */
export function setAsideWords(name: string, until: string, failure: Failure): Said {
  const text =
    `${name} has no record until ${until}, for none can be made of its readings, which stay in the store until they ` +
    `are too old; later ones go on: ${why(failure)}`;
  return said('error', text, failure);
}

export function deliveryWords(exporterId: string, { news, failure }: DeliveryNews): Said {
  if (news === 'recovered') return said('info', `${exporterId} takes records again`);
  const next = news === 'parked' ? 'tried again in an hour' : 'tried again';
  return said('warn', `${exporterId} does not take records (they are kept and ${next}): ${why(failure)}`, failure);
}

/** Analyzers that one sentence names. */
const NAMED_MAX = 5;

/** `analyzer 3`, `analyzers 1, 2, 3`, `analyzers 1, 2, 3, 4, 5 and 12 more`. */
export function analyzersText(ids: readonly AnalyzerId[]): string {
  const more = ids.length > NAMED_MAX ? ` and ${ids.length - NAMED_MAX} more` : '';
  return `analyzer${ids.length === 1 ? '' : 's'} ${ids.slice(0, NAMED_MAX).join(', ')}${more}`;
}

/** `failure` null: their records are taken again. */
export function apartWords(exporterId: string, ids: readonly AnalyzerId[], failure: Failure | null): Said {
  const whose = `the records of ${analyzersText(ids)}`;
  if (failure === null) return said('info', `${exporterId} takes ${whose} again`);
  return said(
    'warn',
    `${exporterId} does not take ${whose} (they are kept, the others go on): ${why(failure)}`,
    failure,
  );
}

export function parkedWords(
  exporterId: string,
  name: string,
  { end, reason }: ParkedRecord,
  text: (at: EpochMs) => string,
): Said {
  const which = `the record of ${name} until ${text(end)}`;
  return said(
    'warn',
    `${exporterId} refuses ${which}: ${reason}. It is set aside: lector ctl parked, lector ctl retry`,
  );
}

export function timeWords(news: TimeNews, text: (at: EpochMs) => string): Said {
  const stretch = `from ${text(news.from)} to ${text(news.to)}`;
  if (news.kind === 'clockBack') return said('warn', `the wall clock was put back ${stretch}`);
  return said('warn', `analyzer ${news.analyzerId} has no records ${stretch}: the clock jumped or the machine slept`);
}

/** A record without a reading is a warning: its meter is still not read, which was said once, maybe days ago. */
export function recordWords(
  name: string,
  record: LectorRecord,
  known: readonly Variable[],
  text: (at: EpochMs) => string,
): Said {
  const { n, expected, generation, end, variables } = record;
  const until = `${name} is recorded until ${text(end)}`;
  const again = generation > 0 ? ` (recorded before: generation ${generation})` : '';
  if (n === 0) return said('warn', `${until}: 0 of ${expected} readings${again}`);
  const codes = Object.keys(variables);
  const missing = codes.filter((code) => !hasValue(variables[code]));
  const without = missing.length === 0 ? '' : `, nothing for ${missing.slice(0, CODES_MAX).join(' ')}`;
  const headline = ['PAT', ...codes].find((code) => hasValue(variables[code])) ?? '';
  const unit = known.find(({ code }) => code === headline)?.unit ?? '';
  const values = `${headline} ${valuesText(variables[headline]?.values ?? [])} ${unit}`.trim();
  return said('info', `${until}: ${n} of ${expected} readings, ${values}${without}${again}`);
}

const hasValue = (variable: RecordedVariable | undefined): boolean =>
  variable?.values.some((value) => value !== null) === true;

/** Values and codes that one line of the log shows. */
const VALUES_MAX = 4;
const CODES_MAX = 5;

function valuesText(values: readonly (number | null)[]): string {
  const shown = values
    .slice(0, VALUES_MAX)
    .map((value) => (value === null ? '-' : String(Number(value.toPrecision(4)))));
  return `${shown.join(' ')}${values.length > VALUES_MAX ? ' ...' : ''}`;
}
