import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientEvent, type ClientOptions, createClient, type LectorClient } from '../../src/client/index.ts';
import { reconnectWaitMs } from '../../src/client/reconnect.ts';
import { createSteppedClock, type SteppedClock } from '../support/stepped-clock.ts';
import { type FakeServer, fakeServer, type Peer, type Script } from './fake-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanups.splice(0).reverse()) await each();
});

type World = { readonly server: FakeServer; readonly client: LectorClient; readonly clock: SteppedClock };

async function world(script: Script, o: ClientOptions = {}): Promise<World> {
  const server = await fakeServer({ script });
  const clock = createSteppedClock();
  const client = createClient({ port: server.port, ...o }, { clock, random: () => 0 });
  cleanups.push(
    () => server.stop(),
    () => client.close(),
  );
  return { server, client, clock };
}

/** Answers SUBSCRIBE with the number of the connection, and pushes at once what `push` says. */
const pushing =
  (push: (peer: Peer) => void = () => {}): Script =>
  (name, argument, peer) => {
    peer.answer(name, { what: argument, connection: peer.number });
    if (name === 'SUBSCRIBE') push(peer);
  };

const text = ({ event, data }: ClientEvent): string => `${event} ${JSON.stringify(data)}`;

/** The next events, as texts. */
async function take(iterator: AsyncIterator<ClientEvent>, count: number): Promise<readonly string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const { done, value } = await iterator.next();
    if (done) return [...seen, 'done'];
    seen.push(text(value));
  }
  return seen;
}

describe('a subscription', () => {
  it('yields the snapshot first, then what is pushed, also what came in one piece with it', async () => {
    const { client, server } = await world(
      pushing((peer) => {
        peer.push('log', { text: 'a' });
        peer.push('lagged', { missed: 3 });
        peer.push('log', { text: 'b' });
      }),
    );
    const events = client.subscribe(['readings', 'frames:1'])[Symbol.asyncIterator]();
    expect(await take(events, 1)).toEqual(['snapshot {"what":"readings,frames:1","connection":1}']);
    expect([...(await take(events, 3))].sort()).toEqual([
      'lagged {"missed":3}',
      'log {"text":"a"}',
      'log {"text":"b"}',
    ]);
    expect(server.requests).toEqual(['1 SUBSCRIBE readings,frames:1']);
  });

  it('keeps what comes in one piece with the snapshot', async () => {
    const { client } = await world((_name, _argument, peer) => {
      const lines = [
        { ok: true, command: 'SUBSCRIBE', data: {} },
        { event: 'log', data: { text: 'a' } },
      ];
      peer.write(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(''));
    });
    const events = client.subscribe(['all'])[Symbol.asyncIterator]();
    expect(await take(events, 2)).toEqual(['snapshot {}', 'log {"text":"a"}']);
  });

  it('ends by break, and its connection with it', async () => {
    const { client, server, clock } = await world(pushing());
    for await (const event of client.subscribe(['all'])) {
      expect(event.event).toBe('snapshot');
      break;
    }
    await server.idle();
    expect(clock.pending()).toBe(0);
  });

  it('ends by its signal, also while it waits for an event', async () => {
    const { client, server, clock } = await world(pushing());
    const stop = new AbortController();
    const events = client.subscribe(['all'], { signal: stop.signal })[Symbol.asyncIterator]();
    await take(events, 1);
    const waiting = take(events, 1);
    stop.abort();
    expect(await waiting).toEqual(['done']);
    await server.idle();
    expect(clock.pending()).toBe(0);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('ends at once with a signal that is over already', async () => {
    const { client, server } = await world(pushing());
    const events = client.subscribe(['all'], { signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    expect(await take(events, 1)).toEqual(['done']);
    await server.idle();
  });

  it('ends by return while it waits, and by close of the client, wherever it is', async () => {
    const { client, server, clock } = await world(pushing());
    const returned = client.subscribe(['all'])[Symbol.asyncIterator]();
    const closed = client.subscribe(['all'])[Symbol.asyncIterator]();
    const connecting = client.subscribe(['all'])[Symbol.asyncIterator]();
    await take(returned, 1);
    await take(closed, 1);
    const waiting = [take(returned, 1), take(closed, 1), take(connecting, 2)];
    await returned.return?.();
    client.close();
    expect((await Promise.all(waiting)).map((each) => each.at(-1))).toEqual(['done', 'done', 'done']);
    await server.idle();
    expect(clock.pending()).toBe(0);
  });

  it('has a connection of its own for each iteration: what one leaves unread keeps nobody waiting', async () => {
    const { client } = await world(pushing());
    const one = client.subscribe(['all']);
    const first = await take(one[Symbol.asyncIterator](), 1);
    const second = await take(one[Symbol.asyncIterator](), 1);
    expect([first, second]).toEqual([
      ['snapshot {"what":"all","connection":1}'],
      ['snapshot {"what":"all","connection":2}'],
    ]);
  });
});

describe('a subscription that loses its server', () => {
  it('says so once, tries again with growing waits, and begins anew with a snapshot', async () => {
    const first = await world(pushing());
    const { port } = first.server;
    const events = first.client.subscribe(['all'])[Symbol.asyncIterator]();
    await take(events, 1);
    await first.server.stop();
    expect(await take(events, 1)).toEqual([
      `disconnected {"message":"the connection to 127.0.0.1:${port} was lost: the server closed it"}`,
    ]);
    const next = take(events, 2);
    // three tries meet nobody
    for (const waitMs of [250, 500, 1000]) {
      expect(first.clock.pending()).toBe(1);
      await first.clock.advance(waitMs);
      await until(() => first.clock.pending() === 1);
    }
    const again = await fakeServer({ script: pushing(), port });
    cleanups.push(() => again.stop());
    await first.clock.advance(1999);
    expect(again.peers).toHaveLength(0);
    await first.clock.advance(1);
    expect(await next).toEqual([
      `disconnected {"message":"no Lector server at 127.0.0.1:${port}: nobody listens there; ` +
        '\\"lector serve\\" starts one"}',
      'snapshot {"what":"all","connection":1}',
    ]);
  });

  it('that has ended leaves no timer, also while it waits for the next try', async () => {
    const { client, server, clock } = await world(pushing());
    await server.stop();
    const events = client.subscribe(['all'])[Symbol.asyncIterator]();
    await take(events, 1);
    await until(() => clock.pending() === 1);
    await events.return?.();
    expect(clock.pending()).toBe(0);
  });

  it('that breaks off keeps no listener on its signal', async () => {
    const { client } = await world(pushing());
    const { signal } = new AbortController();
    for await (const _ of client.subscribe(['all'], { signal })) break;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('finds out within 15 s that a server is silent for ever', async () => {
    const { client, clock, server } = await world((name, argument, peer) => {
      if (name === 'SUBSCRIBE') peer.answer(name, { what: argument, connection: peer.number });
    });
    const events = client.subscribe(['all'])[Symbol.asyncIterator]();
    await take(events, 1);
    await clock.advance(10_000);
    await clock.advance(10_000);
    await server.asked(2);
    await clock.advance(5000);
    expect(await take(events, 1)).toEqual([expect.stringContaining('did not answer VERSION within 5 s')]);
    const next = take(events, 1);
    await clock.advance(250);
    expect(await next).toEqual(['snapshot {"what":"all","connection":2}']);
  });

  it('does not ask whether a server is there that pushes', async () => {
    const { client, clock, server } = await world(pushing());
    const events = client.subscribe(['all'])[Symbol.asyncIterator]();
    await take(events, 1);
    for (let n = 0; n < 5; n += 1) {
      server.peers[0]?.push('log', { n });
      await take(events, 1);
      await clock.advance(10_000);
    }
    expect(server.requests).toEqual(['1 SUBSCRIBE all']);
  });

  it.each(['MAX_CLIENTS', 'SHUTTING_DOWN'])('tries again when it is refused for now: %s', async (code) => {
    const { client, clock } = await world((name, argument, peer, dialect) => {
      if (peer.number === 1) peer.refuse(name, code, 'not now');
      else pushing()(name, argument, peer, dialect);
    });
    const events = client.subscribe(['all'])[Symbol.asyncIterator]();
    expect(await take(events, 1)).toEqual(['disconnected {"message":"not now"}']);
    const next = take(events, 1);
    await clock.advance(250);
    expect(await next).toEqual(['snapshot {"what":"all","connection":2}']);
  });

  it.each(['WRONG_TOKEN', 'BAD_ARGUMENT', 'NO_SUCH_DEVICE'])('throws %s, which stays, and is done', async (code) => {
    const { client, server } = await world((name, _, peer) => peer.refuse(name, code, 'no'));
    const events = client.subscribe(['all'])[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject({ code: 'COMMAND_REFUSED', facts: { code } });
    expect(await take(events, 1)).toEqual(['done']);
    await server.idle();
  });

  it('throws with reconnect: false, after what it had', async () => {
    const { client } = await world(
      pushing((peer) => {
        peer.push('shutdown', { words: 'bye' });
        peer.cut();
      }),
      { reconnect: false },
    );
    const events = client.subscribe(['all'])[Symbol.asyncIterator]();
    await expect(take(events, 3)).rejects.toMatchObject({ code: 'SERVER_SILENT' });
    expect(await take(events, 1)).toEqual(['done']);
  });

  it('throws NO_SERVER at once with reconnect: false where nobody listens', async () => {
    const { client, server } = await world(pushing(), { reconnect: false });
    await server.stop();
    await expect(client.subscribe(['all'])[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'NO_SERVER' });
  });
});

describe('the wait before the next try', () => {
  it.each([
    [1, 0, 250],
    [1, 1, 313],
    [2, 0, 500],
    [5, 0, 4000],
    [6, 0, 8000],
    [6, 1, 10_000],
    [1000, 1, 10_000],
  ])('%i of chance %d is %i ms', (attempt, chance, ms) => {
    expect(reconnectWaitMs(attempt, () => chance)).toBe(ms);
  });
});

/** Settles when `condition` holds, looking again each turn of the event loop: real sockets answer in their own time. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
}
