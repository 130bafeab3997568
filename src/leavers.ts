import type { Destination } from './domain/destinations.ts';
import type { Outbox } from './domain/store-port.ts';
import type { AnalyzerId } from './domain/units.ts';
import { type Fleet, type Leaving, withLeaving } from './fleet.ts';
import type { Made } from './recorder.ts';

/** Analyzers that are read no more: their open window is recorded at its end and sent, and then they are gone. */
export type Leavers = {
  /** null: it does not leave. */
  phaseOf(id: AnalyzerId): Leaving['phase'] | null;
  /** Its window is closed, of which these records were made. */
  recorded(id: AnalyzerId, made: readonly Made[]): void;
  /** Something was delivered: who waited for no more than that is gone. */
  delivered(): void;
};

type Options = {
  readonly fleet: () => Fleet;
  readonly outbox: Pick<Outbox, 'owed'>;
  /** Exporters that are served. */
  readonly exporterIds: () => readonly string[];
  /** Puts a fleet in force in which fewer leave. */
  readonly install: (fleet: Fleet) => void;
};

export function createLeavers({ fleet, outbox, exporterIds, install }: Options): Leavers {
  /** What became of some of them since the fleet was put in force. */
  const news = new Map<Leaving, Leaving['phase']>();
  let isAsked = false;

  /** Destinations that nobody but who leaves has. */
  const ownOf = ({ analyzers, destinations }: Fleet): readonly Destination[] => {
    const ids = new Set(analyzers.map(({ id }) => id));
    return destinations.filter((each) => !each.analyzers.some(({ id }) => ids.has(id)));
  };
  const settle = () => {
    isAsked = false;
    const { leaving } = fleet();
    const served = new Set(exporterIds());
    const owing = ownOf(fleet()).filter(({ id }) => served.has(id) && outbox.owed(id).count > 0);
    const waits = new Set(owing.flatMap(({ analyzers }) => analyzers.map(({ id }) => id)));
    const now = leaving.map((each) => ({ ...each, phase: news.get(each) ?? each.phase }));
    const stay = now.filter(({ phase, analyzer }) => phase !== 'written' || waits.has(analyzer.id));
    const isNews = stay.length < leaving.length || leaving.some((each) => news.has(each));
    news.clear();
    if (isNews) install(withLeaving(fleet(), stay));
  };
  /** The windows of many end together: one fleet takes the place of another for all of them. */
  const ask = () => {
    if (isAsked) return;
    isAsked = true;
    queueMicrotask(settle);
  };
  return {
    phaseOf(id) {
      const leaver = fleet().leaving.find(({ analyzer }) => analyzer.id === id);
      return leaver === undefined ? null : (news.get(leaver) ?? leaver.phase);
    },
    recorded(id, made) {
      const leaver = fleet().leaving.find(({ analyzer }) => analyzer.id === id);
      if (leaver === undefined) return;
      news.set(leaver, 'recorded');
      ask();
      void Promise.allSettled(made.map(({ written }) => written)).then(() => {
        // it may have come back, and left again, meanwhile
        const isHere = ({ analyzer, phase }: Leaving) => analyzer === leaver.analyzer && phase === 'recorded';
        for (const each of fleet().leaving.filter((each) => each === leaver || isHere(each))) news.set(each, 'written');
        ask();
      });
    },
    delivered() {
      if (fleet().leaving.length > 0) ask();
    },
  };
}
