import { safe } from '../domain/safe.ts';
import type { VirtualConfig } from '../domain/virtual.ts';
import type { Answered, Target } from '../protocol/operator.ts';
import type { AnalyzerTrack, DeviceTrack, Ledger } from './ledger.ts';
import { noSuchAnalyzer, noSuchDevice, ok, refused } from './refusals.ts';

const PREFIXED = /^(line|device|analyzer):(\d{1,9})$/i;

/** Whom a text names: an id, `line:1`, `device:1`, `analyzer:3`, or the name of an analyzer without regard to case. */
export function resolveTarget(ledger: Ledger, asked: string): Answered<Target> {
  const { analyzers, devices } = ledger;
  const text = asked.trim();
  const [, prefix = '', number = ''] = PREFIXED.exec(text) ?? [];
  const word = prefix.toLowerCase();
  if (word === 'line' || word === 'device') {
    const id = Number(number);
    return devices.has(id) ? ok({ kind: 'device', id }) : noSuchDevice(String(id), devices.keys(), word);
  }
  if (number !== '' || /^\d{1,9}$/.test(text)) {
    const id = Number(number === '' ? text : number);
    if (analyzers.has(id)) return ok({ kind: 'analyzer', id });
    return sumNamed(ledger, (each) => each.id === id) ?? noSuchAnalyzer(String(id), analyzers.keys());
  }
  const name = folded(text);
  const named = [...analyzers.values()].filter(({ config }) => folded(config.name) === name);
  const [first, second] = text === '' ? [] : named;
  if (first === undefined)
    return (
      sumNamed(ledger, (each) => folded(each.name) === name) ??
      noSuchAnalyzer(text === '' ? '""' : `"${safe(text, 40)}"`, namesOf(analyzers.values()))
    );
  if (second === undefined) return ok({ kind: 'analyzer', id: first.config.id });
  const ids = named.map(({ config }) => config.id).join(', ');
  return refused('BAD_ARGUMENT', `several analyzers are called "${safe(text, 40)}": ${ids}`, 'name one by its id');
}

const folded = (name: string): string => name.trim().toLocaleLowerCase();

/** Why a sum of analyzers is none of them; null: it is not a sum either. */
function sumNamed({ plant }: Ledger, isMeant: (virtual: VirtualConfig) => boolean): Answered<never> | null {
  const virtual = plant.installation.virtuals?.find(isMeant);
  if (virtual === undefined) return null;
  const who = `${virtual.id} (${safe(virtual.name, 40)})`;
  const message = `${who} is the sum ${safe(virtual.of, 80)} of analyzers: it is computed, and no meter answers for it`;
  return refused('NO_SUCH_ANALYZER', message, 'name its analyzers');
}

/** `1 (Kitchen)`. */
function* namesOf(tracks: Iterable<AnalyzerTrack>): Generator<string> {
  for (const { config } of tracks)
    yield config.name === '' ? `${config.id}` : `${config.id} (${safe(config.name, 40)})`;
}

/** The analyzer of an id, or the refusal that names those that there are. */
export function findAnalyzer({ analyzers }: Ledger, id: number): Answered<AnalyzerTrack> {
  const track = analyzers.get(id);
  return track === undefined ? noSuchAnalyzer(String(id), analyzers.keys()) : ok(track);
}

export function findDevice({ devices }: Ledger, id: number): Answered<DeviceTrack> {
  const track = devices.get(id);
  return track === undefined ? noSuchDevice(String(id), devices.keys()) : ok(track);
}

/** Goes on with what was found; a refusal stays what it is. */
export function onward<A, B>(found: Answered<A>, next: (data: A) => Answered<B>): Answered<B> {
  return found.ok ? next(found.data) : found;
}
