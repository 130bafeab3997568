import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connect } from './raw-client.ts';
import { startControl } from './running-control.ts';

describe('F62 those from elsewhere', () => {
  /** The address is injected at the port: what a socket says of its peer. Each connection takes the next. */
  const from = (...addresses: readonly string[]) => {
    let n = 0;
    return (_socket: Socket): string => addresses[n++ % addresses.length] ?? '';
  };

  it('F62 a classic client from elsewhere may look and not command', async () => {
    const { classic, plant, log } = await startControl({ addressOf: from('10.0.0.7') });
    const client = await classic();
    client.send('$GETID@1;\r$PAUSE@1;\r$SHUTDOWN;\r$RELOAD;\r$IDENT@1;\r$STARTALL;\r$FORCEREQ@9;\r$STATUS@1;\r');
    expect(await client.line()).toBe('Meter number 1  ');
    for (let n = 0; n < 6; n += 1) expect(await client.line()).toBe('SRV_ERR 5:\tnot allowed');
    expect(await client.line()).toBe('STARTED\tCOMM\t');
    expect(plant.done).toEqual([]);
    expect(log.matching(/was refused/).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^PAUSE from 10\.0\.0\.7 was refused; /),
    ]);
  });

  it('F62 a JSON client from elsewhere commands after its token, and is told so before', async () => {
    const { json, plant } = await startControl({ addressOf: from('::ffff:10.0.0.7'), tokens: ['secret'] });
    const client = await json();
    client.send('$VERSION;\r$PAUSE@1;\r$AUTH@Secret;\r$AUTH@secret;\r$VERSION;\r$PAUSE@1;\r');
    expect(await client.json()).toMatchObject({ data: { access: 'readOnly' } });
    const message = '10.0.0.7 may look, not command: PAUSE is not allowed';
    expect(await client.json()).toMatchObject({ ok: false, error: { code: 'NOT_ALLOWED', message } });
    expect(await client.json()).toMatchObject({ ok: false, error: { code: 'WRONG_TOKEN' } });
    expect(await client.json()).toMatchObject({ ok: true, command: 'AUTH', data: { access: 'full' } });
    expect(await client.json()).toMatchObject({ data: { access: 'full' } });
    expect(await client.json()).toMatchObject({ ok: true, command: 'PAUSE' });
    expect(plant.done).toEqual(['pause analyzer 1 ']);
  });

  it('F62 an address in trust commands without a token, in both dialects; its neighbour does not', async () => {
    const addressOf = from('10.0.0.7', '10.0.0.7', '10.0.1.7');
    const { json, classic, plant } = await startControl({ addressOf, settings: { trust: ['10.0.0.0/24'] } });
    const [trusted, modern, other] = [await classic(), await json(), await classic()];
    trusted.send('$PAUSE@1;\r');
    expect(await trusted.line()).toBe('PAUSED');
    modern.send('$RESUME@1;\r');
    expect(await modern.json()).toMatchObject({ ok: true });
    other.send('$PAUSE@2;\r');
    expect(await other.line()).toBe('SRV_ERR 5:\tnot allowed');
    expect(plant.done).toEqual(['pause analyzer 1 ', 'resume analyzer 1']);
  });

  it('F62 the fifth wrong token closes', async () => {
    const { json } = await startControl({ addressOf: from('10.0.0.7'), tokens: ['secret'] });
    const client = await json();
    client.send('$AUTH@wrong;\r'.repeat(5));
    client.send('$AUTH@secret;\r');
    for (let n = 0; n < 5; n += 1) expect(await client.json()).toMatchObject({ error: { code: 'WRONG_TOKEN' } });
    expect(await client.rest()).toBe('');
  });

  it('F62 there are eight places for an address, and those of this machine keep theirs', async () => {
    const addressOf = (socket: Socket): string => ((socket.remotePort ?? 0) > 0 ? '10.0.0.7' : '');
    const { classic, dial, socket } = await startControl({ addressOf });
    for (let n = 0; n < 8; n += 1) {
      const client = await classic();
      client.send('$GETID@1;\r');
      await client.line();
    }
    const ninth = await dial();
    ninth.send('#$$GETID@1;\r');
    expect(await ninth.rest()).toBe('$#MAX_CLIENTS\rDISCONNECTED!\r');
    const here = await connect({ path: socket });
    here.send('#$$PAUSE@1;\r$QUIT;\r');
    expect(await here.rest()).toBe('$#PAUSED\rDISCONNECTED!\r');
  });
});
