import { describe, expect, it } from 'vitest';
import { DEFAULT_ALARMS } from '../../src/domain/alarm-rules.ts';
import { planReload } from '../../src/domain/reload.ts';
import { analyzer, load, loaded, plant, sentences, simulated } from './sample.ts';

const TWO = `${analyzer()}\n${analyzer({ attributes: 'id="2" device="1"', codes: ['TPF', 'PAT'] })}`;
const withAlarms = (alarms: string) => {
  const text = plant({ devices: simulated(), analyzers: TWO });
  return load(text.replace('</configuracio>', `\n${alarms}</configuracio>`));
};
const rulesOf = (alarms: string) => loaded(withAlarms(alarms)).alarms;
const written = (alarms: string) => rulesOf(`<alarms>${alarms}</alarms>`).filter(({ isDefault }) => !isDefault);

describe('rules of alarms', () => {
  it('are the ones on by default where the file has none, and they only tell', () => {
    const rules = rulesOf('');
    expect(rules).toEqual(DEFAULT_ALARMS);
    expect(rules.map(({ when }) => when)).toEqual(['silent', 'lineLost', 'diskLow', 'frozen', 'owed']);
    expect(rules.flatMap(({ actions }) => actions)).toEqual([]);
  });

  it('are none with defaults="no"', () => expect(rulesOf('<alarms defaults="no"/>')).toEqual([]));

  it.each([
    ['<alarm when="silent" for="1h"/>', { when: 'silent', name: 'silent', forMs: 3_600_000, severity: 'error' }],
    ['<alarm when="SILENT" analyzers="1-2"/>', { when: 'silent', analyzers: [1, 2], forMs: 900_000 }],
    [
      '<alarm when="above" name="volts" variable="TPF" limit="253" clear="250" for="30s" value="2"/>',
      { name: 'volts', variable: 'TPF', limit: 253, clear: 250, forMs: 30_000, index: 1, severity: 'warning' },
    ],
    ['<alarm when="below" variable="PAT" limit="-1.5"/>', { limit: -1.5, clear: -1.5, name: 'below PAT' }],
    ['<alarm when="demand" limit="120"/>', { limit: 120, demandMs: 900_000 }],
    ['<alarm when="demand" limit="120" interval="recording"/>', { demandMs: null }],
    ['<alarm when="diskLow" limit="500 MB"/>', { disk: { percent: null, mostBytes: 500_000_000 } }],
    ['<alarm when="diskLow" limit="2.5%"/>', { disk: { percent: 2.5, mostBytes: null } }],
    ['<alarm when="owed" for="2d" exporter="clientRest"/>', { forMs: 172_800_000, exporter: 'clientRest' }],
    ['<alarm when="lineLost" devices="1" severity="warning"/>', { devices: [1], severity: 'warning' }],
    [
      '<alarm when="silent" quiet="22:00-07:00, 13:00-15:30" repeat="6h"/>',
      {
        quiet: [
          { from: 1320, to: 420 },
          { from: 780, to: 930 },
        ],
        repeatMs: 21_600_000,
      },
    ],
  ])('%s', (text, expected) => expect(written(text)).toMatchObject([expected]));

  it('of a kind that somebody wrote leave the default to the others', () => {
    expect(
      rulesOf('<alarms><alarm when="silent" analyzers="2"/></alarms>').map(({ name, except }) => [name, except]),
    ).toEqual([
      ['silent', [2]],
      ['lineLost', []],
      ['diskLow', []],
      ['frozen', []],
      ['owed', []],
      ['silent 2', []],
    ]);
    const all = rulesOf('<alarms><alarm when="silent" for="1h"/><alarm when="frozen" variable="TPF"/></alarms>');
    expect(all.filter(({ when }) => when === 'silent')).toHaveLength(1);
    expect(all.filter(({ when }) => when === 'frozen').map(({ name }) => name)).toEqual(['frozen', 'frozen TPF']);
  });

  it('have a name of their own each', () => {
    const twice = '<alarm when="above" variable="TPF" limit="1"/><alarm when="above" variable="TPF" limit="2"/>';
    expect(written(twice).map(({ name }) => name)).toEqual(['above TPF', 'above TPF 2']);
  });

  it('do what their elements say, with options as attributes or as elements', () => {
    const [rule] = written(
      `<alarm when="silent">
        <webhook url="https://example.com/a" secret_file="hook.secret"><timeout>5</timeout></webhook>
        <mqtt url="mqtts://broker" topic="lector/alarm" user="me" password_env="MQTT_PASSWORD" retain="yes"/>
        <command><arg>bin/tell</arg><arg>a b; rm</arg></command><command>logger</command>
      </alarm>`,
    );
    expect(rule?.actions).toMatchObject([
      {
        ...{ kind: 'webhook', url: 'https://example.com/a', timeoutMs: 5000, token: null },
        secret: { kind: 'file', path: expect.stringMatching(/^\/.*\/hook\.secret$/) },
      },
      { kind: 'mqtt', topic: 'lector/alarm', retain: true, password: { kind: 'env', name: 'MQTT_PASSWORD' } },
      { kind: 'command', argv: [expect.stringMatching(/^\/.*\/bin\/tell$/), 'a b; rm'] },
      { kind: 'command', argv: ['logger'] },
    ]);
  });
});

describe('what an action needs and is not there', () => {
  it.each([
    ['<webhook url="https://a" secret_file="nothing"/>', 'a file that can be read in <secret_file>, saw /'],
    ['<webhook url="https://a" ca_file="nothing"/>', 'a file that can be read in <ca_file>, saw /'],
    ['<mqtt url="mqtts://a" topic="a" password_env="LECTOR_NONE"/>', 'that is set in <password_env>, saw LECTOR_NONE'],
    ['<command>/nowhere/tell</command>', 'a program that can be run in <command>, saw /nowhere/tell; correct it'],
    ['<command>./</command>', 'a program that can be run in <command>, saw /'],
  ])('%s is a warning', (action, words) => {
    const parsed = withAlarms(`<alarms><alarm when="silent">${action}</alarm></alarms>`);
    expect(parsed.ok).toBe(true);
    const [said = '', ...more] = sentences(parsed);
    expect(said).toContain(`warning: expected ${words.startsWith('a ') ? '' : 'an environment variable '}${words}`);
    expect(more).toEqual([]);
  });

  it.each([
    '<command>/bin/sh</command>',
    '<command>logger</command>',
    '<webhook url="https://a" token_env="PATH"/>',
  ])('%s lacks nothing', (action) => {
    expect(sentences(withAlarms(`<alarms><alarm when="silent">${action}</alarm></alarms>`))).toEqual([]);
  });
});

describe('what is wrong with a rule, in a sentence', () => {
  it.each([
    ['<alarm when="silnt"/>', 'when="..." in <alarm>: one of silent, lineLost'],
    ['<alarm/>', 'saw none'],
    ['<alarm when="silent" fro="5m"/>', 'did you mean for?'],
    [
      '<alarm when="silent" limit="5"/>',
      'expected when="silent" with analyzers, for, name, repeat, quiet and severity',
    ],
    ['<alarm when="silent" for="5"/>', 'a time such as 30s, 15m, 1h or 1d, saw "5"'],
    ['<alarm when="silent" analyzers="1,9"/>', 'ids of analyzers, such as 1, 3, 5-9, saw "9"; there is 1 and 2'],
    ['<alarm when="lineLost" devices="x"/>', 'ids of devices, such as 1, 3, 5-9, saw "x"; there is 1'],
    ['<alarm when="above" limit="1"/>', 'variable="..." in <alarm> when="above", saw none'],
    ['<alarm when="above" variable="TFP" limit="1"/>', 'saw "TFP"; did you mean TPF?'],
    ['<alarm when="above" variable="PAT" limit="1" value="9"/>', 'value: 1 to'],
    ['<alarm when="above" variable="TPF"/>', 'limit="..." of when="above": a number'],
    ['<alarm when="demand" limit="x"/>', '(kW), saw "x"'],
    ['<alarm when="above" variable="TPF" limit="1" clear="2"/>', 'at or below the limit, saw 2'],
    ['<alarm when="below" variable="TPF" limit="1" clear="0"/>', 'at or above the limit, saw 0'],
    ['<alarm when="demand" limit="1" interval="7m"/>', 'one that fits an hour or a day'],
    ['<alarm when="diskLow" limit="5"/>', 'free space of the disk such as 5% or 500MB, saw "5"'],
    ['<alarm when="silent" quiet="22-7"/>', 'local hours such as 22:00-07:00'],
    ['<alarm when="silent" repeat="1s"/>', 'at least 1m, saw 1s'],
    ['<alarm when="silent" name="a"/><alarm when="owed" name="a"/>', 'saw "a" again'],
    ['<alarm when="silent"><webhok url="http://a"/></alarm>', 'did you mean webhook?'],
    ['<alarm when="silent"><webhook/></alarm>', 'such as https://example.com/alarms, saw none'],
    ['<alarm when="silent"><webhook url="ftp://a"/></alarm>', 'begins with http:// or https://'],
    ['<alarm when="silent"><webhook url="http://me:pw@a"/></alarm>', 'without user and password, saw "http://***@a"'],
    ['<alarm when="silent"><webhook url="http://a" token="x"/></alarm>', 'token'],
    ['<alarm when="silent"><mqtt url="mqtt://a"/></alarm>', 'such as lector/4/alarm, saw none'],
    ['<alarm when="silent"><mqtt url="mqtt://a" topic="a/#"/></alarm>', 'without # and +'],
    ['<alarm when="silent"><mqtt url="mqtt://a" topic="a" password_env="A" password_file="b"/></alarm>', 'saw both'],
    ['<alarm when="silent"><command>logger -t lector</command></alarm>', 'no shell splits a line'],
    ['<alarm when="silent"><command/></alarm>', 'no shell splits a line, saw none'],
    ['<alrm when="silent"/>', 'did you mean alarm?'],
  ])('%s', (text, words) => {
    const found = sentences(withAlarms(`<alarms>${text}</alarms>`));
    expect(found.join('\n')).toContain(words);
    for (const sentence of found) expect(sentence).toMatch(/^config\.xml:\d+:\d+: /);
  });

  it('a variable that only some are asked for is a warning', () => {
    const parsed = withAlarms('<alarms><alarm when="above" variable="PAT" limit="1" analyzers="1,2"/></alarms>');
    expect(parsed.ok).toBe(true);
    expect(sentences(parsed).join()).toContain('not of 1');
  });
});

describe('a reload', () => {
  it('tells rules that are new, gone or changed, and touches nothing', () => {
    const at = (alarms: string) => loaded(withAlarms(alarms));
    const before = at('<alarms><alarm when="silent"/><alarm when="owed"/></alarms>');
    const after = at('<alarms><alarm when="silent" for="1h"/><alarm when="demand" limit="5"/></alarms>');
    const plan = planReload(before, after);
    expect(plan.changes).toMatchObject([
      { subject: 'alarms', what: ['alarm "silent" changed', 'alarm "owed" changed', 'alarm "demand" added'] },
    ]);
    expect(plan.needsRestart.join()).not.toContain('alarm');
    expect([plan.lines, plan.analyzers, plan.meters]).toEqual([[], [], []]);
    expect(planReload(before, before).changes).toEqual([]);
  });
});
