import type { AnalyzerNews } from '../machines/analyzer-setup.ts';
import type { DeliveryNews } from '../machines/delivery.ts';
import type { DeviceNews } from '../machines/device-setup.ts';
import type { RootNews, TimeNews } from '../machines/root-setup.ts';
import { toFailure } from './domain/errors.ts';
import type { AnalyzerConfig, DeviceConfig } from './domain/installation.ts';
import type { Log } from './domain/ports.ts';
import type { LectorRecord } from './domain/record.ts';
import type { Session } from './domain/session.ts';
import type { DeviceId, EpochMs } from './domain/units.ts';
import {
  analyzerWords,
  deliveryWords,
  deviceWords,
  nameOf,
  placeOf,
  rootWords,
  type Said,
  timeWords,
} from './words.ts';

/** Writes what happens to the log: one line for each change, none for what stays as it is. */
export type Reporter = {
  root(news: RootNews): void;
  device(id: DeviceId, news: DeviceNews): void;
  analyzer(session: Session, news: AnalyzerNews): void;
  delivery(exporterId: string, news: DeliveryNews): void;
  time(news: TimeNews): void;
  recovered(windows: number): void;
  recorded(record: LectorRecord): void;
  storeFailed(error: unknown): void;
};

export type ReporterOptions = {
  readonly log: Log;
  readonly analyzers: readonly AnalyzerConfig[];
  readonly devices: readonly DeviceConfig[];
  /** Local time of an instant, such as "2026-11-25 12:15:00". */
  readonly timeText: (at: EpochMs) => string;
};

export function createReporter({ log, analyzers, devices, timeText }: ReporterOptions): Reporter {
  const names = new Map(analyzers.map((each) => [each.id, `analyzer ${each.id} (${nameOf(each)})`]));
  const places = new Map(devices.map((each) => [each.id, `device ${each.id} (${placeOf(each)})`]));
  /** What was said last of each actor: said again only when it changed. */
  const last = new Map<string, string>();

  const say = (facts: Readonly<Record<string, unknown>>, { level, text, failure }: Said) => {
    log[level](failure ? { ...facts, code: failure.code, ...failure.facts } : facts, text);
  };
  const sayOnce = (actor: string, state: string, facts: Readonly<Record<string, unknown>>, words: Said) => {
    if (last.get(actor) === state) return;
    last.set(actor, state);
    say(facts, words);
  };

  return {
    root: (news) => say({}, rootWords(news)),
    device(id, news) {
      sayOnce(`device ${id}`, news.news, { device: id }, deviceWords(places.get(id) ?? `device ${id}`, news));
    },
    analyzer(session, news) {
      const id = session.spec.analyzerId;
      const name = names.get(id) ?? `analyzer ${id}`;
      const words = analyzerWords(name, news, session.identity?.text ?? '', !last.has(name));
      if (news.news === 'connecting') say({ analyzer: id }, words);
      else sayOnce(name, `${news.news} ${news.failure?.code}`, { analyzer: id }, words);
    },
    delivery(exporterId, news) {
      sayOnce(
        exporterId,
        `${news.news} ${news.failure?.code}`,
        { exporter: exporterId },
        deliveryWords(exporterId, news),
      );
    },
    time: (news) => say({}, timeWords(news, timeText)),
    recovered(windows) {
      if (windows > 0)
        log.info({ windows }, `${windows} windows that ended while Lector did not run were recorded now`);
    },
    recorded({ analyzerId, end, n, expected, generation }) {
      const name = names.get(analyzerId) ?? `analyzer ${analyzerId}`;
      const again = generation > 0 ? ` (recorded before: generation ${generation})` : '';
      const text = `${name} is recorded until ${timeText(end)}: ${n} of ${expected} readings${again}`;
      log.info({ analyzer: analyzerId, n, expected }, text);
    },
    storeFailed(error) {
      const failure = toFailure(error);
      sayOnce('store', failure.code, {}, { level: 'error', text: `the store: ${failure.message}`, failure });
    },
  };
}
