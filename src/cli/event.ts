import { systemClock } from '../clock.ts';
import { beginOf, type CostEvent, eventWords } from '../domain/cost-event.ts';
import { LectorError } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { Installation } from '../domain/installation.ts';
import type { Profile } from '../domain/profile.ts';
import { safe } from '../domain/safe.ts';
import type { AnalyzerId, EpochMs, VariableCode } from '../domain/units.ts';
import { isoTime } from '../protocol/iso-time.ts';
import { counterNamed } from '../tariff/event-counter.ts';
import { zoneOffset } from '../zone.ts';
import { configurationOf } from './configuration.ts';
import { changeEvents, readEvents } from './event-file.ts';
import { type EventWords, eventKind, eventOf } from './event-words.ts';
import { checkCounters, checkOnce } from './exchange-check.ts';
import type { ConfigOptions } from './options.ts';

export type EventOptions = ConfigOptions & EventWords & { readonly analyzer?: string; readonly json?: boolean };

type Setup = {
  readonly options: EventOptions;
  readonly offsetAt: OffsetAt;
  readonly analyzers: Installation['analyzers'];
  readonly profiles: ReadonlyMap<string, Profile>;
};

async function setupOf(options: EventOptions) {
  const { installation, profiles } = await configurationOf(options);
  const { dataDir } = installation.general;
  const setup: Setup = {
    ...{ options, offsetAt: zoneOffset(installation.node.timezone), profiles },
    analyzers: installation.analyzers,
  };
  return { setup, dataDir };
}

/** `lector event add KIND`: enters what changes the arithmetic of bills. Resolves with 0. */
export async function addEvent(options: EventOptions, [word = '']: readonly string[]): Promise<number> {
  const kind = eventKind(word);
  const { setup, dataDir } = await setupOf(options);
  const analyzerId = analyzerOf(setup);
  const counter = counterOf(setup, analyzerId);
  const asked = { kind, analyzerId, options, counter, offsetAt: setup.offsetAt, now: systemClock().now() };
  let made: CostEvent = { ...eventOf(asked), id: 0 };
  await changeEvents(dataDir, (events) => {
    if (made.kind === 'exchange') {
      checkOnce(made, events);
      checkCounters(made, { dataDir, profile: profileOf(setup, analyzerId), events, offsetAt: setup.offsetAt });
    }
    made = { ...made, id: events.reduce((max, each) => Math.max(max, each.id), 0) + 1 };
    return [...events, made].sort((a, b) => beginOf(a) - beginOf(b));
  });
  process.stdout.write(`event ${made.id}, analyzer ${made.analyzerId}: ${eventWords(made, setup.offsetAt)}\n`);
  return 0;
}

/** `lector event list`: what was entered. Resolves with 0. */
export async function listEvents(options: EventOptions): Promise<number> {
  const { setup, dataDir } = await setupOf(options);
  const events = readEvents(dataDir);
  const only = options.analyzer === undefined ? null : analyzerOf(setup);
  const found = events.filter(({ analyzerId }) => only === null || analyzerId === only);
  const { offsetAt } = setup;
  if (options.json === true) {
    const time = (at: EpochMs) => isoTime(at, offsetAt);
    const shown = found.map((each) =>
      each.kind === 'maintenance'
        ? { ...each, from: time(each.from), to: time(each.to) }
        : { ...each, at: time(each.at) },
    );
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
    return 0;
  }
  const lines = found.map((each) => `${each.id}  analyzer ${each.analyzerId}  ${eventWords(each, offsetAt)}\n`);
  process.stdout.write(lines.length === 0 ? 'no events; lector event add --help\n' : lines.join(''));
  return 0;
}

/** `lector event remove ID`: takes back what was entered. Resolves with 0. */
export async function removeEvent(options: EventOptions, [word = '']: readonly string[]): Promise<number> {
  const { setup, dataDir } = await setupOf(options);
  let removed = '';
  await changeEvents(dataDir, (events) => {
    const found = events.find(({ id }) => String(id) === word);
    if (found === undefined) {
      const known = events.map(({ id }) => id).join(', ') || 'none';
      throw new LectorError('USAGE', `expected the number of an event (${known}), saw "${safe(word, 40)}"`);
    }
    removed = eventWords(found, setup.offsetAt);
    return events.filter((each) => each !== found);
  });
  process.stdout.write(`removed: ${removed}\n`);
  return 0;
}

function analyzerOf({ options, analyzers }: Setup): AnalyzerId {
  const { analyzer: word = '' } = options;
  const found = analyzers.find(({ id, name }) => String(id) === word || name.toLowerCase() === word.toLowerCase());
  const [only, second] = analyzers;
  if (word === '' && only !== undefined && second === undefined) return only.id;
  if (found !== undefined && word !== '') return found.id;
  const known = analyzers.map(({ id, name }) => (name === '' ? `${id}` : `${id} ${safe(name, 60)}`)).join(', ');
  throw new LectorError('USAGE', `expected --analyzer with one of ${known}, saw "${safe(word, 60)}"`);
}

const profileOf = ({ analyzers, profiles }: Setup, id: AnalyzerId): Profile | null =>
  profiles.get(analyzers.find((each) => each.id === id)?.profileId ?? '') ?? null;

function counterOf(setup: Setup, id: AnalyzerId): VariableCode | null {
  const { counter: word } = setup.options;
  const profile = profileOf(setup, id);
  if (word === undefined || profile === null) return word ?? null;
  const named = counterNamed(profile.variables, word);
  if ('code' in named) return named.code;
  throw new LectorError('USAGE', `--counter: ${named.wrong}`);
}
