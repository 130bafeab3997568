import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { AnalyzerId } from '../../domain/units.ts';
import type { SiteWire } from '../../protocol/site-wire.ts';
import type { AnalyzerView } from '../../protocol/views.ts';
import { isOnline } from '../online.ts';
import type { ExporterContext } from '../ports.ts';
import { discoveryOf } from './discovery.ts';
import type { MqttMessage, MqttSession } from './session.ts';
import type { MqttSettings } from './settings.ts';
import { stateOf } from './state.ts';
import { reasonWords } from './words.ts';

/** What the broker keeps of each analyzer: told when it changes, and anew on each connection. */
export type Retained = {
  lector(session: MqttSession): Promise<void>;
  status(session: MqttSession, id: AnalyzerId, view: AnalyzerView | null): Promise<void>;
  state(session: MqttSession, view: AnalyzerView): Promise<void>;
  discovery(session: MqttSession, site: SiteWire, id: AnalyzerId): Promise<void>;
  /** Nothing of it stays at the broker. */
  forget(session: MqttSession, id: AnalyzerId): Promise<void>;
  /** The broker may know nothing any more; `what`: of the discovery alone. */
  again(what: 'all' | 'discovery'): void;
  /** Whether the status that was told last is no longer true. */
  isOtherStatus(view: AnalyzerView): boolean;
  ids(): readonly AnalyzerId[];
  /** All are offline: the last words of a connection. */
  farewell(session: MqttSession): Promise<void>;
  /** The last words of a node that is called otherwise from now on: nothing of it stays at the broker. */
  leave(session: MqttSession): Promise<void>;
  /** What the broker refuses, or null. */
  trouble(): string | null;
};

/** null: not told on this connection. `components`: those that Home Assistant knows. */
type Told = { status: string | null; discovery: string | null; components: ReadonlySet<string> };

const statusOf = (view: AnalyzerView | null): string => (view !== null && isOnline(view) ? 'online' : 'offline');

export function createRetained(context: ExporterContext, { topics, discovery }: MqttSettings): Retained {
  const told = new Map<AnalyzerId, Told>();
  const refusals = createRefusals(context);
  // that of the will and of what was told, until there is another connection
  let node = 0;
  const toldOf = (id: AnalyzerId): Told => {
    const found = told.get(id) ?? { status: null, discovery: null, components: new Set<string>() };
    told.set(id, found);
    return found;
  };
  const publish = (session: MqttSession, topic: string, payload: string, qos: MqttMessage['qos'] = 1) =>
    refusals.watch(topic, session.publish({ topic, payload, qos, retain: true }));
  const forget = async (session: MqttSession, id: AnalyzerId) => {
    told.delete(id);
    const own = [topics.discovery(node, id), topics.state(node, id), topics.status(node, id)];
    for (const topic of own) await publish(session, topic, '');
    refusals.drop(own);
  };
  const farewell = async (session: MqttSession) => {
    const online = [...told].flatMap(([id, { status }]) => (status === 'online' ? [topics.status(node, id)] : []));
    const all = [...online, topics.node(node)];
    await Promise.all(all.map((topic) => session.publish({ topic, payload: 'offline', qos: 1, retain: true })));
  };

  return {
    lector(session) {
      node = context.site().node;
      return publish(session, topics.node(node), 'online');
    },
    async status(session, id, view) {
      const entry = toldOf(id);
      const status = statusOf(view);
      if (entry.status === status) return;
      entry.status = status;
      await publish(session, topics.status(node, id), status);
    },
    async state(session, view) {
      const state = stateOf(view, node);
      if (state !== null) await publish(session, topics.state(node, view.id), JSON.stringify(state), 0);
    },
    async discovery(session, site, id) {
      const analyzer = site.analyzers.find((each) => each.id === id);
      if (!discovery || analyzer === undefined) return;
      const entry = toldOf(id);
      const keys = new Set(Object.keys(discoveryOf(site, analyzer, topics).components));
      const gone = [...entry.components].filter((key) => !keys.has(key));
      const text = JSON.stringify(discoveryOf(site, analyzer, topics, gone));
      if (entry.discovery === text) return;
      Object.assign(entry, { discovery: text, components: new Set([...keys, ...gone]) });
      await publish(session, topics.discovery(node, id), text);
    },
    forget,
    again(what) {
      if (what === 'all') refusals.clear();
      for (const entry of told.values())
        Object.assign(entry, { discovery: null, ...(what === 'all' && { status: null }) });
    },
    isOtherStatus: (view) => toldOf(view.id).status !== statusOf(view),
    ids: () => [...told.keys()],
    farewell,
    async leave(session) {
      await farewell(session);
      for (const id of [...told.keys()]) await forget(session, id);
      await publish(session, topics.node(node), '');
    },
    trouble: refusals.trouble,
  };
}

/** What the broker does not take, said once each. */
function createRefusals({ config, log }: ExporterContext) {
  const name = safe(config.target);
  const refused = new Map<string, string>();
  const note = (topic: string, words: string) => {
    if (!refused.has(topic)) log.warn({ topic }, `${name} does not take ${topic}: ${words}`);
    refused.set(topic, words);
  };
  return {
    /** Rejects only when the connection ended. */
    async watch(topic: string, published: Promise<number>): Promise<void> {
      try {
        const code = await published;
        if (code >= 0x80) note(topic, reasonWords(code));
        else refused.delete(topic);
      } catch (error) {
        if (!(error instanceof LectorError) || error.code !== 'EXPORT_REFUSED') throw error;
        note(topic, error.message);
      }
    },
    drop(topics: readonly string[]) {
      for (const topic of topics) refused.delete(topic);
    },
    clear: () => refused.clear(),
    trouble(): string | null {
      const [first] = refused;
      if (first === undefined) return null;
      const more = refused.size === 1 ? '' : `, and ${refused.size - 1} more`;
      return `${name} does not take ${first[0]}${more}: ${first[1]}`;
    },
  };
}
