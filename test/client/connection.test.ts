import { describe, expect, it } from 'vitest';
import { openComm } from '../../src/client/comm.ts';
import type { LectorError } from '../../src/client/index.ts';
import { placeOf, unreachable } from '../../src/client/place.ts';
import { afterTest } from '../support/afterwards.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { fakeServer, type Peer, type Script } from './fake-server.ts';
import { connectedTo, echo, failure, serving } from './harness.ts';

describe('a server that is not there', () => {
  it('is one sentence: where it was looked for, why, and what starts one', async () => {
    const server = await fakeServer({ script: echo });
    await server.stop();
    const error = await failure(connectedTo({ port: server.port }).list());
    expect([error.code, error.message]).toEqual([
      'NO_SERVER',
      `no Lector server at 127.0.0.1:${server.port}: nobody listens there; "lector serve" starts one`,
    ]);
  });

  it('is told of a socket that does not exist', async () => {
    const error = await failure(connectedTo({ socket: '/nonexistent/lector.sock' }).list());
    expect(error.message).toBe(
      'no Lector server at the socket /nonexistent/lector.sock: there is no such socket; "lector serve" starts one',
    );
  });

  it('is told of a socket that is not for this user, who is not told to start another', () => {
    const place = placeOf({ socket: '/run/lector.sock' });
    const error = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    expect(unreachable(place, error).message).toBe(
      'no Lector server at the socket /run/lector.sock: this user may not use it: be in the group of the server',
    );
  });

  it('is told of a program that listens and says nothing, which did nothing for sure', async () => {
    const server = await serving(echo, { welcome: '' });
    const error = await failure(connectedTo({ port: server.port, timeoutMs: 50 }).pause(1));
    expect([error.code, error.message]).toEqual([
      'SERVER_SILENT',
      `the server at 127.0.0.1:${server.port} did not answer the greeting within 0.05 s: ` +
        'another program may listen there, or it is very busy',
    ]);
  });

  it('is told of another program in its place', async () => {
    const server = await serving(echo, { welcome: 'HTTP/1.1 400 Bad Request\r\n' });
    const error = await failure(connectedTo({ port: server.port }).list());
    expect([error.code, error.message]).toEqual(['NO_SERVER', expect.stringContaining('is another program')]);
    await server.idle();
  });

  it('that says more than its greeting at once is not held for one that answers', async () => {
    const server = await serving(echo, { welcome: 'J#nonsense\r\n' });
    const comm = openComm({ port: server.port, reconnect: true });
    afterTest(() => comm.close());
    await failure(comm.connect());
    expect(comm.isConnected).toBe(false);
    await server.idle();
  });

  it('is looked for again by the next call, which then is answered', async () => {
    const first = await fakeServer({ script: echo });
    const client = connectedTo({ port: first.port });
    await client.list();
    await first.stop();
    expect((await failure(client.list())).code).toBe('NO_SERVER');
    const second = await fakeServer({ script: echo, port: first.port });
    afterTest(() => second.stop());
    expect(await client.ask('LIST')).toEqual({ name: 'LIST', argument: '' });
  });

  it('is not looked for again with reconnect: false', async () => {
    const server = await serving(echo);
    const client = connectedTo({ port: server.port, reconnect: false });
    await client.list();
    server.peers[0]?.cut();
    await server.idle();
    // the first may meet the end of the connection on its way
    await failure(client.list());
    expect((await failure(client.list())).message).toContain('the connection was lost');
    expect(server.peers).toHaveLength(1);
  });
});

describe('a server that is silent', () => {
  it('is told after 2 s, and its late answer is taken for nobody else', async () => {
    const late: (() => void)[] = [];
    const server = await serving((name, argument, peer) => {
      if (peer.number === 1) late.push(() => peer.answer(name, 'late'));
      else peer.answer(name, argument);
    });
    const clock = createSteppedClock();
    const client = connectedTo({ port: server.port }, { clock, random: () => 0 });
    const first = failure(client.status(1));
    await server.asked(1);
    await clock.advance(1999);
    const second = client.ask('STATUS', '2').catch((error: LectorError) => error.code);
    await server.asked(2);
    await clock.advance(1);
    const error = await first;
    expect([error.code, error.message]).toEqual([
      'SERVER_SILENT',
      `the server at 127.0.0.1:${server.port} did not answer STATUS within 2 s`,
    ]);
    expect(await second).toBe('SERVER_SILENT');
    for (const each of late) each();
    expect(await client.ask('STATUS', '3')).toBe('3');
    expect(server.requests.at(-1)).toBe('2 STATUS 3');
  });

  it('is waited for 12 s while a meter is identified, and what is asked behind it is not late', async () => {
    const held: (() => void)[] = [];
    const server = await serving((name, argument, peer) => held.push(() => peer.answer(name, argument)));
    const clock = createSteppedClock();
    const client = connectedTo({ port: server.port }, { clock, random: () => 0 });
    const identified = client.identify(1);
    const status = client.ask('STATUS', '2');
    await server.asked(2);
    await clock.advance(11_900);
    held[0]?.();
    expect(await identified).toBe('1');
    await clock.advance(1900);
    held[1]?.();
    expect(await status).toBe('2');
  });
});

describe('a long answer over a slow way', () => {
  it('is no silence as long as something comes', async () => {
    const { promise, resolve } = Promise.withResolvers<Peer>();
    const server = await serving((_name, _argument, peer) => resolve(peer));
    const clock = createSteppedClock();
    let armed = 0;
    const counting = (fn: () => void, ms: number) => {
      armed += 1;
      return clock.setTimeout(fn, ms);
    };
    const client = connectedTo({ port: server.port }, { clock: { ...clock, setTimeout: counting }, random: () => 0 });
    const list = client.ask('LIST');
    const peer = await promise;
    for (const piece of ['{"ok":true,', '"command":"LIST",', '"data":[1,']) {
      const before = armed;
      peer.write(piece);
      while (armed === before) await new Promise<void>((resolve) => setImmediate(resolve));
      await clock.advance(1900);
    }
    peer.write('2]}\r\n');
    expect(await list).toEqual([1, 2]);
  });
});

describe('a connection that is lost before the answer', () => {
  const cutsFirst: Script = (name, argument, peer) => {
    if (peer.number === 1) peer.cut();
    else peer.answer(name, argument);
  };

  it('asks a question again, by itself', async () => {
    const server = await serving(cutsFirst);
    expect(await connectedTo({ port: server.port }).ask('STATUS', '1')).toBe('1');
    expect(server.requests).toEqual(['1 STATUS 1', '2 STATUS 1']);
  });

  it.each([
    ['PAUSE', '1'],
    ['RELOAD', ''],
    ['SHUTDOWN', ''],
  ])('never repeats %s: it says that nobody knows whether it was done', async (command, argument) => {
    const server = await serving(cutsFirst);
    const error = await failure(connectedTo({ port: server.port }).ask(command, argument));
    expect(error.code).toBe('SERVER_SILENT');
    expect(error.message).toContain(`it is not known whether ${command} was done`);
    expect(server.requests).toEqual([`1 ${command} ${argument}`.trim()]);
  });

  it('asks a question only once more', async () => {
    const server = await serving((_, __, peer) => peer.cut());
    expect((await failure(connectedTo({ port: server.port }).list())).facts.reason).toBe('lost');
    expect(server.requests).toHaveLength(2);
  });
});

describe('an answer to something else', () => {
  it('is not taken, and nothing more is asked on its connection', async () => {
    const server = await serving((name, argument, peer) => peer.answer(peer.number === 1 ? 'LIST' : name, argument));
    const client = connectedTo({ port: server.port });
    const error = await failure(client.status(1));
    expect([error.code, error.facts.reason]).toEqual(['SERVER_SILENT', 'crossed']);
    expect(await client.ask('STATUS', '2')).toBe('2');
    expect(server.requests).toEqual(['1 STATUS 1', '2 STATUS 2']);
  });

  it('that nobody asked for ends the connection', async () => {
    const server = await serving((name, argument, peer) => {
      peer.answer(name, argument);
      if (peer.number === 1) peer.answer(name, 'once more');
    });
    const client = connectedTo({ port: server.port });
    await client.status(1);
    await server.idle();
    expect(await client.ask('STATUS', '2')).toBe('2');
  });
});

describe('a token', () => {
  const guarded: Script = (name, argument, peer) => {
    if (name !== 'AUTH') peer.answer(name, argument);
    else if (argument === 'right') peer.answer(name, {});
    else peer.refuse(name, 'WRONG_TOKEN', 'that token is not known here');
  };

  it('goes first on each connection', async () => {
    const server = await serving(guarded);
    const client = connectedTo({ port: server.port, token: 'right' });
    await Promise.all([client.list(), client.tree()]);
    server.peers[0]?.cut();
    await server.idle();
    await client.list();
    expect(server.requests).toEqual(['1 AUTH right', '1 LIST', '1 TREE', '2 AUTH right', '2 LIST']);
  });

  it('that is wrong is said in words, and nothing else is sent', async () => {
    const server = await serving(guarded);
    const error = await failure(connectedTo({ port: server.port, token: 'wrong' }).pause(1));
    expect([error.code, error.message, error.facts.code]).toEqual([
      'COMMAND_REFUSED',
      'that token is not known here',
      'WRONG_TOKEN',
    ]);
    expect(server.requests).toEqual(['1 AUTH wrong']);
    await server.idle();
  });
});

describe('close', () => {
  it('ends what is under way with CANCELLED, connecting or waiting, and leaves no timer', async () => {
    const server = await serving(() => {});
    const clock = createSteppedClock();
    const client = connectedTo({ port: server.port }, { clock, random: () => 0 });
    const waiting = failure(client.list());
    await server.asked(1);
    const other = connectedTo({ port: server.port }, { clock, random: () => 0 });
    const connecting = failure(other.list());
    client.close();
    other.close();
    expect([(await waiting).code, (await connecting).code]).toEqual(['CANCELLED', 'CANCELLED']);
    expect((await failure(client.list())).code).toBe('CANCELLED');
    expect(clock.pending()).toBe(0);
    await server.idle();
  });
});
