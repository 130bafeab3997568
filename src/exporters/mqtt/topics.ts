import type { AnalyzerId } from '../../domain/units.ts';

/** Where things are published. */
export type Topics = {
  /** `online` and `offline` of the lector, retained; its will. */
  node(node: number): string;
  /** Each record once, not retained. */
  record(node: number, analyzer: AnalyzerId): string;
  /** The last reading, retained. */
  state(node: number, analyzer: AnalyzerId): string;
  /** Whether the analyzer is being read: `online`, `offline`, retained. */
  status(node: number, analyzer: AnalyzerId): string;
  /** What Home Assistant is told of an analyzer, retained. */
  discovery(node: number, analyzer: AnalyzerId): string;
  /** Where Home Assistant says that it has started. */
  readonly homeAssistant: string;
  /** Status of any analyzer of the node, to subscribe to. */
  anyStatus(node: number): string;
  /** The analyzer of a topic that {@link anyStatus} finds; null: it is none. */
  analyzerOf(node: number, topic: string): AnalyzerId | null;
};

export function createTopics(prefix: string, discoveryPrefix: string): Topics {
  const [first, home] = [trimmed(prefix), trimmed(discoveryPrefix)];
  const of = (node: number, analyzer: AnalyzerId | '+', what: string) => `${first}/${node}/${analyzer}/${what}`;
  return {
    node: (node) => `${first}/${node}/status`,
    record: (node, analyzer) => of(node, analyzer, 'record'),
    state: (node, analyzer) => of(node, analyzer, 'state'),
    status: (node, analyzer) => of(node, analyzer, 'status'),
    discovery: (node, analyzer) => `${home}/device/${deviceId(node, analyzer)}/config`,
    homeAssistant: `${home}/status`,
    anyStatus: (node) => of(node, '+', 'status'),
    analyzerOf(node, topic) {
      const id = /^\d{1,9}$/.exec(topic.slice(`${first}/${node}/`.length, -'/status'.length));
      const analyzer = id === null ? null : Number(id[0]);
      return analyzer !== null && topic === of(node, analyzer, 'status') ? analyzer : null;
    },
  };
}

/** What Home Assistant knows an analyzer by. */
export const deviceId = (node: number, analyzer: AnalyzerId): string => `lector_${node}_${analyzer}`;

/** + and # have a meaning of their own, and empty levels are easily overlooked. */
const trimmed = (prefix: string): string =>
  prefix
    .replace(/[+#\0]/g, '')
    .split('/')
    .filter((level) => level !== '')
    .join('/');
