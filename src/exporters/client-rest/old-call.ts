import { earlierWithSameTime } from '../../domain/dades.ts';
import { type Failure, type LectorError, toFailure } from '../../domain/errors.ts';
import type { OffsetAt } from '../../domain/grid.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { HttpAnswer } from '../../http/client.ts';
import { meaningOf, saidIn, statusFailure } from '../../http/status.ts';
import { classicTime } from '../../protocol/iso-time.ts';

/** What the predecessor's call carries. */
export type OldReading = {
  readonly end: EpochMs;
  readonly model: string;
  readonly generation: number;
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
};

/** What came of one reading. stopped: the others would fare no better now. */
export type OldOutcome =
  | { readonly kind: 'delivered'; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknownAnalyzer'; readonly failure: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'stopped'; readonly failure: LectorError };

/** The values of a reading that the call has a place for: variables without any are left out. */
export function sentValues(values: OldReading['values']): OldReading['values'] {
  return Object.fromEntries(Object.entries(values).filter(([, list]) => list.some((value) => value !== null)));
}

/** The form of the predecessor's call: its three fields, and the instant that its local time cannot tell. */
export function oldForm({ end, model, values }: OldReading, offsetAt: OffsetAt): string {
  return new URLSearchParams({
    DATA_HORA: classicTime(end, offsetAt),
    DATA_HORA_UTC: new Date(end).toISOString().replace('.000Z', 'Z'),
    LECTURA: JSON.stringify(sentValues(values)),
    MODEL: model,
  }).toString();
}

/** The centre marks what it says with `#`; a proxy or a portal that answers in its place does not. */
const isItsOwn = ({ body }: HttpAnswer): boolean => /^\s*\d*#/.test(body);

/** What an answer to the predecessor's call means. */
export function oldOutcome(
  answer: HttpAnswer,
  reading: OldReading,
  o: { readonly url: string; readonly now: EpochMs; readonly offsetAt: OffsetAt },
): OldOutcome {
  const { kind } = meaningOf(answer.status);
  const failure = (words?: string) => statusFailure(answer, o.url, o.now, words);
  const isOwn = isItsOwn(answer);
  if (answer.status === 201 && isOwn) return { kind: 'delivered', isNew: true };
  if (kind === 'success') {
    return { kind: 'stopped', failure: failure('that is not how a centre says that it saved a reading') };
  }
  if (answer.status === 409 && isOwn) return present(answer, reading, o.offsetAt);
  if (answer.status === 400 && isOwn) return { kind: 'refused', reason: failure().message };
  switch (kind) {
    case 'missing':
      return {
        kind: 'unknownAnalyzer',
        failure: toFailure(failure('it does not know the analyzer: add it there, or correct the target')),
      };
    case 'tooLarge':
      return { kind: 'refused', reason: failure().message };
    case 'rejected':
    case 'conflict':
    case 'broken':
      return { kind: 'failed', failure: toFailure(failure()) };
    default:
      return { kind: 'stopped', failure: failure() };
  }
}

/** It has a reading of that local time. Where that time came twice it may be the other one's. */
function present(answer: HttpAnswer, { generation, end }: OldReading, offsetAt: OffsetAt): OldOutcome {
  const said = saidIn(answer);
  const saying = said === '' ? '' : `; ${said}`;
  if (generation > 0) {
    const reason = `the centre has another reading of that time already, from before the clock was put back${saying}`;
    return { kind: 'refused', reason };
  }
  if (earlierWithSameTime(end, offsetAt) > 0) {
    const reason = 'the centre has a reading of that local time already, and keeps one of the hour that comes twice';
    return { kind: 'refused', reason: `${reason}${saying}` };
  }
  return { kind: 'delivered', isNew: false };
}
