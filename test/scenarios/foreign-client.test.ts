import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createForeignNetwork } from '../support/foreign-network.ts';
import { plantXml, SIMULATED, startLector, writePlant } from '../support/lector-process.ts';
import { requireRoot, requireTool } from '../support/require-tool.ts';

const TOKEN = 'c2VjcmV0LW9mLXRoZS1wbGFudC1yb29t';
/** Says what it is given, line by line, each after the answer to the one before, and prints the answers. */
const CLIENT = `
  const [host, port, hello] = process.argv.slice(1);
  const lines = require('node:fs').readFileSync(0, 'latin1').split('\\n').filter((each) => each !== '');
  const socket = require('node:net').connect(Number(port), host, () => socket.write(hello));
  let greeted = false;
  const next = () => (lines.length > 0 ? socket.write(lines.shift() + '\\r') : socket.destroy());
  socket.on('data', (bytes) => {
    if (greeted) process.stdout.write(bytes.toString('latin1').replace(/\\r\\n?/g, '\\n'));
    greeted = true;
    next();
  });
  socket.on('end', () => process.stdout.write('closed\\n'));
`;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

describe.skipIf(![requireTool('ip'), requireRoot()].every(Boolean))('a client from another machine', () => {
  it('F62 looks without a token and commands with it; what is refused is logged once a minute', async (context) => {
    const network = createForeignNetwork(78);
    if (network === null) return context.skip();
    ends.push(network.remove);
    const folder = mkdtempSync(join(tmpdir(), 'lector-far-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'token'), `${TOKEN}\n`, { mode: 0o600 });
    const xml = plantXml([{ id: 1, ...SIMULATED }], [{ id: 1, device: 1 }]);
    writePlant(folder, xml, `[Control]\nhost = ${network.host}\nport = 0\ntoken_file = token`);
    const lector = startLector({ folder, onEnd: (end) => ends.push(end) });
    const listening = await lector.entry(/control/i);
    const port = /10\.213\.78\.1:(\d+)/.exec(listening.msg)?.[1] ?? '';
    await lector.entry(/analyzer 1 .* is read/);
    const tell = (hello: string, ...lines: readonly string[]) =>
      network.run(process.execPath, ['-e', CLIENT, network.host, port, hello], lines.join('\n'));

    const classic = await tell('#$', '$STATUS@1;', '$PAUSE@1;', '$SHUTDOWN;', '$STATUS@1;');
    expect(classic.split('\n').filter((each) => each !== '')).toEqual([
      'STARTED\tCOMM\t',
      'SRV_ERR 5:\tnot allowed',
      'SRV_ERR 5:\tnot allowed',
      'STARTED\tCOMM\t',
    ]);
    const json = async (...lines: readonly string[]) =>
      (await tell('#J', ...lines))
        .split('\n')
        .filter((each) => each.startsWith('{'))
        .map((each) => JSON.parse(each) as { ok: boolean; error?: { code: string }; data?: { access?: string } });
    const bare = await json('$VERSION;', '$PAUSE@1;', '$AUTH@wrong;', '$PAUSE@1;');
    expect(bare.map(({ ok, error }) => error?.code ?? ok)).toEqual([true, 'NOT_ALLOWED', 'WRONG_TOKEN', 'NOT_ALLOWED']);
    expect(bare[0]?.data?.access).toBe('readOnly');
    const known = await json(`$AUTH@${TOKEN};`, '$VERSION;', '$PAUSE@1;', '$RESUME@1;');
    expect(known.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(known[1]?.data?.access).toBe('full');

    const refusals = lector.entries.filter(({ level, msg }) => level === 'warning' && msg.includes(network.from));
    // four commands were refused, and one token
    const [command, token, ...more] = refusals.map(({ msg }) => msg);
    expect(command).toMatch(/PAUSE/);
    expect(token).toMatch(/token/);
    expect(more).toEqual([]);
    expect(lector.entries.some(({ msg }) => msg.includes(TOKEN))).toBe(false);
    const end = await lector.end('SIGTERM');
    expect([end.code, lector.stderr()]).toEqual([0, '']);
  }, 60_000);
});
