import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;
type Family = Gauge | Counter;

/** The metrics of one scrape. What has no value is left out: it is absent, and no 0. */
export type Families = {
  gauge(name: string, help: string, value: number | null, labels?: Labels): void;
  /** A number that only grows, from somewhere else. One below 0 is none. */
  counter(name: string, help: string, value: number | null, labels?: Labels): void;
  text(isOpenMetrics: boolean): Promise<{ readonly type: string; readonly body: string }>;
};

/** `labels`: all that any sample may have; those that are '' are left out. */
export function createFamilies(labelNames: readonly string[]): Families {
  const families = new Map<string, Family>();
  const familyOf = <F extends Family>(name: string, help: string, make: new (o: Config) => F): F => {
    const found = families.get(name);
    if (found !== undefined) return found as F;
    const made = new make({ name, help, labelNames: [...labelNames], registers: [] });
    families.set(name, made);
    return made;
  };
  const given = (labels: Labels) => Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
  return {
    gauge(name, help, value, labels = {}) {
      if (value === null || !Number.isFinite(value)) return;
      familyOf(name, help, Gauge).set(given(labels), value);
    },
    counter(name, help, value, labels = {}) {
      if (value === null || !Number.isFinite(value) || value < 0) return;
      familyOf(name, help, Counter).inc(given(labels), value);
    },
    async text(isOpenMetrics) {
      const registry = new Registry<RegistryContentType>();
      registry.setContentType(isOpenMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
      for (const family of families.values()) registry.registerMetric(family);
      return { type: registry.contentType, body: await registry.metrics() };
    },
  };
}

type Config = {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
};
