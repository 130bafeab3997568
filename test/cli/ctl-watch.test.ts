import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runCtl } from '../../src/cli/ctl.ts';
import type { Peer, Script } from '../client/fake-server.ts';
import { DEVICE, FAILED, LIST, READING, READING_EVENT, SAMPLES } from '../client/sample-views.ts';
import { asked, ran, serving, testHost } from './ctl-host.ts';

const MAIN = LIST.analyzers[0];

/** A server that answers by samples and calls back when somebody subscribes, or wants a reading at once. */
const live =
  (on: { readonly subscribed?: (peer: Peer) => void; readonly forced?: (news: Peer) => void }): Script =>
  (name, argument, peer) => {
    if (name === 'SUBSCRIBE') {
      subscriber = peer;
      peer.answer(name, SAMPLES.SUBSCRIBE);
      on.subscribed?.(peer);
    } else if (name === 'STATUS') peer.answer(name, argument === '2' ? FAILED : MAIN);
    else {
      peer.answer(name, SAMPLES[name as keyof typeof SAMPLES]);
      if (name === 'FORCEREQ' && subscriber !== null) on.forced?.(subscriber);
    }
  };
let subscriber: Peer | null = null;

const forced = (more: object = {}) => ({ ...READING_EVENT, reading: { ...READING, forced: true, ...more } });

describe('lector ctl readnow', () => {
  it('listens, then asks for a reading, and prints the one that was forced', async () => {
    const server = await serving(
      live({
        forced: (news) => {
          news.push('reading', READING_EVENT);
          news.push('reading', { ...forced({ values: { PAT: [1] } }), id: 7 });
          news.push('reading', forced({ values: { PAT: [13.5] } }));
        },
      }),
    );
    const { code, out, err } = await ran(server.socket, ['readnow', '1']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('1\tPAT\ttotal\t13.5\tkW\t');
    expect(out.trim().split('\n')).toHaveLength(2);
  });

  it('reads all that are read, and waits for each', async () => {
    const pushBoth = (news: Peer) => {
      for (const id of [1, 2]) news.push('reading', { ...forced(), id });
    };
    const server = await serving(live({ forced: pushBoth }));
    const { code, out, err } = await ran(server.socket, ['readnow', 'all', '--json']);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out).map(({ id }: { readonly id: number }) => id)).toEqual([1, 2]);
    expect(asked(server).filter((each) => each.startsWith('FORCEREQ'))).toEqual(['FORCEREQ 1', 'FORCEREQ 2']);
  });

  it('is for analyzers, and says so of a line before anything else', async () => {
    const server = await serving((name, argument, peer, ...rest) => {
      if (name === 'STATUS') peer.answer(name, DEVICE);
      else if (name === 'GETDEFS') peer.refuse(name, 'BAD_ARGUMENT', 'GETDEFS is about an analyzer');
      else live({})(name, argument, peer, ...rest);
    });
    const { code, err } = await ran(server.socket, ['readnow', 'line:1']);
    expect([code, err]).toEqual([2, 'lector: expected the id or name of an analyzer, saw line:1\n']);
  });

  it('asks for nothing before it is sure to hear of it', async () => {
    const asked: string[] = [];
    const server = await serving(async (name, argument, peer, ...rest) => {
      asked.push(name);
      // whoever does not wait has asked for more long before
      if (name === 'SUBSCRIBE') for (let turn = 0; turn < 100; turn++) await setImmediate();
      if (name === 'SUBSCRIBE') asked.push('subscribed');
      live({ forced: (news) => news.push('reading', forced()) })(name, argument, peer, ...rest);
    });
    expect(await ran(server.socket, ['readnow', '1', '--json'])).toMatchObject({ code: 0 });
    expect(asked).toEqual(['SUBSCRIBE', 'subscribed', 'STATUS', 'FORCEREQ']);
  });

  it('prints as JSON the reading that the server pushed', async () => {
    const server = await serving(live({ forced: (news) => news.push('reading', forced()) }));
    const { code, out } = await ran(server.socket, ['readnow', '1', '--json']);
    expect([code, JSON.parse(out)]).toEqual([0, { id: 1, reading: { ...READING, forced: true } }]);
  });

  it('says why a meter gave nothing', async () => {
    const failure = { code: 'LINE_TIMEOUT', message: 'no answer within 1 s' };
    const values = { PAT: [null] };
    const server = await serving(live({ forced: (news) => news.push('reading', forced({ values, failure })) }));
    const { code, out, err } = await ran(server.socket, ['readnow', '1']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'lector: analyzer 1 was not read: no answer within 1 s; "lector ctl why 1" says what happened to it\n',
    );
  });

  it('does not wait any longer for a failed meter that was tried in vain', async () => {
    const again = { ...FAILED, attempt: 8, error: { code: 'LINE_TIMEOUT', message: 'still no answer' } };
    const server = await serving(
      live({
        forced: (news) => {
          news.push('analyzer', { ...FAILED, readings: { good: 0, failed: 1 } });
          news.push('analyzer', { ...FAILED, state: 'connecting' });
          news.push('analyzer', again);
        },
      }),
    );
    const { code, err } = await ran(server.socket, ['readnow', '2']);
    expect([code, err]).toEqual([1, expect.stringMatching(/^lector: analyzer 2 was not read: still no answer; /)]);
  });

  it('gives up after 10 s, or after --timeout, and says how the meter is', async () => {
    for (const [more, ms] of [
      [[], 10_000],
      [['--timeout', '30'], 30_000],
    ] as const) {
      const asking = Promise.withResolvers<void>();
      const server = await serving(live({ forced: () => asking.resolve() }));
      const host = testHost(server.socket);
      const ended = runCtl(['readnow', '2', ...more], host);
      await asking.promise;
      expect(host.timers.map((timer) => timer.ms)).toEqual([ms]);
      host.timers[0]?.callback();
      expect(await ended).toBe(1);
      expect(host.said.err).toContain(`no reading within ${ms / 1000} s; it is failed: no answer within 1 s`);
      expect(host.timers).toEqual([]);
    }
  });

  it('says what the server refuses, and ends although news would go on', async () => {
    const server = await serving((name, argument, peer, ...rest) => {
      if (name === 'FORCEREQ') peer.refuse(name, 'PAUSED', 'analyzer 1 is paused', { hint: 'resume it first' });
      else live({})(name, argument, peer, ...rest);
    });
    const { code, err } = await ran(server.socket, ['readnow', '1']);
    expect([code, err]).toEqual([1, 'lector: analyzer 1 is paused; resume it first\n']);
  });

  it('a server that goes away meanwhile ends it with 3', async () => {
    const server = await serving(live({ forced: (news) => news.cut() }));
    expect(await ran(server.socket, ['readnow', '1'])).toMatchObject({ code: 3, out: '' });
  });
});

describe('lector ctl watch', () => {
  /** Watches until the pattern is printed, then presses Ctrl+C. */
  async function watched(
    on: (peer: Peer) => void,
    argv: readonly string[],
    until: RegExp,
    columns: number | null = null,
  ) {
    const server = await serving(live({ subscribed: on }));
    const host = testHost(server.socket, columns);
    const ended = runCtl(['watch', ...argv], host);
    await host.printed(until);
    host.interrupt();
    return { code: await ended, ...host.said };
  }

  it('prints readings as they come and ends with 0 at Ctrl+C', async () => {
    const { code, out, err } = await watched((peer) => peer.push('reading', READING_EVENT), [], /^2026/m);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(
      'time\tid\tname\tV\tA\tkW\tPF\tnote\n' +
        '2026-11-25T18:05:42.123+01:00\t1\tMain switchboard\t230.12 229.8 231.04\t-\t12.4\t-\t-\n',
    );
  });

  it('is aligned on a terminal', async () => {
    const failure = { code: 'LINE_TIMEOUT', message: 'no answer within 1 s' };
    const on = (peer: Peer) => {
      peer.push('reading', READING_EVENT);
      peer.push('reading', { ...READING_EVENT, id: 2, reading: { ...READING, values: { PAT: [null] }, failure } });
    };
    const wide = await watched(on, [], /no answer/, 120);
    expect(wide.out.split('\n')).toEqual([
      'time      id  name              V                  A                  kW       PF       note',
      '18:05:42   1  Main switchboard  230.1 229.8 231.0  -                  12.40    -        -',
      '18:05:42   2  Pump room         no answer within 1 s',
      '',
    ]);
    const narrow = await watched(on, [], /no answer/, 80);
    expect(narrow.out.split('\n')).toEqual([
      'time      id  name          V               A               kW      PF      note',
      '18:05:42   1  Main switch…  230 230 231     -               12.4    -       -',
      '18:05:42   2  Pump room     no answer within 1 s',
      '',
    ]);
  });

  it('shows the variables and the analyzers that were asked for', async () => {
    const on = (peer: Peer) => {
      peer.push('reading', { ...READING_EVENT, id: 2 });
      peer.push('reading', READING_EVENT);
    };
    const { out } = await watched(on, ['1', '--vars', 'pat,CEA'], /^2026/m);
    expect(out.split('\n').map((line) => line.split('\t').slice(1))).toEqual([
      ['id', 'name', 'pat', 'CEA', 'note'],
      ['1', 'Main switchboard', '12.4', '123456', '-'],
      [],
    ]);
  });

  it('shows three phases, and the total of a meter that gives its phases too', async () => {
    const reading = { ...READING, values: { IPF: [1, 2, 3, 9], PAT: [0.1, 0.2, 0.3, 0.6] } };
    const { out } = await watched((peer) => peer.push('reading', { ...READING_EVENT, reading }), [], /^2026/m);
    expect(out).toContain('\t-\t1 2 3\t0.6\t-\t-\n');
  });

  it.each([['pump ROOM'], ['2'], ['line:1']])('"%s" names analyzer 2', async (target) => {
    const { out } = await watched((peer) => peer.push('reading', { ...READING_EVENT, id: 2 }), [target], /^2026/m);
    expect(out).toContain('\t2\tPump room\t');
  });

  it('says what is to be known of a reading', async () => {
    const reading = {
      ...READING,
      forced: true,
      flags: { PAT: ['implausible'] },
      failure: { code: 'X', message: 'lost' },
    };
    const { out } = await watched((peer) => peer.push('reading', { ...READING_EVENT, reading }), [], /^2026/m);
    expect(out).toMatch(/\tlost; asked for by hand; PAT implausible\n$/);
  });

  it('--json prints a line for each reading', async () => {
    const on = (peer: Peer) => {
      peer.push('reading', READING_EVENT);
      peer.push('analyzer', FAILED);
      peer.push('reading', { ...READING_EVENT, id: 2 });
    };
    const { out } = await watched(on, ['--json'], /"id":2/);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([READING_EVENT, { ...READING_EVENT, id: 2 }]);
  });

  it('says that it was too slow, and how much was left out', async () => {
    const { err } = await watched((peer) => peer.push('lagged', { missed: 12 }), [], /left out/);
    expect(err).toBe('lector: this reader was too slow: 12 readings were left out\n');
  });

  it('waits for a server that goes away, and says so', async () => {
    let count = 0;
    const on = (peer: Peer) => {
      count += 1;
      if (count === 1) peer.cut();
      else peer.push('reading', READING_EVENT);
    };
    const { code, out, err } = await watched(on, [], /^2026/m);
    expect(code).toBe(0);
    expect(err).toMatch(/^lector: [^\n]+; it is tried again, Ctrl\+C ends it\nlector: connected again\n$/);
    expect(out.split('\n').map((line) => line.split('\t')[0])).toEqual([
      'time',
      'time',
      '2026-11-25T18:05:42.123+01:00',
      '',
    ]);
  });

  it('does not wait for a server that is not there to begin with', async () => {
    expect(await ran('/nowhere/lector.sock', ['watch'])).toMatchObject({ code: 3, out: '' });
  });

  it('says which variables nobody is read for, and goes on', async () => {
    const on = (peer: Peer) => peer.push('reading', READING_EVENT);
    const { err, out } = await watched(on, ['1', '--vars', 'pat,XYZ'], /^2026/m);
    expect(err).toBe('lector: nothing is read for XYZ so far; there are TPF, PAT, CEA, FPT\n');
    expect(out).toContain('\tMain switchboard\t12.4\t-\t');
    // of who was not read yet nothing is known
    expect((await watched(on, ['2', '1', '--vars', 'PAT'], /^2026/m)).err).toBe('');
    const unread = (peer: Peer) => peer.push('reading', { ...READING_EVENT, id: 2 });
    expect((await watched(unread, ['2', '--vars', 'XYZ'], /^2026/m)).err).toBe('');
  });

  it('refuses a line that there is not', async () => {
    const server = await serving(live({}));
    const { code, err } = await ran(server.socket, ['watch', 'line:9']);
    expect([code, err]).toEqual([1, 'lector: there is no line 9 with analyzers; there are line:1\n']);
  });

  it('refuses whom there is not', async () => {
    const server = await serving(live({}));
    expect(await ran(server.socket, ['watch', '1', 'Kitchen'])).toEqual({
      code: 1,
      out: '',
      err: 'lector: there is no analyzer "Kitchen"; there are 1 (Main switchboard), 2 (Pump room)\n',
    });
  });
});
