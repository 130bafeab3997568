import { LectorError, toFailure } from '../../domain/errors.ts';
import type { OffsetAt } from '../../domain/grid.ts';
import type { Clock } from '../../domain/ports.ts';
import type { LectorRecord } from '../../domain/record.ts';
import type { DeliveryResult, OwedRecord } from '../../domain/store-port.ts';
import { CONNECTIONS_MAX, type HttpClient } from '../../http/client.ts';
import { type OldOutcome, type OldReading, oldForm, oldOutcome, sentValues } from './old-call.ts';
import type { CentreTarget } from './target.ts';

/** How long an analyzer that the centre does not know is not tried. */
export const UNKNOWN_ANALYZER_MS = 3_600_000;
/** Readings in a row that fail before the centre itself is thought broken. */
const VAIN_MAX = 4;

export type OldCentre = {
  readonly http: HttpClient;
  readonly target: CentreTarget;
  readonly clock: Clock;
  readonly offsetAt: OffsetAt;
  /** `Authorization`, where the target has a token. */
  readonly headers: Readonly<Record<string, string>>;
  /** It takes nothing now: who is there is asked again. */
  readonly onStopped?: () => void;
};

type Run = { readonly results: Map<number, DeliveryResult>; vain: number; stopped: LectorError | null };

/** One reading by the predecessor's call. */
export async function saveOld(
  { http, target, clock, offsetAt, headers }: OldCentre,
  place: Pick<LectorRecord, 'nodeId' | 'analyzerId'>,
  reading: OldReading,
): Promise<OldOutcome> {
  const url = target.save(place);
  const request = {
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: oldForm(reading, offsetAt),
  } as const;
  return http.send(request).then(
    (answer): OldOutcome => oldOutcome(answer, reading, { url, now: clock.now(), offsetAt }),
    (failure: LectorError): OldOutcome => ({ kind: 'stopped', failure }),
  );
}

/**
 * Records by the predecessor's call, those of an analyzer one after the other, of several analyzers at once. What has
 * no value has no place in that call, and counts as delivered.
 */
export async function deliverOld(
  centre: OldCentre,
  records: readonly OwedRecord[],
): Promise<readonly DeliveryResult[]> {
  const run: Run = { results: new Map(), vain: 0, stopped: null };
  const groups = [...Map.groupBy(records, ({ record }) => record.analyzerId).values()].values();
  const worker = async () => {
    for (const group of groups) await deliverGroup(centre, group, run);
  };
  await Promise.all(Array.from({ length: CONNECTIONS_MAX }, worker));
  const { results, stopped } = run;
  if (stopped !== null) centre.onStopped?.();
  if (stopped !== null && [...results.values()].every(({ kind }) => kind === 'failed')) throw stopped;
  const failure = toFailure(stopped, 'EXPORT_FAILED');
  return records.map(({ sequence }) => results.get(sequence) ?? { sequence, kind: 'failed', failure });
}

async function deliverGroup(centre: OldCentre, group: readonly OwedRecord[], run: Run): Promise<void> {
  for (const [index, { sequence, record }] of group.entries()) {
    if (run.stopped !== null) return;
    const reading = oldReading(record);
    if (Object.keys(sentValues(reading.values)).length === 0) {
      run.results.set(sequence, { sequence, kind: 'delivered' });
      continue;
    }
    const outcome = await saveOld(centre, record, reading);
    if (outcome.kind === 'unknownAnalyzer') {
      for (const owed of group.slice(index)) run.results.set(owed.sequence, held(owed.sequence, outcome));
      return;
    }
    note(run, sequence, outcome);
  }
}

function oldReading({ end, model, generation, variables }: LectorRecord): OldReading {
  const values = Object.entries(variables).map(([code, each]) => [code, each.values] as const);
  return { end, model, generation, values: Object.fromEntries(values) };
}

const held = (sequence: number, { failure }: Extract<OldOutcome, { kind: 'unknownAnalyzer' }>): DeliveryResult => ({
  sequence,
  kind: 'held',
  forMs: UNKNOWN_ANALYZER_MS,
  failure,
});

function note(run: Run, sequence: number, outcome: Exclude<OldOutcome, { kind: 'unknownAnalyzer' }>): void {
  run.vain = outcome.kind === 'failed' ? run.vain + 1 : 0;
  switch (outcome.kind) {
    case 'delivered':
      run.results.set(sequence, { sequence, kind: 'delivered' });
      return;
    case 'refused':
      run.results.set(sequence, { sequence, kind: 'refused', reason: outcome.reason });
      return;
    case 'failed':
      run.results.set(sequence, { sequence, kind: 'failed', failure: outcome.failure });
      if (run.vain >= VAIN_MAX) {
        const { code, message, facts } = outcome.failure;
        run.stopped ??= new LectorError(code, message, facts);
      }
      return;
    case 'stopped':
      run.stopped ??= outcome.failure;
  }
}
