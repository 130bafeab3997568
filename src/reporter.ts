import type { AnalyzerNews } from '../machines/analyzer-setup.ts';
import type { DeliveryNews } from '../machines/delivery.ts';
import type { DeviceNews } from '../machines/device-setup.ts';
import type { RootNews, TimeNews } from '../machines/root-setup.ts';
import { createAttendance } from './attendance.ts';
import { counterWords } from './counter-words.ts';
import { type ErrorCode, type Failure, toFailure } from './domain/errors.ts';
import type { Window } from './domain/grid.ts';
import type { AnalyzerConfig } from './domain/installation.ts';
import type { Log } from './domain/ports.ts';
import type { LectorRecord } from './domain/record.ts';
import type { Session } from './domain/session.ts';
import type { ParkedRecord } from './domain/store-port.ts';
import type { AnalyzerId, DeviceId, EpochMs } from './domain/units.ts';
import { createFlapping } from './flapping.ts';
import type { Fleet } from './fleet.ts';
import {
  analyzerWords,
  apartWords,
  deliveryWords,
  deviceWords,
  nameOf,
  parkedWords,
  placeOf,
  recordWords,
  rootWords,
  type Said,
  setAsideWords,
  timeWords,
} from './words.ts';

/** Writes what happens to the log: one line for each change, none for what stays as it is. */
export type Reporter = {
  root(news: RootNews): void;
  device(id: DeviceId, news: DeviceNews): void;
  analyzer(session: Session, news: AnalyzerNews): void;
  delivery(exporterId: string, news: DeliveryNews): void;
  /** The records of some are not tried for a time; `failure` null: they are taken again. */
  apart(exporterId: string, analyzerIds: readonly AnalyzerId[], failure: Failure | null): void;
  parked(exporterId: string, record: ParkedRecord): void;
  time(news: TimeNews): void;
  recovered(windows: number): void;
  /** Windows of the last run were not closed. */
  recoverFailed(error: unknown): void;
  /** Nothing can be made of a window, because of a fault of Lector's own. */
  setAside(analyzerId: AnalyzerId, window: Window, error: unknown): void;
  /** A record was made: tells of counters that fell, whether or not the disk takes it. */
  made(record: LectorRecord, previous: LectorRecord | null): void;
  recorded(record: LectorRecord): void;
  storeFailed(error: unknown): void;
  /** Another configuration is in force: who comes back later is somebody new. */
  installed(): void;
};

export type ReporterOptions = {
  readonly log: Log;
  readonly fleet: () => Pick<Fleet, 'analyzers' | 'placeOf' | 'deviceOf'>;
  /** Local time of an instant, such as "2026-11-25 12:15:00". */
  readonly timeText: (at: EpochMs) => string;
};

/** Records set aside that are told one by one; then their count as it gets a digit more. */
const PARKED_SAID_MAX = 5;

/** Failures of an analyzer that are those of its line. */
const LINE_IS_SHUT: readonly ErrorCode[] = ['LINE_OPEN_FAILED', 'LINE_CLOSED'];

export function createReporter({ log, fleet, timeText }: ReporterOptions): Reporter {
  const analyzerOf = (id: AnalyzerId) => fleet().placeOf(id)?.analyzer ?? null;
  const called = (id: AnalyzerId) => {
    const analyzer = analyzerOf(id);
    return analyzer === null ? `analyzer ${id}` : `analyzer ${id} (${nameOf(analyzer)})`;
  };
  const lineCalled = (id: DeviceId) => {
    const device = fleet().deviceOf(id);
    return device === null ? `device ${id}` : `device ${id} (${placeOf(device)})`;
  };
  /** What was said of each actor since all was well with it: said again only after that. */
  const told = new Map<string, Set<string>>();

  const say = (facts: Readonly<Record<string, unknown>>, { level, text, failure }: Said) => {
    log[level](failure ? { ...facts, code: failure.code, ...failure.facts } : facts, text);
  };
  /** `words` null: it counts as said. */
  const sayOnce = (actor: string, state: string, facts: Readonly<Record<string, unknown>>, words: Said | null) => {
    const known = told.get(actor) ?? new Set();
    if (known.has(state)) return;
    told.set(actor, known.add(state));
    if (words !== null) say(facts, words);
  };
  /** All is well with the actor, or a person made it so: whatever comes after this is news. */
  const sayWell = (actor: string, state: string, facts: Readonly<Record<string, unknown>>, words: Said | null) => {
    const known = told.get(actor);
    if (known?.size === 1 && known.has(state)) return;
    told.set(actor, new Set([state]));
    if (words !== null) say(facts, words);
  };
  const attendance = createAttendance(
    () => fleet().analyzers.map(({ id }) => id),
    (id) => called(id).replace('analyzer ', ''),
  );
  /** Devices whose line is not open, which was said with its reason. */
  const shut = new Set<DeviceId>();
  /** Why an analyzer is not read: where its line is not open, no more than that, however many meters are on it. */
  const brief = ({ deviceId }: AnalyzerConfig, news: AnalyzerNews): AnalyzerNews => {
    const { failure } = news;
    if (failure === null || !shut.has(deviceId) || !LINE_IS_SHUT.includes(failure.code)) return news;
    return { ...news, failure: { ...failure, message: `device ${deviceId} is not open` } };
  };
  const flapping = createFlapping();
  /** Records that were set aside in this run, by exporter. */
  const parked = new Map<string, number>();
  let isEnding = false;
  const lastNews = new Map<DeviceId, DeviceNews['news']>();

  return {
    root(news) {
      isEnding ||= news.news === 'draining';
      say({}, rootWords(news));
    },
    device(id, news) {
      const actor = `device ${id}`;
      if (news.news === 'opened') shut.delete(id);
      if (news.news === 'openFailed' || news.news === 'lost') shut.add(id);
      const words = deviceWords(lineCalled(id), news);
      const before = lastNews.get(id);
      lastNews.set(id, news.news);
      const isSilent = told.get(actor)?.has('adapter') === true;
      switch (news.news) {
        case 'heard':
          if (isSilent) say({ device: id }, words);
          told.delete(actor);
          return;
        case 'opened':
          // a line that brings nothing is opened each minute: once it is heard there is something to say
          if (!isSilent) sayOnce(actor, `opened after ${before}`, { device: id }, words);
          return;
        case 'resting':
          // at the end nobody needs any line any more
          return isEnding ? undefined : sayWell(actor, news.news, { device: id }, words);
        default:
          return sayOnce(actor, news.news, { device: id }, words);
      }
    },
    analyzer(session, news) {
      const id = session.spec.analyzerId;
      const actor = `analyzer ${id}`;
      const analyzer = analyzerOf(id);
      const words = analyzerWords(
        called(id),
        analyzer ? brief(analyzer, news) : news,
        session.identity?.text ?? '',
        !told.has(actor),
      );
      const state = `${news.news} ${news.failure?.code}`;
      const flap = flapping.note(id, called(id), news, session.losses);
      if (typeof flap !== 'string') say({ analyzer: id }, flap);
      if (news.news === 'connecting') return flap === 'usual' ? say({ analyzer: id }, words) : undefined;
      const isWell = news.news === 'polling' || news.news === 'paused' || news.news === 'stopped';
      const isUsual = flap === 'usual';
      (isWell ? sayWell : sayOnce)(actor, state, { analyzer: id }, isUsual ? words : null);
      const summary = attendance.note(id, news.news);
      if (summary !== null && isUsual) log[summary.level]({}, summary.text);
    },
    delivery(exporterId, news) {
      const words = deliveryWords(exporterId, news);
      const isWell = news.news === 'recovered';
      (isWell ? sayWell : sayOnce)(exporterId, `${news.news} ${news.failure?.code}`, { exporter: exporterId }, words);
    },
    apart: (exporterId, ids, failure) => say({ exporter: exporterId }, apartWords(exporterId, ids, failure)),
    parked(exporterId, record) {
      const count = (parked.get(exporterId) ?? 0) + 1;
      parked.set(exporterId, count);
      // a destination that refuses all of a backlog is not told a hundred thousand times
      if (count > PARKED_SAID_MAX && !Number.isInteger(Math.log10(count))) return;
      say({ exporter: exporterId, count }, parkedWords(exporterId, called(record.analyzerId), record, timeText));
    },
    time: (news) => say({}, timeWords(news, timeText)),
    recovered(windows) {
      const these =
        windows === 1
          ? '1 window that ended while Lector did not run was'
          : `${windows} windows that ended while Lector did not run were`;
      if (windows > 0) log.info({ windows }, `${these} recorded now`);
    },
    recoverFailed: (error) => say({}, rootWords({ news: 'recoverFailed', failure: toFailure(error) })),
    setAside(id, window, error) {
      say({ analyzer: id, error }, setAsideWords(called(id), timeText(window.end), toFailure(error)));
    },
    made(record, previous) {
      const { analyzerId } = record;
      for (const words of counterWords(called(analyzerId), record, previous, timeText))
        say({ analyzer: analyzerId }, words);
    },
    recorded(record) {
      const { analyzerId, n, expected } = record;
      const variables = fleet().placeOf(analyzerId)?.profile.variables ?? [];
      const words = recordWords(called(analyzerId), record, variables, timeText);
      say({ analyzer: analyzerId, n, expected }, words);
      const over = flapping.passed(analyzerId, called(analyzerId), record.end);
      if (over !== null) say({ analyzer: analyzerId }, over);
    },
    storeFailed(error) {
      const failure = toFailure(error);
      const text = failure.code === 'UNEXPECTED' ? failure.message : `the store: ${failure.message}`;
      sayOnce('store', failure.code, {}, { level: 'error', text, failure });
    },
    installed() {
      const { analyzers } = fleet();
      const there = new Set(analyzers.map(({ id }) => `analyzer ${id}`));
      for (const actor of told.keys()) if (actor.startsWith('analyzer ') && !there.has(actor)) told.delete(actor);
      attendance.prune();
      flapping.prune(new Set(analyzers.map(({ id }) => id)));
    },
  };
}
