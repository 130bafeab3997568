import { safe } from '../../domain/safe.ts';
import type { LineView } from '../../protocol/answers.ts';
import type { SiteAnalyzer } from '../../protocol/site-wire.ts';
import {
  ANALYZER_STATES,
  type AnalyzerView,
  DELIVERY_STATES,
  DEVICE_STATES,
  type DeliveryView,
} from '../../protocol/views.ts';
import { isOnline } from '../online.ts';
import type { ExporterContext } from '../ports.ts';
import { createFamilies, type Families } from './families.ts';
import type { Lag } from './lag.ts';
import { gatherProcess } from './process-facts.ts';
import { samplesOf } from './quantities.ts';

const LABELS = [
  ...['node', 'analyzer', 'name', 'location', 'vendor', 'model', 'variable', 'phase', 'value', 'unit'],
  ...['device', 'description', 'type', 'target', 'state', 'result', 'kind', 'severity', 'version', 'timezone'],
];
/** Longest text that a label has. */
const LABEL_MAX = 200;
const text = (words: string): string => safe(words, LABEL_MAX);
const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
const instant = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso) / 1000);

type Who = Readonly<Record<'node' | 'analyzer' | 'name', string | number>>;

/** Everything that is known now, for one scrape. Values that are old, or not known, are absent. */
export function gather(context: ExporterContext, lag: Lag | null): Families {
  const families = createFamilies(LABELS);
  const operator = context.operator();
  const site = context.site();
  const list = operator.list();
  const ids = new Set(context.analyzerIds());
  const { node } = site;
  const about = { node, name: text(site.name), version: site.version, timezone: site.timezone };
  families.gauge('lector_info', 'What this lector is; always 1', 1, about);
  families.gauge(
    'lector_troubles',
    'Sentences in the banner: what is wrong with the whole',
    list.node.troubles.length,
    { node },
  );
  for (const view of list.analyzers) {
    if (!ids.has(view.id)) continue;
    const who = { node, analyzer: view.id, name: text(view.name) };
    gatherAnalyzer(families, who, view);
    const analyzer = site.analyzers.find(({ id }) => id === view.id);
    if (analyzer !== undefined && isOnline(view)) gatherReading(families, who, view, analyzer);
  }
  for (const line of operator.lines().lines) gatherLine(families, node, line);
  for (const delivery of list.deliveries) gatherDelivery(families, node, delivery, Date.parse(operator.now()));
  gatherAlarms(families, node, operator.alarms().alarms);
  gatherProcess(families, lag);
  return families;
}

function gatherAnalyzer(families: Families, who: Who, view: AnalyzerView): void {
  const { vendor, model, location, device } = view;
  const info = { ...who, location: text(location), vendor: text(vendor), model: text(model), device };
  families.gauge('lector_analyzer_info', 'What an analyzer is; always 1', 1, info);
  families.gauge('lector_analyzer_up', '1: it is read, and its values are those of now', isOnline(view) ? 1 : 0, who);
  for (const state of ANALYZER_STATES) {
    const is = view.state === state ? 1 : 0;
    families.gauge('lector_analyzer_state', '1 for the state that an analyzer is in', is, { ...who, state });
  }
  const { good, failed } = view.readings;
  const readings = 'Readings since the start';
  families.counter('lector_analyzer_readings_total', readings, good, { ...who, result: 'good' });
  families.counter('lector_analyzer_readings_total', readings, failed, { ...who, result: 'failed' });
  for (const [kind, count] of Object.entries(view.errors)) {
    families.counter('lector_analyzer_errors_total', 'Faults on the line by kind', count, { ...who, kind });
  }
  families.gauge('lector_analyzer_error_ratio', 'Share of the last 100 readings that failed', view.errorShare, who);
  families.gauge('lector_analyzer_reading_age_seconds', 'Age of what was read last', seconds(view.ageMs), who);
  const { end = null, n = null, expected = null } = view.lastRecord ?? {};
  families.gauge('lector_analyzer_last_record_timestamp_seconds', 'End of the last record', instant(end), who);
  families.gauge('lector_analyzer_last_record_readings', 'Readings that the last record is of', n, who);
  families.gauge('lector_analyzer_last_record_expected_readings', 'Readings that it should be of', expected, who);
}

function gatherReading(families: Families, who: Who, { lastReading }: AnalyzerView, { variables }: SiteAnalyzer): void {
  for (const variable of variables) {
    const values = lastReading?.values[variable.code];
    if (values === undefined) continue;
    for (const { name, type, help, phase, value, unit, parts } of samplesOf(variable)) {
      const each = parts.map(({ index, factor }) => scaled(values[index] ?? null, factor));
      const sum = each.reduce((total, part) => (total === null || part === null ? null : total + part), 0);
      families[type](name, help, sum, { ...who, variable: variable.code, phase, value, unit });
    }
  }
}

const scaled = (value: number | null, factor: number): number | null => (value === null ? null : value * factor);

function gatherLine(families: Families, node: number, line: LineView): void {
  const who = { node, device: line.id, description: text(line.description) };
  for (const state of DEVICE_STATES) {
    const is = line.state === state ? 1 : 0;
    families.gauge('lector_line_state', '1 for the state that a line is in', is, { ...who, state });
  }
  const { utilisation, planned, transactions, errors, waiting } = line;
  families.gauge('lector_line_utilization_ratio', 'Share of the last minute in which it was used', utilisation, who);
  families.gauge(
    'lector_line_planned_utilization_ratio',
    'Share that reading everything takes as planned',
    planned,
    who,
  );
  families.counter('lector_line_transactions_total', 'Requests since the start', transactions.total, who);
  families.gauge('lector_line_waiting_requests', 'Requests that wait for the line', waiting, who);
  for (const [kind, count] of Object.entries(errors)) {
    families.counter('lector_line_errors_total', 'Faults on the line by kind', count, { ...who, kind });
  }
}

function gatherDelivery(families: Families, node: number, delivery: DeliveryView, now: number): void {
  const who = { node, type: delivery.type, target: text(delivery.target) };
  for (const state of DELIVERY_STATES) {
    const is = delivery.state === state ? 1 : 0;
    families.gauge('lector_delivery_state', '1 for the state that a delivery is in', is, { ...who, state });
  }
  const oldest = instant(delivery.oldest);
  const age = oldest === null ? null : Math.max(0, now / 1000 - oldest);
  families.gauge('lector_delivery_owed_records', 'Records that a destination has not got yet', delivery.owed, who);
  families.gauge('lector_delivery_parked_records', 'Records that it refuses, set aside', delivery.parked, who);
  families.gauge('lector_delivery_oldest_owed_age_seconds', 'Age of the oldest that it has not got', age, who);
}

function gatherAlarms(families: Families, node: number, alarms: readonly { readonly severity: string }[]): void {
  for (const severity of ['warning', 'error']) {
    const count = alarms.filter((each) => each.severity === severity).length;
    families.gauge('lector_alarms', 'What is wrong now', count, { node, severity });
  }
}
