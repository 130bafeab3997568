import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireMosquitto } from '../../support/mosquitto.ts';
import { requireTool } from '../../support/require-tool.ts';
import { broker, clock, ingester, LASTING, publish, publisher, until } from './broker-setup.ts';

const stored = async () => [{ status: 'stored' as const }];
const ingest = { put: stored, onStored: () => () => undefined, close: async () => undefined };

describe.skipIf(!requireMosquitto() || !requireTool('openssl'))('a broker with TLS and passwords', () => {
  it('is used with its authority, user and password, and the password is shown nowhere', async () => {
    const config = [...LASTING.slice(1), 'allow_anonymous false', 'password_file FOLDER/users'];
    const mosquitto = await broker({ tls: true, config, files: { users: '' } });
    const file = join(mosquitto.folder, 'users');
    execFileSync('mosquitto_passwd', ['-b', file, 'centre', 'top-secret-17'], { stdio: 'ignore' });
    mosquitto.signal('SIGHUP');
    await mosquitto.said(/Reloading config/);
    const caFile = join(mosquitto.folder, 'ca.pem');
    const right = { caFile, user: 'centre', password: 'top-secret-17', ingest };
    const one = ingester(mosquitto.url, 'one', right);
    await until(() => one.trouble() === null);
    const ca = [execFileSync('cat', [caFile])];
    const client = await publisher(mosquitto.url, { ca, username: 'centre', password: 'top-secret-17' });
    await publish(client, 0, 5);
    await until(() => one.counts().stored === 5);

    const wrong = ingester(mosquitto.url, 'two', { ...right, password: 'another-secret-3' });
    await until(() => /password is wrong|let this user in|may not do that/.test(wrong.trouble() ?? ''));
    const stranger = ingester(mosquitto.url, 'three', { ingest });
    await until(() => /authority that is not trusted here/.test(stranger.trouble() ?? ''));
    for (const each of [one, wrong, stranger]) expect(each.lines()).not.toMatch(/top-secret|another-secret/);
  });

  it.each([
    ['mqtt://user:secret-9@broker.example', {}, 'do not stand in the URL'],
    ['http://broker.example', {}, 'expected a broker such as'],
    ['mqtt://broker.example', { caFile: '/nowhere.pem' }, 'write mqtts:// in the URL'],
    ['mqtts://broker.example', { caFile: '/nowhere.pem' }, '/nowhere.pem cannot be read'],
    ['mqtts://broker.example', { certFile: '/a.pem' }, 'a certificate and its key go together'],
  ])('%s is refused at once, in words', (url, more, words) => {
    expect(() => ingester(url, 'one', { ...more, ingest })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => ingester(url, 'one', { ...more, ingest })).toThrow(words);
    expect(() => ingester(url, 'one', { ...more, ingest })).not.toThrow('secret-9');
  });
});

describe.skipIf(!requireMosquitto())('two ingesters of one name', () => {
  it('say so, and take the session from each other more and more seldom', async () => {
    const mosquitto = await broker();
    const both = [1, 2].map(() => ingester(mosquitto.url, 'same', { ingest }));
    await until(() => both.some((each) => /is there another ingester of this name/.test(each.trouble() ?? '')));
    const takings = () => mosquitto.log.filter((line) => /Client same already connected/.test(line)).length;
    const [since, before] = [clock.mono(), takings()];
    await until(() => clock.mono() - since > 20_000);
    expect(takings() - before).toBeLessThan(8);
  });

  it('a broker that is not there is tried again, and said once', async () => {
    const one = ingester('mqtt://127.0.0.1:1', 'one', { ingest });
    await until(() => /nothing listens there/.test(one.trouble() ?? ''));
    const since = clock.mono();
    await until(() => clock.mono() - since > 8_000);
    expect(one.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await one.close();
  });
});
