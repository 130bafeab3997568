import type { Links } from './device-links.ts';
import { type Failure, toFailure } from './domain/errors.ts';
import type { OffsetAt } from './domain/grid.ts';
import type { Clock } from './domain/ports.ts';
import { type Parsed, type Problem, problemText } from './domain/problem.ts';
import { NOTHING_LEARNT } from './domain/register-map.ts';
import type { Store } from './domain/store-port.ts';
import type { DeviceId, MonoMs } from './domain/units.ts';
import type { Exports } from './exports.ts';
import type { Configuration, Fleet } from './fleet.ts';
import { type LearntOf, linesUse } from './line-use.ts';
import type { AlarmPorts } from './live/alarm-ports.ts';
import { createLive } from './live/live.ts';
import type { ActorState, LineWatch, Live, LiveOptions, RootState, Witness } from './live/ports.ts';
import type { Memory } from './memory.ts';
import type { MeterChanges } from './meter-changes.ts';
import type { ReloadView } from './protocol/answers.ts';
import type { Answered, Refusal } from './protocol/operator.ts';
import type { Reporter } from './reporter.ts';
import type { Contract } from './tariff/contract.ts';
import { createPriceAt, type PriceAt } from './tariff/price-at.ts';
import { analyzerWords, deliveryWords, deviceWords, nameOf, placeOf, rootWords } from './words.ts';
import { zoneOffset } from './zone.ts';

/** What the acquisition side cannot know of the process that it runs in. */
export type Outside = {
  readonly version: string;
  /** `node 24.21.0`. */
  readonly runtime: string;
  readonly pid: number;
  /** The configuration files as they are now. */
  readonly readFiles: () => Promise<Parsed<Configuration>>;
  /** Somebody asked for an end: begins it and returns. */
  readonly shutdown: () => void;
};

export type ObservationOptions = {
  readonly clock: Clock;
  readonly store: Store;
  readonly offsetAt: OffsetAt;
  readonly fleet: () => Fleet;
  readonly root: () => RootState;
  readonly actor: (name: string) => ActorState | null;
  readonly send: LiveOptions['send'];
  readonly memory: Pick<Memory, 'identityOf'>;
  readonly meters: Pick<MeterChanges, 'sinceOf' | 'over'>;
  readonly fault: Links['fault'];
  readonly reload: (next: Configuration, planOnly: boolean) => Promise<ReloadView>;
  readonly troubles: () => readonly string[];
  readonly lines: LineWatch;
  readonly exports: Pick<Exports, 'ids' | 'holdingOf'>;
  readonly retry: LiveOptions['retry'];
  readonly outside: Outside;
  readonly alarms?: AlarmPorts;
};

/** What the lines have to do, as it was planned at an instant. */
type Planned = { readonly of: Fleet; readonly at: MonoMs; readonly loads: ReadonlyMap<DeviceId, number> };
const PLANNED_MS = 60_000;

/** The live view of an acquisition side, with what it asks of it. */
export function observe(o: ObservationOptions): Live {
  const { clock, store, offsetAt, fleet, outside, lines, exports } = o;
  const { version, runtime, pid } = outside;
  const learntOf: LearntOf = ({ id, profileId }) => {
    const identity = o.memory.identityOf(id);
    return identity?.profileId === profileId ? identity : NOTHING_LEARNT;
  };
  let planned: Planned | null = null;
  const loadsOf = (now: Fleet) => {
    const at = clock.mono();
    // planning a thousand analyzers takes its time: when somebody looks, and again when more may have been learnt
    if (planned?.of !== now || at - planned.at > PLANNED_MS) {
      const uses = linesUse(now.installation, now.profiles, learntOf).filter(({ verdict }) => verdict !== 'disabled');
      planned = { of: now, at, loads: new Map(uses.map(({ id, load }) => [id, load])) };
    }
    return planned.loads;
  };
  return createLive({
    ...{ clock, version, runtime, pid, lines },
    // what another meter said is not shown; records tell of which meter they are
    store: { ...o.meters.over(store), lastRecord: store.lastRecord },
    startedAt: clock.now(),
    plant() {
      const { installation, profileOf, destinations } = fleet();
      const owed = new Set(exports.ids());
      return {
        ...{ installation, profileOf, offsetAt },
        destinations: destinations
          .filter(({ id }) => owed.has(id))
          .map(({ id, config, analyzers }) => ({
            id,
            type: config.type,
            target: config.target,
            analyzerIds: analyzers.map((each) => each.id),
          })),
      };
    },
    ...(o.alarms && { alarms: o.alarms }),
    ...{ root: o.root, actor: o.actor, send: o.send, fault: o.fault, troubles: o.troubles },
    ...{ holding: exports.holdingOf, retry: o.retry },
    identityOf: o.memory.identityOf,
    meterSince: o.meters.sinceOf,
    priceOf: pricesOf(fleet),
    reload: (planOnly) => reloadFrom(outside.readFiles, (next) => o.reload(next, planOnly)),
    shutdown: outside.shutdown,
    planned: (id) => loadsOf(fleet()).get(id) ?? null,
    words: { rootWords, deviceWords, analyzerWords, deliveryWords, nameOf, placeOf },
  });
}

/** Prices by the contract of each analyzer, made once for a contract. */
function pricesOf(fleet: () => Fleet): NonNullable<LiveOptions['priceOf']> {
  const made = new WeakMap<Contract, PriceAt>();
  return (id) => {
    const { contracts, placeOf } = fleet();
    const contract = contracts?.get(placeOf(id)?.analyzer.tariff ?? '');
    if (contract === undefined) return null;
    const priceAt = made.get(contract) ?? createPriceAt(contract, zoneOffset(contract.timezone));
    made.set(contract, priceAt);
    return priceAt;
  };
}

/** Reads the files and hands them on; what is wrong with them changes nothing. */
async function reloadFrom(
  readFiles: Outside['readFiles'],
  reload: (next: Configuration) => Promise<ReloadView>,
): Promise<Answered<ReloadView>> {
  try {
    const read = await readFiles();
    if (!read.ok) return { ok: false, error: invalid(read.problems) };
    const view = await reload(read.value);
    const warnings = read.warnings.map((each) => problemText({ ...each, severity: 'error' }));
    return { ok: true, data: { ...view, warnings: [...view.warnings, ...warnings] } };
  } catch (error) {
    return { ok: false, error: failed(toFailure(error)) };
  }
}

function failed({ code, message }: Failure): Refusal {
  if (code === 'CANCELLED') return { code: 'SHUTTING_DOWN', message, hint: '' };
  const isOfFiles = code === 'CONFIG_INVALID' || code === 'PROFILE_INVALID';
  return { code: isOfFiles ? 'CONFIG_INVALID' : 'UNEXPECTED', message, hint: isOfFiles ? 'nothing was changed' : '' };
}

function invalid(problems: readonly Problem[]): Refusal {
  const wrong = problems.filter(({ severity }) => severity !== 'warning');
  const many = wrong.length === 1 ? 'a problem' : `${wrong.length} problems`;
  return {
    code: 'CONFIG_INVALID',
    message: `the configuration has ${many}, so nothing was changed: ${wrong[0] ? problemText(wrong[0]) : ''}`,
    hint: 'lector check says the same; mend the files and reload again',
    details: wrong.map(problemText),
  };
}

/** Tells the live view what the log is told. */
export function alsoTold(reporter: Reporter, witness: Witness): Reporter {
  const both = <Args extends readonly unknown[]>(one: (...args: Args) => void, other: (...args: Args) => void) => {
    return (...args: Args) => {
      one(...args);
      other(...args);
    };
  };
  return {
    ...reporter,
    root: both(reporter.root, witness.root),
    device: both(reporter.device, witness.device),
    analyzer: both(reporter.analyzer, witness.analyzer),
    delivery: both(reporter.delivery, witness.delivery),
    time: both(reporter.time, witness.time),
    recorded: both(reporter.recorded, witness.recorded),
  };
}
