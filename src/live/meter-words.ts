import { decodeBlocks } from '../domain/decode.ts';
import type { Values } from '../domain/reading.ts';
import type { AnalyzerId, EpochMs, VariableCode } from '../domain/units.ts';
import type { ConfView, DefsView, IdentificationView, MeterStatusView, VarsView } from '../protocol/answers.ts';
import { classicTime } from '../protocol/iso-time.ts';
import { legacyConf, legacyDefs, legacyStatus, legacyVars } from '../protocol/legacy.ts';
import { meterFacts } from '../protocol/legacy-status.ts';
import type { Answered, Operator } from '../protocol/operator.ts';
import type { Py } from '../protocol/pickle.ts';
import { plain } from '../protocol/plain.ts';
import { readingView } from '../protocol/reading-view.ts';
import { ageOf, identificationOf, lastOfAll, latestReading } from './analyzer-view.ts';
import type { AnalyzerTrack } from './ledger.ts';
import { ok, refused } from './refusals.ts';
import { isoOrNull, labelOf, type Scene } from './scene.ts';
import { variableView } from './stored.ts';
import { findAnalyzer, onward } from './targets.ts';

export type MeterWords = Pick<Operator, 'identification' | 'vars' | 'defs' | 'meterStatus' | 'conf' | 'legacy'>;

/** What meters say of themselves and what is said of them, in both dialects. */
export function createMeterWords(scene: Scene): MeterWords {
  const { ledger, iso, o } = scene;
  const about = <T>(id: AnalyzerId, make: (track: AnalyzerTrack) => Answered<T>): Answered<T> =>
    onward(findAnalyzer(ledger, id), make);
  return {
    identification: (id) => about(id, (track) => identification(scene, track)),
    vars: (id) =>
      about(id, (track): Answered<VarsView> => {
        const latest = latestReading(track);
        const reading = latest === null ? null : readingView(latest, iso);
        return ok({ id, reading, ageMs: ageOf(track, latest, o.clock) });
      }),
    defs: (id) => about(id, (track): Answered<DefsView> => ok(defsView(track))),
    meterStatus: (id) => about(id, (track): Answered<MeterStatusView> => ok(statusView(scene, track))),
    conf: () => plain(legacyConf(ledger.plant.installation)) as ConfView,
    legacy: legacyOf(scene, about),
  };
}

type About = <T>(id: AnalyzerId, make: (track: AnalyzerTrack) => Answered<T>) => Answered<T>;

/** The mappings of the classic dialect: the same object as long as nothing changes, for its pickle is kept by it. */
function legacyOf({ ledger }: Scene, about: About): Operator['legacy'] {
  const local = (at: EpochMs) => classicTime(at, ledger.plant.offsetAt);
  const vars = remembered((track: AnalyzerTrack) => legacyVars(latestReading(track), local));
  const status = remembered((track: AnalyzerTrack) => legacyStatus(track.profile, saidOf(track)));
  const defs = new WeakMap<object, Py>();
  const confs = new WeakMap<object, Py>();
  return {
    vars: (id) => about(id, (track) => ok(vars(track))),
    status: (id) => about(id, (track) => ok(status(track))),
    defs: (id) => about(id, ({ profile }) => ok(once(defs, profile, () => legacyDefs(profile)))),
    conf() {
      const { installation } = ledger.plant;
      return once(confs, installation, () => legacyConf(installation));
    },
  };
}

function once(known: WeakMap<object, Py>, key: object, make: () => Py): Py {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}

/** Makes it anew only when another reading or another connection is there. */
function remembered(make: (track: AnalyzerTrack) => Py): (track: AnalyzerTrack) => Py {
  const known = new WeakMap<AnalyzerTrack, { readonly of: readonly unknown[]; readonly py: Py }>();
  return (track) => {
    const of = [track.latest.normal, track.latest.rapid, track.meter];
    const before = known.get(track);
    if (before?.of.every((each, index) => each === of[index])) return before.py;
    const py = make(track);
    known.set(track, { of, py });
    return py;
  };
}

function identification(scene: Scene, track: AnalyzerTrack): Answered<IdentificationView> {
  const text = identificationOf(scene, track);
  const { id } = track.config;
  if (text !== null) return ok({ id, identification: text });
  return refused('NOT_READY', `${labelOf(scene, track)} was not identified yet`, `see why: lector ctl why ${id}`);
}

function defsView(track: AnalyzerTrack): DefsView {
  const { config, profile } = track;
  return {
    ...{ id: config.id, profile: profile.id, model: config.model },
    variables: profile.variables.map((variable) => variableView(track, variable)),
    definitions: plain(legacyDefs(profile)) as DefsView['definitions'],
  };
}

function statusView({ iso }: Scene, track: AnalyzerTrack): MeterStatusView {
  const { at, values } = saidOf(track);
  return { id: track.config.id, lastTime: isoOrNull(iso, at), ...meterFacts(track.profile, values) };
}

/** The last values, and what was read when it was connected: version and serial number. */
function saidOf(track: AnalyzerTrack): { at: EpochMs | null; values: Readonly<Record<VariableCode, Values>> } {
  const latest = lastOfAll(track);
  return { at: latest?.at ?? null, values: { ...onceValues(track), ...latest?.values } };
}

function onceValues({ meter, profile }: AnalyzerTrack): Readonly<Record<VariableCode, Values>> {
  if (meter === null) return {};
  const decoded = decodeBlocks(profile, meter.once, meter.exponents, meter.identity.base);
  const variables = profile.variables.filter(({ code }) => profile.once.includes(code));
  const valuesOf = (registers: readonly string[]) => registers.map((id) => decoded.get(id)?.value ?? null);
  return Object.fromEntries(variables.map(({ code, registers }) => [code, valuesOf(registers)]));
}
