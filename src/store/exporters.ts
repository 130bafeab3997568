import type { Log } from '../domain/ports.ts';
import { decodeJson, encodeJson } from './codec.ts';
import type { Reads } from './environment.ts';
import { EXPORTER_SPAN, exporterKey, outboxEntry, outboxSpan, PARKED_SPAN, parkedKey, spanOf } from './keys.ts';
import { type OutboxSource, OWED_AGAIN, type StoredExporter } from './outbox.ts';
import { highestOf, type Progress } from './progress.ts';
import type { Records } from './records.ts';
import type { Writer } from './writer.ts';

/** Cursors and parked records of every exporter that was ever registered, as the disk has them. */
export function storedExporters(environment: Reads, log: Log): ReadonlyMap<string, StoredExporter> {
  const exporters = new Map<string, Parts>();
  for (const { key, value } of environment.range('root', EXPORTER_SPAN)) {
    const progress = decodeJson<Progress>(value);
    if (progress === null)
      log.error({ exporter: String(key[1]) }, 'the cursors of an exporter are damaged: it starts at now');
    else exporters.set(String(key[1]), { progress, parked: new Map(), again: new Set() });
  }
  for (const { key, value } of environment.range('root', PARKED_SPAN)) {
    const reason = decodeJson<string | typeof OWED_AGAIN>(value) ?? '';
    const exporter = exporters.get(String(key[1]));
    if (reason === OWED_AGAIN) exporter?.again.add(Number(key[2]));
    else exporter?.parked.set(Number(key[2]), reason);
  }
  return exporters;
}

type Parts = { readonly progress: Progress; readonly parked: Map<number, string>; readonly again: Set<number> };

/**
 * Highest sequence ever used. Cursors count: a record that was delivered from memory and never came to disk leaves
 * them beyond the last entry, and its sequence must not be given to another.
 */
export function lastSequenceOf(environment: Reads, exporters: Iterable<StoredExporter>): number {
  const [last] = [...environment.keys('root', { ...outboxSpan(-1), reverse: true, limit: 1 })];
  const cursors = [...exporters].flatMap(({ progress, parked, again }) => [
    highestOf(progress),
    ...parked.keys(),
    ...again,
  ]);
  return cursors.reduce((a, b) => Math.max(a, b), last === undefined ? 0 : outboxEntry(last).sequence);
}

/** The outbox over the entries of `records`, its cursors kept by `writer`. */
export function outboxSource(
  environment: Reads,
  records: Records,
  writer: Writer,
  known: ReadonlyMap<string, StoredExporter>,
): OutboxSource {
  return {
    entries: records.entries,
    load: records.load,
    lastOffered: records.lastOffered,
    stored: (exporterId) => known.get(exporterId) ?? null,
    storedIds: () => [...known.keys()],
    countOf(analyzerId) {
      let count = 0;
      for (const _ of environment.keys('records', spanOf(analyzerId, null, null))) count += 1;
      return count;
    },
    saveProgress: (exporterId, progress) => writer.set(exporterKey(exporterId), encodeJson(progress)),
    saveParked: (exporterId, sequence, reason) =>
      writer.set(parkedKey(exporterId, sequence), reason === null ? null : encodeJson(reason)),
    saved: writer.saved,
  };
}
