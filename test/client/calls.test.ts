import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LectorClient } from '../../src/client/index.ts';
import { afterTest } from '../support/afterwards.ts';
import { connectedTo, echo, failure, serving } from './harness.ts';

describe('a call', () => {
  const calls: readonly [string, (client: LectorClient) => Promise<unknown>][] = [
    ['VERSION', (client) => client.version()],
    ['LIST', (client) => client.list()],
    ['STATUS 1', (client) => client.status(1)],
    ['STATUS line:1', (client) => client.status('line:1')],
    ['GETID 1', (client) => client.identification(1)],
    ['GETVARS Main switchboard', (client) => client.vars('Main switchboard')],
    ['GETDEFS 1', (client) => client.defs(1)],
    ['GETSTATUS 1', (client) => client.meterStatus(1)],
    ['GETCONF', (client) => client.conf()],
    ['HISTORY 1:PAT:3600', (client) => client.history(1, 'PAT', 3600)],
    ['RECORDS 1', (client) => client.records(1)],
    ['RECORDS 1:5', (client) => client.records(1, 5)],
    ['TREE', (client) => client.tree()],
    ['WHY line:1', (client) => client.why('line:1')],
    ['OWED', (client) => client.owed()],
    ['PARKED', (client) => client.parked()],
    ['PARKED clientRest:https://centre', (client) => client.parked('clientRest:https://centre')],
    ['RETRY mqtt', (client) => client.retry('mqtt')],
    ['ALARMS', (client) => client.alarms()],
    ['LINES', (client) => client.lines()],
    ['START 1', (client) => client.start(1)],
    ['STARTALL', (client) => client.startAll()],
    ['STOP 1', (client) => client.stop(1)],
    ['PAUSE 1', (client) => client.pause(1)],
    ['PAUSE Cuina-é:600', (client) => client.pause('Cuina-é', 600)],
    ['RESUME line:1', (client) => client.resume('line:1')],
    ['FORCEREQ 1', (client) => client.readNow(1)],
    ['IDENT 1', (client) => client.identify(1)],
    ['RELOAD', (client) => client.reload()],
    ['RELOAD plan', (client) => client.reload({ plan: true })],
    ['SHUTDOWN', (client) => client.shutdown()],
    ['FAULT 1:late:30', (client) => client.fault(1, 'late', 30)],
    ['HELP', (client) => client.help()],
    ['STATUS 7', (client) => client.ask('STATUS', '7')],
  ];

  it.each(calls)('sends $%s and resolves with the data of its answer', async (request, call) => {
    const server = await serving(echo);
    const [name, ...argument] = request.split(' ');
    expect(await call(connectedTo({ port: server.port }))).toEqual({ name, argument: argument.join(' ') });
    expect(server.requests).toEqual([`1 ${request}`]);
  });

  it("tells the server's clock as of the last answer; null where there was none, or it does not tell", async () => {
    const times = ['2026-11-25T18:05:42.000+01:00', '2026-11-25T18:05:43.000+01:00', 'noon'];
    const server = await serving((name, _argument, peer) => peer.answer(name, {}, times.shift()));
    const client = connectedTo({ port: server.port });
    expect(client.answeredAt).toBeNull();
    const seen: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      await client.alarms();
      seen.push(client.answeredAt);
    }
    expect(seen).toEqual(['2026-11-25T18:05:42.000+01:00', '2026-11-25T18:05:43.000+01:00', null, null]);
  });

  it('does not wait for the one before: many share a connection, each gets its own answer', async () => {
    const held: (() => void)[] = [];
    const server = await serving((name, argument, peer) => {
      held.push(() => peer.answer(name, argument));
      if (held.length === 200) for (const each of held) each();
    });
    const client = connectedTo({ port: server.port });
    const ids = Array.from({ length: 200 }, (_, n) => n);
    expect(await Promise.all(ids.map((id) => client.vars(id)))).toEqual(ids.map(String));
    expect(server.peers).toHaveLength(1);
  });

  it('takes answers in any pieces, several at once and with accents cut in two', async () => {
    const server = await serving((name, argument, peer) => {
      const line = Buffer.from(`${JSON.stringify({ ok: true, command: name, data: `é€😀 ${argument}` })}\r\n`);
      for (const byte of line) peer.write(Buffer.from([byte]));
    });
    const client = connectedTo({ port: server.port });
    expect(await Promise.all([client.ask('STATUS', '1'), client.ask('LIST')])).toEqual(['é€😀 1', 'é€😀 ']);
  });

  it('works over a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lector-client-'));
    afterTest(() => rmSync(folder, { recursive: true }));
    await serving(echo, { path: join(folder, 's.sock') });
    const client = connectedTo({ socket: join(folder, 's.sock') });
    expect(await client.ask('VERSION')).toEqual({ name: 'VERSION', argument: '' });
  });

  it('that is refused carries code, hint and details of the server', async () => {
    const server = await serving((name, _, peer) =>
      peer.refuse(name, 'CONFIG_INVALID', 'config.xml has 2 problems', { hint: 'mend them', details: ['a', 'b'] }),
    );
    const error = await failure(connectedTo({ port: server.port }).reload());
    expect([error.code, error.message, error.facts]).toEqual([
      'COMMAND_REFUSED',
      'config.xml has 2 problems',
      { code: 'CONFIG_INVALID', hint: 'mend them', details: 'a\nb' },
    ]);
  });

  it.each([
    ['STATUS', '1;$SHUTDOWN', 'may not hold ";"'],
    ['STATUS', '1\r$SHUTDOWN', 'may not hold ";"'],
    ['STATUS', 'x'.repeat(4100), 'too long'],
    ['STA TUS', '1', 'a command is a word, not "STA TUS"'],
  ])('%s with an argument that would be another request is not sent', async (command, argument, words) => {
    const server = await serving(echo);
    const error = await failure(connectedTo({ port: server.port }).ask(command, argument));
    expect([error.code, error.message]).toEqual(['USAGE', expect.stringContaining(words)]);
    expect(server.requests).toEqual([]);
  });
});
