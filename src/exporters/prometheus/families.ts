/** Labels as they are printed, without the braces; made once for all samples that have them. */
export type Labels = string;

type Type = 'gauge' | 'counter';
type Family = { readonly type: Type; readonly help: string; readonly samples: { labels: Labels; value: number }[] };

/** A page, and what it is. */
export type Page = { readonly type: string; readonly body: string };

/** The metrics of one scrape. What has no value is left out: it is absent, and no 0. */
export type Families = {
  gauge(name: string, help: string, value: number | null, labels?: Labels): void;
  /** A number that only grows, from somewhere else; its name ends in `_total`. One below 0 is none. */
  counter(name: string, help: string, value: number | null, labels?: Labels): void;
  text(isOpenMetrics: boolean): Page;
};

const PLAIN = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export function createFamilies(): Families {
  const families = new Map<string, Family>();
  const add = (type: Type, name: string, help: string, value: number, labels: Labels) => {
    const family = families.get(name);
    if (family === undefined) families.set(name, { type, help, samples: [{ labels, value }] });
    else family.samples.push({ labels, value });
  };
  return {
    gauge(name, help, value, labels = '') {
      if (value !== null && Number.isFinite(value)) add('gauge', name, help, value, labels);
    },
    counter(name, help, value, labels = '') {
      if (value !== null && Number.isFinite(value) && value >= 0) add('counter', name, help, value, labels);
    },
    text(isOpenMetrics) {
      const parts = [...families].map(([name, family]) => familyText(name, family, isOpenMetrics));
      if (isOpenMetrics) parts.push('# EOF\n');
      return { type: isOpenMetrics ? OPEN_METRICS : PLAIN, body: parts.join('') };
    },
  };
}

/**
 * All samples of a metric in one piece. OpenMetrics calls a counter without its `_total`
 * (https://prometheus.io/docs/specs/om/open_metrics_spec).
 */
function familyText(name: string, { type, help, samples }: Family, isOpenMetrics: boolean): string {
  const called = isOpenMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
  let text = `# HELP ${called} ${escaped(help)}\n# TYPE ${called} ${type}\n`;
  for (const { labels, value } of samples)
    text += labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
  return text;
}

/** Those that are '' are left out, which says the same. */
export function labelsOf(labels: Readonly<Record<string, string | number>>): Labels {
  let text = '';
  for (const [name, value] of Object.entries(labels)) {
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escaped(String(value)).replaceAll('"', '\\"')}"`;
  }
  return text;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
