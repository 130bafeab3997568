import { safe } from '../../domain/safe.ts';
import { parseRecordLine } from '../ingest/record-line.ts';
import type { CentralRecord } from '../ports.ts';

/** A record that came as a message, or in words why it is none. */
export type RecordMessage =
  | { readonly kind: 'record'; readonly record: CentralRecord }
  | { readonly kind: 'none'; readonly words: string };

const PLACE = /^(\d{1,10})\/(\d{1,10})\/record$/;

/** Reads a message of `<prefix>/<node>/<analyzer>/record`: topic and record must be of the same analyzer. */
export function recordMessage(prefix: string, topic: string, payload: string): RecordMessage {
  const none = (words: string): RecordMessage => ({ kind: 'none', words: `${safe(topic, 100)}: ${words}` });
  const place = PLACE.exec(topic.startsWith(`${prefix}/`) ? topic.slice(prefix.length + 1) : '');
  if (place === null) return none(`expected ${prefix}/<node>/<analyzer>/record`);
  const parsed = parseRecordLine(payload);
  if (!parsed.ok) {
    const [first] = parsed.problems;
    return none(
      `${first?.at ?? 'record'}: expected ${first?.expected ?? 'a record'}, saw ${first?.saw ?? 'another thing'}`,
    );
  }
  const { value: record } = parsed;
  if (record.node === Number(place[1]) && record.analyzer === Number(place[2])) return { kind: 'record', record };
  return none(`it holds a record of analyzer ${record.analyzer} of node ${record.node}`);
}
