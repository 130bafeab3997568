import type { AnalyzerId } from '../../domain/units.ts';
import type { PlantEvent } from '../../protocol/events.ts';
import type { AnalyzerView } from '../../protocol/views.ts';
import type { ExporterContext } from '../ports.ts';
import { createRetained } from './retained.ts';
import type { MqttSession } from './session.ts';
import type { MqttSettings } from './settings.ts';
import { createTimers } from './timers.ts';

/** A state of an analyzer is not published more often. */
export const STATE_MS = 1_000;
/** How often it is looked whether what was read last has become old. */
export const LOOK_MS = 5_000;
/** Home Assistant asks everybody at once as it starts: the answers are spread over so long. */
const SPREAD_MS = 5_000;

/** What is shown of the analyzers: status, last reading, and what Home Assistant is told. Nothing of it is owed. */
export type Presence = {
  start(): void;
  /** A connection was made: everything is told anew. */
  up(session: MqttSession): void;
  /** The analyzers, or what they are called, have changed. */
  installed(): void;
  /** What the broker refuses, or null. */
  trouble(): string | null;
  /** All are offline: the last words of a connection. */
  farewell(session: MqttSession): Promise<void>;
  /** The last words of a node that is called otherwise from now on. */
  leave(session: MqttSession): Promise<void>;
  close(): void;
};

type Connected = () => MqttSession | null;

export function createPresence(context: ExporterContext, settings: MqttSettings, connected: Connected): Presence {
  const { clock, log } = context;
  const { topics } = settings;
  const retained = createRetained(context, settings);
  const timers = createTimers(clock);
  const due = createDue();
  let isBusy = false;
  let lastFlush = Number.NEGATIVE_INFINITY;
  let unsubscribe = () => {};

  const viewOf = (id: AnalyzerId): AnalyzerView | null => {
    const answer = context.operator().analyzer(id);
    return answer.ok ? answer.data : null;
  };
  const tell = async (session: MqttSession) => {
    const ids = new Set(context.analyzerIds());
    const { strangers, changed, stale } = due.take();
    const site = changed.length === 0 ? null : context.site();
    for (const id of strangers) if (!ids.has(id)) await retained.forget(session, id);
    for (const id of changed) {
      if (!ids.has(id)) continue;
      if (site !== null) await retained.discovery(session, site, id);
      await retained.status(session, id, viewOf(id));
    }
    for (const id of stale) {
      const view = ids.has(id) ? viewOf(id) : null;
      if (view !== null) await retained.state(session, view);
    }
  };
  /** One at a time: a broker that takes nothing is not sent more, and what came meanwhile goes together. */
  const flush = async () => {
    const session = connected();
    if (isBusy || session === null) return;
    isBusy = true;
    lastFlush = clock.mono();
    try {
      await tell(session);
    } catch (error) {
      // the connection ended: everything is told anew on the next
      log.debug({ cause: String(error) }, `${context.id}: not everything was shown`);
    } finally {
      isBusy = false;
    }
    schedule();
  };
  const schedule = () => {
    if (isBusy || due.isEmpty() || connected() === null) return;
    timers.within('flush', Math.max(0, lastFlush + STATE_MS - clock.mono()), () => void flush());
  };
  const tellAll = () => {
    const ids = context.analyzerIds();
    due.add({ changed: ids, stale: ids, strangers: retained.ids().filter((id) => !ids.includes(id)) });
    schedule();
  };
  const onEvent = (event: PlantEvent) => {
    if (connected() === null || (event.event !== 'reading' && event.event !== 'analyzer')) return;
    const { id } = event.data;
    due.add({ stale: [id], changed: event.event === 'analyzer' ? [id] : [] });
    schedule();
  };
  const look = () => {
    timers.after('look', LOOK_MS, look);
    if (connected() === null) return;
    const views = context.analyzerIds().flatMap((id) => viewOf(id) ?? []);
    due.add({ changed: views.filter(retained.isOtherStatus).map(({ id }) => id) });
    schedule();
  };
  const onMessage = (topic: string, payload: string) => {
    if (topic === topics.homeAssistant && payload === 'online') {
      timers.after('home', context.random() * SPREAD_MS, () => {
        retained.again('discovery');
        tellAll();
      });
    }
    if (payload === '' || !topic.endsWith('/status')) return;
    const { node, analyzers } = context.site();
    const id = topics.analyzerOf(node, topic);
    // kept by the broker from before an analyzer was taken out of the configuration
    if (id === null || analyzers.some((each) => each.id === id)) return;
    due.add({ strangers: [id] });
    schedule();
  };

  return {
    start() {
      unsubscribe = context.operator().subscribe(onEvent);
      timers.after('look', LOOK_MS, look);
    },
    up(session) {
      retained.again('all');
      const { node } = context.site();
      retained.lector(session).catch(() => undefined);
      const wanted = [topics.anyStatus(node), ...(settings.discovery ? [topics.homeAssistant] : [])];
      session.subscribe(wanted, onMessage).catch((error: unknown) => {
        log.debug({ cause: String(error) }, `${context.id}: the broker does not let us subscribe`);
      });
      tellAll();
    },
    installed: tellAll,
    ...{ trouble: retained.trouble, farewell: retained.farewell, leave: retained.leave },
    close() {
      unsubscribe();
      timers.clear();
    },
  };
}

/** Who is to be told: of `changed` the status and what it is, of `stale` the last reading, of `strangers` the end. */
type Due = Readonly<Record<'changed' | 'stale' | 'strangers', readonly AnalyzerId[]>>;

function createDue() {
  const all = { changed: new Set<AnalyzerId>(), stale: new Set<AnalyzerId>(), strangers: new Set<AnalyzerId>() };
  const sets = Object.values(all);
  return {
    add(more: Partial<Due>) {
      for (const id of more.changed ?? []) all.changed.add(id);
      for (const id of more.stale ?? []) all.stale.add(id);
      for (const id of more.strangers ?? []) all.strangers.add(id);
    },
    isEmpty: () => sets.every(({ size }) => size === 0),
    take(): Due {
      const { changed, stale, strangers } = all;
      const taken = { changed: [...changed], stale: [...stale], strangers: [...strangers] };
      for (const set of sets) set.clear();
      return taken;
    },
  };
}
