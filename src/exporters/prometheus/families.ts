import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;
type Sample = { readonly labels: Record<string, string | number>; readonly value: number };
type Family = {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly samples: Sample[];
};

/** The metrics of one scrape. What has no value is left out: it is absent, and no 0. */
export type Families = {
  gauge(name: string, help: string, value: number | null, labels?: Labels): void;
  /** A number that only grows, from somewhere else. One below 0 is none. */
  counter(name: string, help: string, value: number | null, labels?: Labels): void;
  text(isOpenMetrics: boolean): Promise<{ readonly type: string; readonly body: string }>;
};

/** `labelNames`: all that any sample may have; those that are '' are left out. */
export function createFamilies(labelNames: readonly string[]): Families {
  const families = new Map<string, Family>();
  const add = (type: Family['type'], name: string, help: string, value: number, labels: Labels) => {
    const family = families.get(name) ?? { type, name, help, samples: [] };
    families.set(name, family);
    const given = Object.entries(labels).filter(([, each]) => each !== '');
    family.samples.push({ labels: Object.fromEntries(given), value });
  };
  return {
    gauge(name, help, value, labels = {}) {
      if (value !== null && Number.isFinite(value)) add('gauge', name, help, value, labels);
    },
    counter(name, help, value, labels = {}) {
      if (value !== null && Number.isFinite(value) && value >= 0) add('counter', name, help, value, labels);
    },
    async text(isOpenMetrics) {
      const registry = new Registry<RegistryContentType>();
      registry.setContentType(isOpenMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
      // made anew for each text: printing OpenMetrics changes the names of counters
      for (const family of families.values()) registerFamily(registry, family, labelNames);
      return { type: registry.contentType, body: await registry.metrics() };
    },
  };
}

function registerFamily(
  registry: Registry<RegistryContentType>,
  { type, name, help, samples }: Family,
  labelNames: readonly string[],
): void {
  const config = { name, help, labelNames: [...labelNames], registers: [registry] };
  if (type === 'gauge') {
    const gauge = new Gauge(config);
    for (const { labels, value } of samples) gauge.set(labels, value);
  } else {
    const counter = new Counter(config);
    for (const { labels, value } of samples) counter.inc(labels, value);
  }
}
