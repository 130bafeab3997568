import type { AnalyzerId } from '../../domain/units.ts';
import type { PlantEvent } from '../../protocol/events.ts';
import type { AnalyzerView } from '../../protocol/views.ts';
import type { ExporterContext } from '../ports.ts';
import { discoveryOf } from './discovery.ts';
import type { MqttMessage, MqttSession } from './session.ts';
import type { MqttSettings } from './settings.ts';
import { isOnline, stateOf } from './state.ts';
import { reasonWords } from './words.ts';

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
  close(): void;
};

/** What the broker knows of an analyzer. */
type Told = { status: string | null; discovery: string | null; components: ReadonlySet<string> };

export function createPresence(
  context: ExporterContext,
  settings: MqttSettings,
  connected: () => MqttSession | null,
): Presence {
  const { clock, log } = context;
  const { topics } = settings;
  const told = new Map<AnalyzerId, Told>();
  const refused = new Map<string, string>();
  /** Whose state is to be published, and who is to be looked at. */
  const stale = new Set<AnalyzerId>();
  const changed = new Set<AnalyzerId>();
  const strangers = new Set<AnalyzerId>();
  let isBusy = false;
  let lastFlush = Number.NEGATIVE_INFINITY;
  const timers = new Map<'flush' | 'look' | 'home', unknown>();
  let unsubscribe = () => {};

  const after = (name: 'flush' | 'look' | 'home', ms: number, run: () => void) => {
    clock.clearTimeout(timers.get(name));
    timers.set(name, clock.setTimeout(run, ms));
  };
  const toldOf = (id: AnalyzerId): Told => {
    const found = told.get(id) ?? { status: null, discovery: null, components: new Set<string>() };
    told.set(id, found);
    return found;
  };
  const viewOf = (id: AnalyzerId): AnalyzerView | null => {
    const answer = context.operator().analyzer(id);
    return answer.ok ? answer.data : null;
  };

  /** True when the broker has it; false: it refuses, which is said once. */
  const publish = async (session: MqttSession, topic: string, payload: string, qos: MqttMessage['qos']) => {
    const code = await session.publish({ topic, payload, qos, retain: true });
    if (code < 0x80) return refused.delete(topic) || true;
    const words = reasonWords(code);
    if (!refused.has(topic))
      log.warn({ topic, reason: code }, `${context.id}: the broker does not take ${topic}: ${words}`);
    refused.set(topic, words);
    return false;
  };

  const sayStatus = async (session: MqttSession, id: AnalyzerId, view: AnalyzerView | null) => {
    const status = view !== null && isOnline(view) ? 'online' : 'offline';
    const entry = toldOf(id);
    if (entry.status === status) return;
    entry.status = status;
    await publish(session, topics.status(context.site().node, id), status, 1);
  };
  const sayDiscovery = async (session: MqttSession, id: AnalyzerId) => {
    const site = context.site();
    const analyzer = site.analyzers.find((each) => each.id === id);
    if (!settings.discovery || analyzer === undefined) return;
    const entry = toldOf(id);
    const plain = discoveryOf(site, analyzer, topics);
    const keys = new Set(Object.keys(plain.components));
    const gone = [...entry.components].filter((key) => !keys.has(key));
    const text = JSON.stringify(gone.length === 0 ? plain : discoveryOf(site, analyzer, topics, gone));
    if (entry.discovery === text) return;
    Object.assign(entry, { discovery: text, components: new Set([...keys, ...gone]) });
    await publish(session, topics.discovery(site.node, id), text, 1);
  };
  const forget = async (session: MqttSession, id: AnalyzerId) => {
    const { node } = context.site();
    told.delete(id);
    const of = [topics.discovery(node, id), topics.state(node, id), topics.status(node, id)];
    for (const topic of of) await publish(session, topic, '', 1);
    for (const topic of of) refused.delete(topic);
  };

  const tellAll = async (session: MqttSession) => {
    const ids = new Set(context.analyzerIds());
    for (const id of strangers) {
      strangers.delete(id);
      if (!ids.has(id)) await forget(session, id);
    }
    const looked = [...changed];
    const states = [...stale];
    changed.clear();
    stale.clear();
    for (const id of looked) {
      if (!ids.has(id)) continue;
      await sayDiscovery(session, id);
      await sayStatus(session, id, viewOf(id));
    }
    for (const id of states) {
      const view = ids.has(id) ? viewOf(id) : null;
      if (view?.lastReading != null) {
        await publish(session, topics.state(context.site().node, id), JSON.stringify(stateOf(view, context.site())), 0);
      }
    }
  };
  /** One at a time: a broker that takes nothing is not sent more, and what came meanwhile goes together. */
  const flush = async () => {
    const session = connected();
    if (isBusy || session === null || changed.size + stale.size + strangers.size === 0) return;
    isBusy = true;
    lastFlush = clock.mono();
    try {
      await tellAll(session);
    } catch (error) {
      // the connection ended: everything is told anew on the next
      log.debug({ cause: String(error) }, `${context.id}: not everything was shown`);
    } finally {
      isBusy = false;
    }
    if (connected() === session) schedule();
  };
  const schedule = () => {
    if (isBusy || changed.size + stale.size + strangers.size === 0) return;
    after('flush', Math.max(0, lastFlush + STATE_MS - clock.mono()), () => void flush());
  };
  const all = (session: MqttSession | null) => {
    if (session === null) return;
    for (const id of context.analyzerIds()) {
      changed.add(id);
      stale.add(id);
    }
    for (const id of told.keys()) if (!context.analyzerIds().includes(id)) strangers.add(id);
    schedule();
  };

  const onEvent = (event: PlantEvent) => {
    if (connected() === null || (event.event !== 'reading' && event.event !== 'analyzer')) return;
    stale.add(event.data.id);
    if (event.event === 'analyzer') changed.add(event.data.id);
    schedule();
  };
  const look = () => {
    after('look', LOOK_MS, look);
    if (connected() === null) return;
    for (const id of context.analyzerIds()) {
      const view = viewOf(id);
      if (view !== null && toldOf(id).status !== (isOnline(view) ? 'online' : 'offline')) changed.add(id);
    }
    schedule();
  };
  const onMessage = (topic: string, payload: string) => {
    if (topic === topics.homeAssistant) {
      if (payload !== 'online') return;
      after('home', context.random() * SPREAD_MS, () => {
        for (const entry of told.values()) entry.discovery = null;
        all(connected());
      });
      return;
    }
    const { node, analyzers } = context.site();
    const id = topics.analyzerOf(node, topic);
    // kept by the broker from before an analyzer was taken out of the configuration
    if (id === null || payload === '' || analyzers.some((each) => each.id === id)) return;
    if (context.analyzerIds().includes(id)) return;
    strangers.add(id);
    schedule();
  };

  return {
    start() {
      unsubscribe = context.operator().subscribe(onEvent);
      after('look', LOOK_MS, look);
    },
    up(session) {
      refused.clear();
      for (const entry of told.values()) Object.assign(entry, { status: null, discovery: null });
      const { node } = context.site();
      void publish(session, topics.node(node), 'online', 1).catch(() => undefined);
      const wanted = [topics.anyStatus(node), ...(settings.discovery ? [topics.homeAssistant] : [])];
      void session.subscribe(wanted, onMessage).catch((error: unknown) => {
        log.debug({ cause: String(error) }, `${context.id}: the broker does not let us subscribe`);
      });
      all(session);
    },
    installed() {
      all(connected());
    },
    trouble() {
      const [first] = refused;
      if (first === undefined) return null;
      const more = refused.size === 1 ? '' : `, and ${refused.size - 1} more`;
      return `the broker does not take ${first[0]}${more}: ${first[1]}`;
    },
    async farewell(session) {
      const { node } = context.site();
      const ids = [...told].flatMap(([id, { status }]) => (status === 'online' ? [id] : []));
      for (const entry of told.values()) entry.status = null;
      const say = (topic: string) => session.publish({ topic, payload: 'offline', qos: 1, retain: true });
      await Promise.all([say(topics.node(node)), ...ids.map((id) => say(topics.status(node, id)))]);
    },
    close() {
      unsubscribe();
      for (const timer of timers.values()) clock.clearTimeout(timer);
      timers.clear();
    },
  };
}
