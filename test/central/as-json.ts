import { answered, narrowed } from '../../src/central/history/answer-text.ts';
import type { History } from '../../src/central/ports.ts';

/** What a history that gives records gives as JSON. */
export function asJson(records: History['records']): History['recordsAsJson'] {
  return async function* (query, { codes, offsetAt, allGenerations }) {
    for await (const record of records(query, allGenerations)) {
      yield JSON.stringify(answered(narrowed(record, codes), offsetAt));
    }
  };
}
