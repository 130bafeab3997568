import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type AlarmRule, plainRule } from '../../src/domain/alarm-rules.ts';
import { epochMs } from '../../src/domain/units.ts';
import type { AlarmWire } from '../../src/protocol/alarm-wire.ts';
import { deviceConfig } from '../support/installation.ts';
import { HOUR, MINUTE, meters, runPlant, SECOND } from '../support/plant.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const rule = (when: AlarmRule['when'], change: Partial<AlarmRule> = {}): AlarmRule => ({
  ...plainRule(when),
  ...change,
});
const analyzers = meters([1, 2]);

async function running(alarms: readonly AlarmRule[]) {
  const plant = await runPlant([deviceConfig()], analyzers, { alarms });
  ends.push(() => plant.stop());
  const alarmsNow = () => plant.app.operator.alarms().alarms;
  return {
    ...plant,
    alarmsNow,
    rules: () => alarmsNow().filter((alarm) => alarm.rule !== null),
    said: () =>
      plant.log.lines.filter(({ text }) => text.startsWith('alarm "')).map(({ level, text }) => [level, text]),
  };
}

/** A receiver that answers as it is told, and keeps what it got. */
async function receiver(statuses: readonly number[] = []) {
  const got: AlarmWire[] = [];
  let asked = 0;
  let heard = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.statusCode = statuses[asked] ?? 204;
      asked += 1;
      response.end();
      if (response.statusCode < 300) got.push(JSON.parse(Buffer.concat(pieces).toString()) as AlarmWire);
      heard.resolve();
      heard = Promise.withResolvers();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alarms`;
  const action = { kind: 'webhook', url, secret: null, token: null, caFile: null, timeoutMs: 30_000 } as const;
  return { got, action, asked: () => asked, next: () => heard.promise };
}

describe('a meter that goes silent', () => {
  it('F01 raises an alarm after its minutes, once, and ends it when it answers', async () => {
    const hook = await receiver();
    const plant = await running([rule('silent', { actions: [hook.action] })]);
    await plant.clock.advance(MINUTE);
    plant.app.fault(1, 'silence', 20 * MINUTE);
    await plant.clock.advance(14 * MINUTE);
    expect([plant.rules(), plant.said()]).toEqual([[], []]);
    const raised = hook.next();
    await plant.clock.advance(2 * MINUTE);
    await raised;
    // what is wrong now is there once, with the name of the rule
    expect(plant.alarmsNow()).toMatchObject([{ subject: 'analyzer:1', severity: 'error', rule: 'silent' }]);
    expect(plant.alarmsNow()[0]?.message).toMatch(/^is not read: unit 1 on .* did not answer/);
    expect(plant.app.operator.list().node.alarms).toMatchObject([{ subject: 'analyzer:1', rule: 'silent' }]);
    const cleared = hook.next();
    await plant.clock.advance(10 * MINUTE);
    await cleared;
    expect(plant.said()).toEqual([
      ['error', expect.stringMatching(/^alarm "silent": analyzer 1 \(PM710\) has not been read for 15 min: unit 1 on/)],
      ['info', expect.stringMatching(/^alarm "silent" is over after 2\d min: analyzer 1 \(PM710\)$/)],
    ]);
    expect(hook.got.map(({ event, subject, id }) => [event, subject, id])).toEqual([
      ['raised', 'analyzer:1', hook.got[0]?.id],
      ['cleared', 'analyzer:1', hook.got[0]?.id],
    ]);
    expect(hook.got[0]).toMatchObject({
      ...{ rule: 'silent', when: 'silent', severity: 'error', value: null, limit: null },
      ...{ node: { id: 4, name: 'School' }, analyzer: { id: 1, name: '', location: '' } },
      label: 'analyzer 1 (PM710)',
      message: expect.stringMatching(/^analyzer 1 \(PM710\) has not been read for 15 min/),
      since: expect.stringMatching(/^2026-05-04T10:0\d:\d\d\.\d{3}\+02:00$/),
    });
    expect([plant.rules(), plant.app.operator.list().node.alarms]).toEqual([[], undefined]);
  });

  it('is none while it is paused, and has its minutes when it is resumed', async () => {
    const plant = await running([rule('silent')]);
    await plant.clock.advance(MINUTE);
    plant.app.operator.pause({ kind: 'analyzer', id: 1 }, null);
    plant.app.fault(1, 'silence', 2 * HOUR);
    await plant.clock.advance(30 * MINUTE);
    expect(plant.rules()).toEqual([]);
    plant.app.operator.resume({ kind: 'analyzer', id: 1 });
    await plant.clock.advance(14 * MINUTE);
    expect(plant.rules()).toEqual([]);
    await plant.clock.advance(2 * MINUTE);
    expect(plant.rules()).toHaveLength(1);
    plant.app.operator.stop(1);
    await plant.clock.advance(10 * SECOND);
    expect([plant.rules(), plant.said().at(-1)]).toEqual([
      [],
      ['info', expect.stringMatching(/^alarm "silent" ends after 1\d min: analyzer 1 \(PM710\): it is stopped$/)],
    ]);
  });

  it('is none for a clock that jumps, a machine that slept or a standstill, and a true one is not lost', async () => {
    const plant = await running([rule('silent'), rule('owed')]);
    await plant.clock.advance(MINUTE);
    plant.clock.setWall(epochMs(plant.clock.now() + 3 * HOUR));
    await plant.clock.advance(MINUTE);
    plant.clock.setWall(epochMs(plant.clock.now() - 5 * HOUR));
    await plant.clock.advance(MINUTE);
    plant.clock.stall(HOUR);
    await plant.clock.advance(MINUTE);
    expect(plant.said()).toEqual([]);
    plant.app.fault(1, 'silence', 2 * HOUR);
    await plant.clock.advance(8 * MINUTE);
    plant.clock.setWall(epochMs(plant.clock.now() - 3 * HOUR));
    await plant.clock.advance(8 * MINUTE);
    expect(plant.rules()).toMatchObject([{ rule: 'silent', subject: 'analyzer:1' }]);
  });

  it('goes on over a reload of its rule, is not told again, and ends with the rule', async () => {
    const hook = await receiver();
    const told = rule('silent', { actions: [hook.action], repeatMs: null });
    const plant = await running([told]);
    plant.app.fault(1, 'silence', 3 * HOUR);
    const raised = hook.next();
    await plant.clock.advance(16 * MINUTE);
    await raised;
    await plant.reload({ installation: { alarms: [{ ...told, forMs: 5 * MINUTE }] } });
    await plant.clock.advance(MINUTE);
    expect([plant.said().length, plant.rules().length, hook.asked()]).toEqual([1, 1, 1]);
    const cleared = hook.next();
    await plant.reload({ installation: { alarms: [] } });
    await cleared;
    expect(plant.rules()).toEqual([]);
    expect(hook.got.map(({ event }) => event)).toEqual(['raised', 'cleared']);
    expect(plant.said().at(-1)?.[1]).toMatch(/ends after .*: it is not watched any more$/);
  });
});

describe('whoever is told', () => {
  it('and fails is told again, in order, and nothing else waits', async () => {
    const hook = await receiver([503, 503]);
    const plant = await running([rule('silent', { forMs: MINUTE, actions: [hook.action] })]);
    plant.app.fault(1, 'silence', 3 * MINUTE);
    await plant.clock.advance(2 * MINUTE);
    for (const [number, wait] of [10, 60, 300, 300].entries()) {
      while (hook.asked() < Math.min(3, number + 1)) await hook.next();
      // its answer is here when what is ready has run
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await plant.clock.advance(wait * SECOND);
    }
    while (hook.got.length < 2) await hook.next();
    expect(hook.got.map(({ event }) => event)).toEqual(['raised', 'cleared']);
    expect(hook.asked()).toBe(4);
    expect(plant.good(2).length).toBeGreaterThanOrEqual(70);
  });

  it('as a command gets the alarm on its standard input and in its environment, without a shell', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lector-alarm-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const out = join(folder, 'out');
    const script = join(folder, 'tell');
    const lines = [
      '#!/bin/sh',
      'cat > tmp',
      'echo "$1|$LECTOR_ALARM_EVENT|$LECTOR_ALARM_ANALYZER" >> tmp',
      'mv tmp out',
    ];
    writeFileSync(script, lines.join('\n'));
    chmodSync(script, 0o755);
    const command = { kind: 'command', argv: [script, '$(id); "x"'], folder } as const;
    const plant = await running([rule('silent', { forMs: MINUTE, actions: [command] })]);
    plant.app.fault(2, 'silence', HOUR);
    await plant.clock.advance(2 * MINUTE);
    await expect.poll(() => readFileSync(out, 'utf8'), { timeout: 10_000 }).toContain('|');
    const [json = '', line] = readFileSync(out, 'utf8').split('\n');
    expect(JSON.parse(json)).toMatchObject({ event: 'raised', subject: 'analyzer:2' });
    expect(line).toBe('$(id); "x"|raised|2');
  });
});

describe('values, demand and lines', () => {
  it('a value beyond its limit is an alarm, also between two looks', async () => {
    const plant = await running([
      rule('above', { name: 'volts', variable: 'TPF', limit: 100, clear: 90, analyzers: [1] }),
      rule('below', { name: 'few', variable: 'TPF', limit: 100, clear: 110, analyzers: [1] }),
      rule('demand', { limit: 0.001, analyzers: [2] }),
    ]);
    await plant.clock.advance(16 * MINUTE);
    expect(plant.rules().toSorted((a, b) => a.subject.localeCompare(b.subject))).toMatchObject([
      { rule: 'volts', subject: 'analyzer:1', message: expect.stringMatching(/^TPF is 2\d\d(\.\d+)? V, above 100 V$/) },
      {
        rule: 'demand',
        subject: 'analyzer:2',
        message: expect.stringMatching(/^the mean power of .* kW, above 0.001 kW$/),
      },
    ]);
  });

  it('a line that cannot be opened is one alarm, not two', async () => {
    const endpoint = { type: 'tcp', host: '127.0.0.1', port: 1 } as const;
    const plant = await runPlant([deviceConfig({ endpoint })], meters([1]), {
      alarms: [rule('lineLost'), rule('silent')],
    });
    ends.push(() => plant.stop());
    for (let second = 0; second < 150; second += 1) {
      await plant.clock.advance(SECOND);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const alarms = plant.app.operator.alarms().alarms.filter(({ subject }) => subject === 'device:1');
    expect(alarms).toMatchObject([
      { severity: 'error', rule: 'lineLost', message: expect.stringContaining('is not open: ') },
    ]);
  });
});
