import type { ErrorCode, Failure } from './errors.ts';

/**
 * What a failed request says. silent, garbled: nothing, or nothing that made sense, came, so it is asked again and then
 * the meter is gone; refused: exceptions 01-03; busy: asked again; behind: a gateway does not reach the meter; line:
 * there is no line; turnedAway: it was never asked, which says nothing about the meter.
 */
export type FailureClass = 'silent' | 'garbled' | 'refused' | 'busy' | 'behind' | 'line' | 'turnedAway';

const CLASS: Partial<Record<ErrorCode, FailureClass>> = {
  LINE_TIMEOUT: 'silent',
  FRAME_CRC: 'garbled',
  FRAME_TRUNCATED: 'garbled',
  FRAME_MALFORMED: 'garbled',
  LINE_CLOSED: 'line',
  LINE_OPEN_FAILED: 'line',
  LINE_WRITE_BLOCKED: 'line',
  LINE_NOISY: 'line',
  DEVICE_REFUSED: 'refused',
  DEVICE_BUSY: 'busy',
};

/** Exceptions by which a gateway says that there is no way to the meter, or no answer from it. */
const GATEWAY_EXCEPTIONS: readonly unknown[] = [0x0a, 0x0b];

export function classOf(failure: Failure): FailureClass {
  if (failure.code === 'DEVICE_BUSY' && GATEWAY_EXCEPTIONS.includes(failure.facts.exception)) return 'behind';
  return CLASS[failure.code] ?? 'turnedAway';
}

/** Whether the same request may succeed when it is asked again at once. */
export const isWorthAskingAgain = (kind: FailureClass): boolean =>
  kind === 'silent' || kind === 'garbled' || kind === 'busy' || kind === 'behind';
