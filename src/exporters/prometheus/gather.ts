import { safe } from '../../domain/safe.ts';
import type { LineView, VariableView } from '../../protocol/answers.ts';
import type { SiteAnalyzer } from '../../protocol/site-wire.ts';
import {
  ANALYZER_STATES,
  type AnalyzerView,
  DELIVERY_STATES,
  DEVICE_STATES,
  type DeliveryView,
  type NumberList,
} from '../../protocol/views.ts';
import { isOnline } from '../online.ts';
import type { ExporterContext } from '../ports.ts';
import { createFamilies, type Families, type Labels, labelsOf } from './families.ts';
import type { Lag } from './lag.ts';
import { gatherProcess } from './process-facts.ts';
import { type Sample, samplesOf } from './quantities.ts';

/** Longest text that a label has. */
const LABEL_MAX = 200;
const text = (words: string): string => safe(words, LABEL_MAX);
const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
const instant = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso) / 1000);

/** Analyzers that are looked at in one go; then others have their turn. */
const AT_ONCE = 20;

/** Everything that is known now, for one scrape. Values that are old, or not known, are absent. */
export function createGather(context: ExporterContext): (lag: Lag | null) => Promise<Families> {
  const naming = createNaming();
  return (lag) => gather(context, naming, lag);
}

async function gather(context: ExporterContext, naming: Naming, lag: Lag | null): Promise<Families> {
  const families = createFamilies();
  const operator = context.operator();
  const site = context.site();
  const list = operator.list();
  const node = labelsOf({ node: site.node });
  const about = labelsOf({ node: site.node, name: text(site.name), version: site.version, timezone: site.timezone });
  families.gauge('lector_info', 'What this lector is; always 1', 1, about);
  families.gauge(
    'lector_troubles',
    'Sentences in the banner: what is wrong with the whole',
    list.node.troubles.length,
    node,
  );
  for (const line of operator.lines().lines) gatherLine(families, site.node, line);
  for (const delivery of list.deliveries) gatherDelivery(families, site.node, delivery, Date.parse(operator.now()));
  gatherAlarms(families, node, operator.alarms().alarms);
  gatherProcess(families, lag);
  const ids = new Set(context.analyzerIds());
  const told = new Map(site.analyzers.map((each) => [each.id, each]));
  const views = list.analyzers.filter(({ id }) => ids.has(id));
  for (const [index, view] of views.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await new Promise<void>((resolve) => setImmediate(resolve));
    const who = labelsOf({ node: site.node, analyzer: view.id, name: text(view.name) });
    gatherAnalyzer(families, who, view);
    const analyzer = told.get(view.id);
    if (analyzer !== undefined && isOnline(view)) gatherReading(families, naming, who, { view, analyzer });
  }
  return families;
}

function gatherAnalyzer(families: Families, who: Labels, view: AnalyzerView): void {
  const { vendor, model, location, device } = view;
  const info = labelsOf({ location: text(location), vendor: text(vendor), model: text(model), device });
  families.gauge('lector_analyzer_info', 'What an analyzer is; always 1', 1, `${who},${info}`);
  families.gauge('lector_analyzer_up', '1: it is read, and its values are those of now', isOnline(view) ? 1 : 0, who);
  for (const state of ANALYZER_STATES) {
    const is = view.state === state ? 1 : 0;
    families.gauge('lector_analyzer_state', '1 for the state that an analyzer is in', is, `${who},state="${state}"`);
  }
  const { good, failed } = view.readings;
  const readings = 'Readings since the start';
  families.counter('lector_analyzer_readings_total', readings, good, `${who},result="good"`);
  families.counter('lector_analyzer_readings_total', readings, failed, `${who},result="failed"`);
  for (const [kind, count] of Object.entries(view.errors)) {
    families.counter('lector_analyzer_errors_total', 'Faults on the line by kind', count, `${who},kind="${kind}"`);
  }
  families.gauge('lector_analyzer_error_ratio', 'Share of the last 100 readings that failed', view.errorShare, who);
  families.gauge('lector_analyzer_reading_age_seconds', 'Age of what was read last', seconds(view.ageMs), who);
  const { end = null, n = null, expected = null } = view.lastRecord ?? {};
  families.gauge('lector_analyzer_last_record_timestamp_seconds', 'End of the last record', instant(end), who);
  families.gauge('lector_analyzer_last_record_readings', 'Readings that the last record is of', n, who);
  families.gauge('lector_analyzer_last_record_expected_readings', 'Readings that it should be of', expected, who);
}

type Read = { readonly view: AnalyzerView; readonly analyzer: SiteAnalyzer };

function gatherReading(families: Families, naming: Naming, who: Labels, { view, analyzer }: Read): void {
  for (const variable of analyzer.variables) {
    const values = view.lastReading?.values[variable.code];
    if (values === undefined) continue;
    for (const { name, type, help, parts, labels } of naming(variable)) {
      families[type](name, help, sumOf(values, parts), `${who},${labels}`);
    }
  }
}

/** null: one of them is not known. */
function sumOf(values: NumberList, parts: Sample['parts']): number | null {
  let sum = 0;
  for (const { index, factor } of parts) {
    const value = values[index] ?? null;
    if (value === null) return null;
    sum += value * factor;
  }
  return sum;
}

type Naming = (variable: VariableView) => readonly (Sample & { readonly labels: Labels })[];

/** What the values of a variable are called, thought of once. */
function createNaming(): Naming {
  const known = new Map<string, ReturnType<Naming>>();
  return (variable) => {
    const { code, quantity, unit, phases } = variable;
    const key = `${code} ${quantity} ${unit} ${phases.join()}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const named = samplesOf(variable).map((each) => {
      const { phase, value, unit: own } = each;
      return { ...each, labels: labelsOf({ variable: code, phase, value, unit: own }) };
    });
    known.set(key, named);
    return named;
  };
}

function gatherLine(families: Families, node: number, line: LineView): void {
  const who = labelsOf({ node, device: line.id, description: text(line.description) });
  for (const state of DEVICE_STATES) {
    const is = line.state === state ? 1 : 0;
    families.gauge('lector_line_state', '1 for the state that a line is in', is, `${who},state="${state}"`);
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
    families.counter('lector_line_errors_total', 'Faults on the line by kind', count, `${who},kind="${kind}"`);
  }
}

function gatherDelivery(families: Families, node: number, delivery: DeliveryView, now: number): void {
  const who = labelsOf({ node, type: delivery.type, target: text(delivery.target) });
  for (const state of DELIVERY_STATES) {
    const is = delivery.state === state ? 1 : 0;
    families.gauge('lector_delivery_state', '1 for the state that a delivery is in', is, `${who},state="${state}"`);
  }
  const oldest = instant(delivery.oldest);
  const age = oldest === null ? null : Math.max(0, now / 1000 - oldest);
  families.gauge('lector_delivery_owed_records', 'Records that a destination has not got yet', delivery.owed, who);
  families.gauge('lector_delivery_parked_records', 'Records that it refuses, set aside', delivery.parked, who);
  families.gauge('lector_delivery_oldest_owed_age_seconds', 'Age of the oldest that it has not got', age, who);
}

function gatherAlarms(families: Families, node: Labels, alarms: readonly { readonly severity: string }[]): void {
  for (const severity of ['warning', 'error']) {
    const count = alarms.filter((each) => each.severity === severity).length;
    families.gauge('lector_alarms', 'What is wrong now', count, `${node},severity="${severity}"`);
  }
}
