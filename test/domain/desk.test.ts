import { describe, expect, it } from 'vitest';
import {
  type Desk,
  type DeskOutcome,
  deskAdmit,
  deskAnswered,
  deskDrain,
  deskFailed,
  deskHinted,
  deskLeave,
  deskLost,
  deskNoticed,
  deskTake,
  deskWithdraw,
  EMPTY_DESK,
} from '../../src/domain/desk.ts';
import type { ErrorCode, Facts, Failure } from '../../src/domain/errors.ts';
import { type LineRequest, QUEUE_LENGTH_MAX } from '../../src/domain/queue.ts';
import { epochMs, monoMs } from '../../src/domain/units.ts';

const now = monoMs(1_000_000);
const answer = { kind: 'words', words: [1], at: epochMs(0), tookMs: 5 } as const;
const failure = (code: ErrorCode, facts: Facts = {}): Failure => ({ code, message: code, facts });

function request(requestId: number, analyzerId = requestId, deadline = now + 60_000): LineRequest {
  const reserved = { kind: 'registers', unit: analyzerId, function: 3, address: 0, count: 1 } as const;
  const ask = { transaction: reserved, timeoutMs: 1000, reserved };
  return { requestId, analyzerId, unit: analyzerId, ask, deadline: monoMs(deadline) };
}

const admitted = (...requests: readonly LineRequest[]): Desk =>
  requests.reduce((desk, each) => deskAdmit(desk, each, now).desk, EMPTY_DESK);
/** Request numbers with how they were answered. */
const told = ({ replies }: DeskOutcome) =>
  replies.map(({ request: each, reply }) => [
    each.requestId,
    reply.kind === 'failed' ? reply.failure.code : reply.kind,
  ]);

describe('a desk', () => {
  it('prints as JSON whatever it holds', () => {
    const { desk } = deskFailed(deskTake(admitted(request(1), request(2)), now).desk, failure('LINE_TIMEOUT'), now);
    expect(JSON.parse(JSON.stringify(desk))).toEqual(desk);
  });

  it('answers the current request, and only it', () => {
    const { desk } = deskTake(admitted(request(1), request(2)), now);
    expect(told(deskAnswered(desk, answer))).toEqual([[1, 'answered']]);
  });

  it('refuses beyond its length, and what is late already', () => {
    const full = admitted(...Array.from({ length: QUEUE_LENGTH_MAX }, (_, n) => request(n + 1, 1)));
    expect(told(deskAdmit(full, request(99), now))).toEqual([[99, 'QUEUE_FULL']]);
    expect(told(deskAdmit(EMPTY_DESK, request(1, 1, now), now))).toEqual([[1, 'DEADLINE_PASSED']]);
  });

  it('gives up what waited longer than its deadline', () => {
    const desk = admitted(request(1, 1, now + 100), request(2));
    const outcome = deskTake(desk, monoMs(now + 100));
    expect([told(outcome), outcome.desk.current?.requestId]).toEqual([[[1, 'DEADLINE_PASSED']], 2]);
  });

  it('leaves a unit alone after a timeout, and the others not', () => {
    const taken = deskTake(admitted(request(1, 1), request(2, 1), request(3, 3)), now).desk;
    const failed = deskFailed(taken, failure('LINE_TIMEOUT', { quietMs: 500 }), now);
    expect(told(failed)).toEqual([[1, 'LINE_TIMEOUT']]);
    const next = deskTake(failed.desk, now);
    expect(next.desk.current?.requestId).toBe(3);
    const after = deskTake(deskAnswered(next.desk, answer).desk, now).desk;
    expect([after.current, after.waitMs]).toEqual([null, 500]);
    const late = deskNoticed(after, { kind: 'late', unit: 1 }, monoMs(now + 200));
    expect(deskTake(late.desk, monoMs(now + 200)).desk.current?.requestId).toBe(2);
  });

  it('F14 answers everything with the cause when the line is lost', () => {
    const outcome = deskLost(deskTake(admitted(request(1), request(2)), now).desk, failure('LINE_CLOSED'));
    expect(told(outcome)).toEqual([
      [1, 'LINE_CLOSED'],
      [2, 'LINE_CLOSED'],
    ]);
    expect(told(deskAnswered(outcome.desk, answer))).toEqual([]);
  });

  it('F55 what is on the line for one that left answers nobody, not even its successor', () => {
    const { desk } = deskTake(admitted(request(1, 1), request(2, 1), request(3, 3)), now);
    const left = deskLeave(desk, 1);
    expect([told(left), left.desk.attending]).toEqual([[], [3]]);
    const again = deskAdmit(left.desk, request(1, 1), now).desk;
    const [reply] = deskAnswered(again, answer).replies;
    expect(reply?.request.requestId).toBe(0);
    expect(deskTake(deskAnswered(again, answer).desk, now).desk.queue.waiting.map((each) => each.requestId)).toEqual([
      1,
    ]);
  });

  it('takes nothing new while it drains, and finishes what is on the line', () => {
    const outcome = deskDrain(deskTake(admitted(request(1), request(2)), now).desk);
    expect([told(outcome), outcome.desk.current?.requestId]).toEqual([[[2, 'CANCELLED']], 1]);
    expect(told(deskAdmit(outcome.desk, request(3), now))).toEqual([[3, 'CANCELLED']]);
  });

  it('F04 counts what happened by unit', () => {
    const events = [
      { kind: 'crc', unit: 1 },
      { kind: 'crc', unit: 1 },
      { kind: 'timeout', unit: 1 },
      { kind: 'crc', unit: 2 },
    ] as const;
    const desk = events.reduce((each, event) => deskNoticed(each, event, now).desk, EMPTY_DESK);
    expect(desk.counts).toEqual({ 1: { crc: 2, timeout: 1 }, 2: { crc: 1 } });
  });

  it('F08 owes a hint about an echo once', () => {
    const echo = { kind: 'echo', unit: 1 } as const;
    const { desk } = deskNoticed(EMPTY_DESK, echo, now);
    expect(desk.hints.due).toEqual(['echo']);
    expect(deskNoticed(deskHinted(desk), echo, now).desk.hints.due).toEqual([]);
  });

  it("what an analyzer takes off is dropped, and its answer is nobody's; the line stays open for it", () => {
    const { desk } = deskTake(admitted(request(1, 1), request(2, 1), request(3, 2)), now);
    const { desk: after, replies } = deskWithdraw(desk, 1);
    expect([after.current?.requestId, after.queue.waiting.map(({ requestId }) => requestId)]).toEqual([0, [3]]);
    expect([replies, after.attending]).toEqual([[], [1, 2]]);
    expect(deskLeave(desk, 1).desk.attending).toEqual([2]);
  });
});
