import { describe, expect, it } from 'vitest';
import { encodeCvmAnswer, encodeCvmRequest } from '../../../drivers/cvm/frames.ts';
import type { Ask } from '../../../src/domain/transaction.ts';
import {
  answerOf,
  ask,
  BAUD,
  CHAR_MS,
  createBus,
  dataOf,
  GAP_MS,
  goodAnswer,
  openBus,
  requestText,
  TIMEOUT_MS,
} from './cvm-bus.ts';

describe('asking over a CVM link', () => {
  it('begins with the reserved command, and answers with the data, its instant and its time', async () => {
    const bus = await openBus();
    const began = bus.clock.now();
    const answer = await bus.transact(ask(3, 'RVI'));
    expect(bus.sent()).toBe('3VER 3RVI');
    expect(answer).toMatchObject({ kind: 'text', text: dataOf(3, 'RVI', 2) });
    expect(answer.at).toBeGreaterThan(began + 20);
    const theory = 20 + 42 * CHAR_MS;
    expect(answer.tookMs).toBeGreaterThanOrEqual(theory - 2);
    expect(answer.tookMs).toBeLessThan(theory + 5);
    expect(bus.events).toEqual([]);
  });

  it('the reserved command that was asked for is not sent twice', async () => {
    const bus = await openBus();
    expect(await bus.transact(ask(3, 'VER'))).toMatchObject({ text: 'CVMK unit 3 v3' });
    await bus.transact(ask(3, 'RVI'));
    expect(bus.sent()).toBe('3VER 3RVI');
  });

  it('a meter without VER has RHI reserved, and its frequency is asked once', async () => {
    const bus = await openBus();
    await bus.transact(ask(3, 'RVI', 'RHI'));
    await bus.transact(ask(3, 'RHI', 'RHI'));
    expect(await bus.transact(ask(3, 'RHI', 'RHI'))).toMatchObject({ text: dataOf(3, 'RHI', 5) });
    expect(bus.sent()).toBe('3RHI 3RVI 3RHI 3RVI 3RHI');
  });

  it('between two answers of one length the reserved command is sent by itself', async () => {
    const bus = await openBus();
    for (const name of ['RVI', 'RPI', 'RFI', 'RAI', 'RAI'] as const) await bus.transact(ask(3, name));
    expect(bus.sent()).toBe('3VER 3RVI 3VER 3RPI 3RFI 3RAI 3VER 3RAI');
  });

  it('what is between two units needs no separation: their answers say who they are', async () => {
    const bus = await openBus();
    for (const unit of [3, 4, 3, 4]) await bus.transact(ask(unit, 'RFI'));
    await bus.transact(ask(3, 'RVI'));
    expect(bus.sent()).toBe('3VER 3RFI 4VER 4RFI 3VER 3RFI 4VER 4RFI 3RVI');
  });

  it('begins with the reserved command again after the line was opened again', async () => {
    const bus = await openBus();
    await bus.transact(ask(3, 'RVI'));
    await bus.link.close();
    await bus.link.open();
    await bus.transact(ask(3, 'RFI'));
    expect(bus.sent()).toBe('3VER 3RVI 3VER 3RFI');
  });

  it('keeps a silence of 3.5 characters and the gap before each request', async () => {
    const bus = await openBus();
    for (const name of ['RVI', 'RFI', 'RVI', 'RFI'] as const) await bus.transact(ask(3, name));
    const { written } = bus.line;
    for (const [n, { at, bytes }] of written.entries()) {
      const before = written[n - 1];
      if (before === undefined) continue;
      const answerLength = answerOf(before.bytes, n).length;
      const silence = at - (before.at + 20 + (answerLength - 1) * CHAR_MS);
      expect(silence, String(bytes)).toBeGreaterThanOrEqual((3.5 * 11 * 1_000) / BAUD + GAP_MS);
      // the end of a text is only known when nothing follows
      const slack = requestText(before.bytes) === '3VER' ? 4 * CHAR_MS + 3 : 4;
      expect(silence).toBeLessThan((3.5 * 11 * 1_000) / BAUD + GAP_MS + slack);
    }
  });

  it('reads a whole answer in few pieces', async () => {
    const bus = await openBus();
    await bus.transact(ask(3, 'VER'));
    const before = bus.line.counts.reads;
    await bus.transact(ask(3, 'RVI'));
    expect(bus.line.counts.reads - before).toBeLessThanOrEqual(4);
  });

  it('shows every frame that passes', async () => {
    const bus = await openBus();
    await bus.transact(ask(3, 'VER'));
    expect(bus.frames.map(({ direction }) => direction)).toEqual(['request', 'answer']);
    expect(bus.frames.map(({ bytes }) => bytes)).toEqual([
      encodeCvmRequest(3, 'VER'),
      encodeCvmAnswer(3, 'CVMK unit 3 v3'),
    ]);
  });

  it.each([
    ['a Modbus request', { kind: 'serverId', unit: 3 }, 'PROFILE_INVALID'],
    ['a command that writes', { kind: 'cvm', unit: 3, command: 'WCL', length: 3 }, 'PROFILE_INVALID'],
    ['another unit than the reserved one', { kind: 'cvm', unit: 4, command: 'RVI', length: 36 }, 'PROFILE_INVALID'],
  ] as const)('%s is refused before anything is sent', async (_, transaction, code) => {
    const bus = await openBus();
    const asked: Ask = { ...ask(3, 'VER'), transaction };
    expect(await bus.fails(asked)).toMatchObject({ code });
    expect(bus.sent()).toBe('');
  });

  it('a unit that cannot be addressed is refused before anything is sent', async () => {
    const bus = await openBus();
    expect(await bus.fails(ask(100, 'VER'))).toMatchObject({ code: 'DEVICE_REFUSED' });
    expect(bus.sent()).toBe('');
  });

  it('carries one request at a time', async () => {
    const bus = await openBus();
    const first = bus.link.transact(ask(3, 'VER'));
    await expect(bus.link.transact(ask(4, 'VER'))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await bus.clock.settle(first);
  });

  it('runs over TCP, where bytes take no time of ours', async () => {
    const bus = createBus({ baud: null });
    bus.line.answer((request, n) => [{ afterMs: 5, bytes: answerOf(request, n) }]);
    await bus.link.open();
    expect(await bus.transact(ask(3, 'RVI'))).toMatchObject({ text: dataOf(3, 'RVI', 2) });
  });
});

describe('a CVM link whose line goes', () => {
  it('F14 rejects the request in flight at once, and tells it once', async () => {
    const bus = await openBus();
    bus.line.answer(() => []);
    const asked = bus.link.transact(ask(3, 'VER')).catch((error) => error);
    await bus.clock.advance(100);
    bus.line.lose();
    await bus.clock.advance(0);
    expect(await asked).toMatchObject({ code: 'LINE_CLOSED' });
    expect(bus.lost).toHaveLength(1);
    expect(bus.kinds()).toEqual(['lost 3']);
    expect(await bus.fails(ask(3, 'VER'))).toMatchObject({ code: 'LINE_CLOSED' });
    expect(bus.lost).toHaveLength(1);
  });

  it('F14 notices the loss while idle, and works after the next opening', async () => {
    const bus = await openBus();
    bus.line.lose();
    await bus.clock.advance(0);
    expect(bus.lost).toHaveLength(1);
    await bus.link.open();
    expect(await bus.transact(ask(3, 'RVI'))).toMatchObject({ text: dataOf(3, 'RVI', 2) });
  });

  it('close() rejects the request in flight, is no loss, and leaves no timer', async () => {
    const bus = await openBus();
    bus.line.answer(() => []);
    const asked = bus.link.transact(ask(3, 'VER')).catch((error) => error);
    await bus.clock.advance(100);
    await bus.link.close();
    await bus.link.close();
    expect(await asked).toMatchObject({ code: 'LINE_CLOSED' });
    expect([bus.lost, bus.clock.pending()]).toEqual([[], 0]);
    await expect(bus.link.transact(ask(3, 'VER'))).rejects.toMatchObject({ code: 'LINE_CLOSED' });
  });

  it("an opening that fails is the line's own failure", async () => {
    const bus = createBus();
    bus.line.refuseOpen(true);
    await expect(bus.link.open()).rejects.toMatchObject({ code: 'LINE_OPEN_FAILED' });
    bus.line.refuseOpen(false);
    await bus.link.open();
    await bus.transact(ask(3, 'VER'));
  });

  it('F17 a write that is blocked is told as that', async () => {
    const bus = await openBus();
    bus.line.blockWrites(true);
    expect(await bus.fails(ask(3, 'VER'))).toMatchObject({ code: 'LINE_WRITE_BLOCKED' });
    bus.line.blockWrites(false);
    bus.line.answer(goodAnswer);
    expect(await bus.transact(ask(3, 'RVI', 'VER', TIMEOUT_MS))).toMatchObject({ kind: 'text' });
  });
});
