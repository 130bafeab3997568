import { safe } from '../domain/safe.ts';
import type { AnalyzerId, DeviceId } from '../domain/units.ts';
import type { Answered, RefusalCode } from '../protocol/operator.ts';

/** Ids that one sentence names; the others are counted. */
const NAMED_MAX = 20;

export const ok = <T>(data: T): Answered<T> => ({ ok: true, data });

/** Why not, and what to do next. */
export const refused = (code: RefusalCode, message: string, hint = ''): Answered<never> => ({
  ok: false,
  error: { code, message, hint },
});

export function noSuchAnalyzer(asked: string, ids: Iterable<AnalyzerId | string>): Answered<never> {
  return refused('NO_SUCH_ANALYZER', `no analyzer ${safe(asked, 40)}; ${thereAre(ids)}`);
}

/** In the word that was asked with: who writes `line:9` knows no device. */
export function noSuchDevice(
  asked: string,
  ids: Iterable<DeviceId>,
  word: 'line' | 'device' = 'line',
): Answered<never> {
  return refused('NO_SUCH_DEVICE', `no ${word} ${safe(asked, 40)}; ${thereAre(ids)}`);
}

/** `there are 1, 2, 3`; `there are 1, 2 and 998 more`; `there are none`. */
export function thereAre(names: Iterable<string | number>): string {
  const all = [...names];
  if (all.length === 0) return 'there are none';
  const more = all.length > NAMED_MAX ? ` and ${all.length - NAMED_MAX} more` : '';
  return `there ${all.length === 1 ? 'is only' : 'are'} ${all.slice(0, NAMED_MAX).join(', ')}${more}`;
}

export const SHUTTING_DOWN = refused('SHUTTING_DOWN', 'the server is being stopped');
