import type { Destination } from './domain/destinations.ts';
import type { Outbox } from './domain/store-port.ts';
import type { AnalyzerId } from './domain/units.ts';
import { type Fleet, type Leaving, withLeaving } from './fleet.ts';
import type { Made } from './recorder.ts';

/** Analyzers that are read no more: their open window is recorded at its end and sent, and then they are gone. */
export type Leavers = {
  has(id: AnalyzerId): boolean;
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
  const become = (id: AnalyzerId, phase: Leaving['phase']) => {
    const { leaving } = fleet();
    install(
      withLeaving(
        fleet(),
        leaving.map((each) => (each.analyzer.id === id ? { ...each, phase } : each)),
      ),
    );
  };
  /** Destinations that nobody but who leaves has. */
  const ownOf = ({ analyzers, destinations }: Fleet): readonly Destination[] => {
    const ids = new Set(analyzers.map(({ id }) => id));
    return destinations.filter((each) => !each.analyzers.some(({ id }) => ids.has(id)));
  };
  const letGo = () => {
    const served = new Set(exporterIds());
    const owing = ownOf(fleet()).filter(({ id }) => served.has(id) && outbox.owed(id).count > 0);
    const waits = new Set(owing.flatMap(({ analyzers }) => analyzers.map(({ id }) => id)));
    const stay = fleet().leaving.filter(({ phase, analyzer }) => phase !== 'written' || waits.has(analyzer.id));
    if (stay.length < fleet().leaving.length) install(withLeaving(fleet(), stay));
  };
  return {
    has: (id) => fleet().leaving.some(({ analyzer, phase }) => analyzer.id === id && phase === 'open'),
    recorded(id, made) {
      const [leaver] = fleet().leaving.filter(({ analyzer }) => analyzer.id === id);
      become(id, 'recorded');
      void Promise.allSettled(made.map(({ written }) => written)).then(() => {
        // it may have come back, and left again, meanwhile
        const now = fleet().leaving.find(({ analyzer }) => analyzer === leaver?.analyzer);
        if (now?.phase !== 'recorded') return;
        become(id, 'written');
        letGo();
      });
    },
    delivered() {
      if (fleet().leaving.length > 0) letGo();
    },
  };
}
