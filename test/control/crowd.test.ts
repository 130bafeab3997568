import { describe, expect, it } from 'vitest';
import type { RawClient } from './raw-client.ts';
import { startControl } from './running-control.ts';

const pass = () => new Promise<void>((resolve) => setImmediate(resolve));

async function settlesAt(count: number, now: () => number): Promise<void> {
  for (let n = 0; n < 2_000 && now() > count; n += 1) await pass();
  expect(now()).toBeLessThanOrEqual(count);
}

describe('F58 what never ends a line', () => {
  it.each([
    ['#$', 'FORMAT_ERROR\rDISCONNECTED!\r'],
    ['#J', '"code":"FORMAT_ERROR"'],
  ])('F58 64 MB without an end after %s are refused at the limit; memory stays flat', async (hello, words) => {
    const { dial, classic } = await startControl();
    const client = await dial();
    client.send(hello);
    await client.take(2);
    const chunk = Buffer.alloc(256 * 1024, '$GETVARS@1');
    const before = process.memoryUsage().rss;
    let sent = 0;
    for (; sent < 256 && !client.isClosed; sent += 1) {
      if (client.socket.write(chunk)) continue;
      await new Promise<void>((resolve) => client.socket.once('drain', resolve).once('close', () => resolve()));
    }
    expect(await client.rest()).toContain(words);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    const other = await classic();
    other.send('$GETID@1;\r');
    expect(await other.line()).toBe('Meter number 1  ');
  });

  it('F58 one long line is one error, and the next line is served', async () => {
    const { classic } = await startControl();
    const client = await classic();
    client.send(`${'$GETVARS@1'.repeat(5_000)};\r$GETID@1;\r`);
    expect(await client.line()).toBe('FORMAT_ERROR');
    expect(await client.line()).toBe('Meter number 1  ');
  });

  it('F58 64 MB instead of a hello are not read', async () => {
    const { dial } = await startControl();
    const client = await dial();
    client.send(Buffer.alloc(1024 * 1024, 'x'));
    expect(await client.rest()).toBe('');
  });
});

describe('F59 those who connect and say nothing', () => {
  it('F59 500 slow clients keep nobody out, whether silent, slow at the hello or within a command', async () => {
    const running = await startControl();
    const legitimate = await running.classic();
    legitimate.send('$GETID@1;\r');
    await legitimate.line();
    const slow: RawClient[] = [];
    for (let n = 0; n < 500; n += 1) {
      const client = await running.dial();
      client.send(['', '#', '#$$GET', '#J$LI'][n % 4] ?? '');
      slow.push(client);
      if (n % 50 !== 0) continue;
      // an old acquaintance and a newcomer are served as ever
      legitimate.send('$GETID@2;\r');
      expect(await legitimate.line()).toBe('Meter number 2  ');
      const newcomer = await running.json();
      newcomer.send('$VERSION;\r');
      expect(await newcomer.json()).toMatchObject({ ok: true });
    }
    await Promise.all(slow.slice(0, 200).map(({ closed }) => closed));
    // 256 in all, and 11 of them have spoken
    await settlesAt(256 - 11, () => slow.filter(({ isClosed }) => !isClosed).length);
  });

  it('F59 where all 256 have spoken the next is told so, in both dialects, and closed', async () => {
    const { dial, classic, log } = await startControl();
    const all: RawClient[] = [];
    for (let n = 0; n < 256; n += 1) {
      const client = await classic();
      client.send('$GETID@1;\r');
      await client.line();
      all.push(client);
    }
    const next = await dial();
    next.send('#$');
    expect(await next.take(2)).toBe('$#');
    next.send('$GETID@1;\r$GETID@1;\r');
    expect(await next.rest()).toBe('MAX_CLIENTS\rDISCONNECTED!\r');
    const other = await dial();
    other.send('#J$VERSION;\r');
    await other.take(2);
    expect(await other.json()).toMatchObject({
      ok: false,
      command: 'VERSION',
      error: { code: 'MAX_CLIENTS', message: 'there are 256 clients already' },
    });
    await other.closed;
    expect(log.matching(/a client from 127.0.0.1 was refused: there are 256 clients already/)).toHaveLength(1);
    all[0]?.socket.destroy();
    await all[0]?.closed;
    await pass();
    const late = await classic();
    late.send('$GETID@3;\r');
    expect(await late.line()).toBe('Meter number 3  ');
  });

  it('F59 those without a place are bounded too', async () => {
    const { dial, classic } = await startControl();
    for (let n = 0; n < 256; n += 1) {
      const client = await classic();
      client.send('$GETID@1;\r');
      await client.line();
    }
    const refused: RawClient[] = [];
    for (let n = 0; n < 100; n += 1) refused.push(await dial());
    await Promise.all(refused.slice(0, 36).map(({ closed }) => closed));
    expect(refused.filter(({ isClosed }) => !isClosed)).toHaveLength(64);
  });
});
