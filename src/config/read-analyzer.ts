import { z } from 'zod';
import { exporterIdOf } from '../domain/destinations.ts';
import type { AnalyzerConfig } from '../domain/installation.ts';
import type { Profile } from '../domain/profile.ts';
import { registersOf } from '../domain/wanted.ts';
import { childNamed, childrenNamed, type Placed, readAttributes, readChildren, reportUnknownName } from './fields.ts';
import { NAMES, tag } from './names-ca.ts';
import { profileOf } from './profile-of.ts';
import { readCodes } from './read-codes.ts';
import { type PlacedExport, readExport, type TargetContext } from './read-export.ts';
import { readRapid } from './read-rapid.ts';
import { listed, type Report, seen } from './report.ts';
import { decimal, optional, required, type Typed, text, whole, yesNo } from './schema.ts';
import type { XmlElement } from './xml-file.ts';

export type AnalyzerContext = {
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly targets: TargetContext;
  /** Contract of every analyzer that names no other; empty: none. */
  readonly tariffOfAll: string;
  /** Destinations of every analyzer, whatever its own are. */
  readonly exportsOfAll: readonly PlacedExport[];
};

/** An analyzer with its profile (null: not found, and reported) and the places of what is checked against others. */
export type AnalyzerDraft = {
  readonly analyzer: AnalyzerConfig;
  readonly profile: Profile | null;
  readonly at: (name: 'id' | 'device' | 'address' | 'tariff') => string;
  readonly exports: readonly PlacedExport[];
};

const DAY_MIN = 1440;
/** Minutes that divide an hour, then hours that divide a day. */
export const RECORDING_MINUTES: readonly number[] = Array.from({ length: DAY_MIN }, (_, index) => index + 1).filter(
  (minutes) => (minutes <= 60 ? 60 % minutes === 0 : minutes % 60 === 0 && DAY_MIN % minutes === 0),
);

const recordingMinutes: Typed<number> = {
  schema: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .refine((minutes) => RECORDING_MINUTES.includes(minutes)),
  expected: `minutes that fit an hour or a day: ${listed(RECORDING_MINUTES.map(String), 'or')}`,
};

const ATTRIBUTES = {
  id: required(whole(1, 65_535), 0),
  device: required(whole(1, 65_535, ', the id of a device'), 0),
  [NAMES.model]: optional(text(100), ''),
  driver: optional(text(100), ''),
  dataDriver: optional(text(100), ''),
  name: optional(text(), ''),
  location: optional(text(), ''),
  address: optional(whole(0, 255, ' (bus address)'), -1),
  tariff: optional(text(100), ''),
} as const;

const PARAMS = {
  [NAMES.maker]: optional(text(), ''),
  [NAMES.model]: optional(text(100), ''),
  [NAMES.recordingMinutes]: required(recordingMinutes, DAY_MIN),
  [NAMES.readingSeconds]: required(whole(1, 86_400, ' (seconds)'), 1),
  timeout: optional(decimal(0.01, 600, ' (seconds)'), 0),
  nominal: optional(decimal(1, 1_000_000, ' (volts between phase and neutral)'), 0),
  ratio: optional(decimal(0.000_001, 1_000_000, ' (factor of the external current transformer)'), 1),
  invert: optional(yesNo, false),
} as const;

export function readAnalyzer(element: XmlElement, context: AnalyzerContext, report: Report): AnalyzerDraft {
  const attributes = readAttributes(element, ATTRIBUTES, report);
  const known = [NAMES.params, NAMES.exports, NAMES.queries, NAMES.rapid];
  for (const { name, at } of element.children) {
    const what = `element in ${tag('analyzer')}`;
    if (!(known as readonly string[]).includes(name)) reportUnknownName({ what, name, at, known, report });
  }
  const child = (name: string) => childNamed(element, name, report);
  const params = readParams(child(NAMES.params), element, report);
  const model = modelOf(attributes, params, report);
  const { id, device, driver, dataDriver, name, location, address } = attributes.values;
  const tariff = attributes.values.tariff || context.tariffOfAll;
  const chosen = { model: model.text, driver, dataDriver };
  const profile = profileOf(chosen, { ...attributes, model: model.at }, context.profiles, report);
  const readingMs = params.values[NAMES.readingSeconds] * 1000;
  const recordingMs = params.values[NAMES.recordingMinutes] * 60_000;
  checkIntervals(params, report);
  const consultes = readQueries(child(NAMES.queries), element, profile, report);
  const own = readExports(child(NAMES.exports), context.targets, report);
  const named = new Set(own.map(({ config }) => exporterIdOf(config)));
  const exports = [...own, ...context.exportsOfAll.filter(({ config }) => !named.has(exporterIdOf(config)))];
  const rapidElement = params.rapid ?? child(NAMES.rapid);
  const rapid = rapidElement && readRapid(rapidElement, { profile, readingMs, consultes }, report);
  const analyzer: AnalyzerConfig = {
    id,
    name,
    location,
    deviceId: device,
    address: address < 0 ? id : address,
    model: model.text,
    profileId: profile?.id ?? '',
    driver: profile?.driver ?? driver,
    dataDriver: profile?.dataDriver ?? dataDriver,
    readingMs,
    recordingMs,
    consultes: rapid === null ? consultes : consultes.filter((code) => !rapid.consultes.includes(code)),
    rapid,
    timeoutMs: params.values.timeout === 0 ? null : Math.round(params.values.timeout * 1000),
    nominalV: params.values.nominal === 0 ? null : params.values.nominal,
    ratio: params.values.ratio,
    invert: params.values.invert,
    exports: exports.map(({ config }) => config),
    ...(tariff !== '' && { tariff }),
    params: params.texts,
  };
  if (profile !== null && analyzer.invert) warnOneWay(analyzer, profile, params.at('invert'), report);
  return { analyzer, profile, at: attributes.at, exports };
}

type Params = Placed<{
  readonly [NAMES.model]: string;
  readonly [NAMES.recordingMinutes]: number;
  readonly [NAMES.readingSeconds]: number;
  readonly timeout: number;
  readonly nominal: number;
  readonly ratio: number;
  readonly invert: boolean;
}> & { readonly rapid: XmlElement | null; readonly texts: Readonly<Record<string, string>> };

function readParams(element: XmlElement | null, analyzer: XmlElement, report: Report): Params {
  const params = element ?? { ...analyzer, name: NAMES.params, attributes: [], children: [], text: '' };
  const placed = readChildren(params, PARAMS, report, [NAMES.rapid]);
  const texts = params.children.filter(({ name }) => name !== NAMES.rapid).map((child) => [child.name, child.text]);
  return { ...placed, rapid: childNamed(params, NAMES.rapid, report), texts: Object.fromEntries(texts) };
}

/** The model of `<params>` counts; the attribute alone will do; both and different is said. */
function modelOf(
  attributes: Placed<{ readonly [NAMES.model]: string }>,
  params: Params,
  report: Report,
): { readonly text: string; readonly at: string } {
  const attribute = attributes.values[NAMES.model];
  const inner = params.values[NAMES.model];
  if (inner === '') {
    if (attribute === '')
      report.error(attributes.at(''), `model="..." in ${tag('analyzer')}`, 'none', 'name the meter');
    return { text: attribute, at: attributes.at(NAMES.model) };
  }
  if (attribute !== '' && bare(attribute) !== bare(inner)) {
    const expected = `model="${inner}", as <${NAMES.model}> in ${tag('params')} says`;
    report.warn(attributes.at(NAMES.model), expected, seen(attribute), `${inner} is used; correct one of them`);
  }
  return { text: inner, at: params.at(NAMES.model) };
}

/** With <invert> an energy is what the other direction counts, and not every meter counts both. */
function warnOneWay({ consultes, rapid }: AnalyzerConfig, profile: Profile, at: string, report: Report): void {
  const codes = [...consultes, ...(rapid?.consultes ?? [])];
  const missing = codes.filter((code) => registersOf(profile, code, true).includes(null));
  if (missing.length === 0) return;
  const expected = `energies that the ${profile.model} counts in both directions, as <invert> exchanges them`;
  report.warn(at, expected, missing.join(', '), 'it has no value; turn the transformers round, or leave it out');
}

const bare = (model: string): string => model.toLowerCase().replace(/[\s\-_./]/g, '');

function checkIntervals({ values, at }: Params, report: Report): void {
  const reading = values[NAMES.readingSeconds];
  const recording = values[NAMES.recordingMinutes] * 60;
  if (reading <= recording) return;
  const expected = `${tag('readingSeconds')} of at most ${tag('recordingMinutes')}, ${recording} s`;
  report.error(at(NAMES.readingSeconds), expected, `${reading} s`, 'read at least once in each recording');
}

function readQueries(
  element: XmlElement | null,
  analyzer: XmlElement,
  profile: Profile | null,
  report: Report,
): readonly string[] {
  const elements = element === null ? [] : childrenNamed(element, NAMES.query, report);
  if (elements.length > 0) return readCodes(elements, profile, report);
  const todo = 'write at least one, such as TPF (voltages)';
  report.error(element?.at ?? analyzer.at, `${tag('queries')} with ${tag('query')} elements`, 'none', todo);
  return [];
}

/** The destinations in `<dataexports>`. */
export function readExports(
  element: XmlElement | null,
  targets: TargetContext,
  report: Report,
): readonly PlacedExport[] {
  if (element === null) return [];
  const exports = childrenNamed(element, NAMES.export, report).map((each) => readExport(each, targets, report));
  return exports.filter((each) => each !== null);
}
