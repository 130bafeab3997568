import { describe, expect, it } from 'vitest';
import { planReload } from '../../src/domain/reload.ts';
import { analyzerConfig, deviceConfig, installationOf, PROFILES, simulated } from '../support/installation.ts';

const devices = [deviceConfig({ id: 1 }), deviceConfig({ id: 2 })];
const analyzers = [1, 2, 3].map((id) => analyzerConfig({ id, deviceId: id === 3 ? 2 : 1 }));
const before = installationOf(devices, analyzers);
const both = [PROFILES, PROFILES] as const;
const plan = (change: Partial<typeof before>) => planReload(before, { ...before, ...change }, both);
const withFirst = (change: Parameters<typeof analyzerConfig>[0]) =>
  plan({ analyzers: [{ ...analyzers[0]!, ...change }, ...analyzers.slice(1)] });

const BUILDING = { id: 100, name: 'Building', location: '', of: '1 - 3', terms: [] };

describe('whom another configuration touches', () => {
  it.each([
    ['nothing', plan({}), [], [], []],
    ['a name', withFirst({ name: 'Roof' }), [], [], []],
    ['a contract', withFirst({ tariff: 'school' }), [], [], []],
    ['both intervals', withFirst({ readingMs: 5000, recordingMs: 300_000 }), [], [], []],
    ['an export', withFirst({ exports: [{ type: 'mqtt', target: 'x', path: null, options: {} }] }), [], [], []],
    ['an address', withFirst({ address: 9 }), [], [1], [1]],
    ['a device of an analyzer', withFirst({ deviceId: 2 }), [], [1], [1]],
    ['a ratio', withFirst({ ratio: 2 }), [], [1], [1]],
    ['a sign', withFirst({ invert: true }), [], [1], [1]],
    ['a name for the same profile', withFirst({ model: 'pm-710' }), [], [1], []],
    ['a line', plan({ devices: [deviceConfig({ id: 1, endpoint: simulated('tcp') }), devices[1]!] }), [1], [1, 2], []],
    ['its texts only', plan({ devices: [deviceConfig({ id: 1, texts: { a: 'b' } }), devices[1]!] }), [], [], []],
    ['a sum of analyzers', plan({ virtuals: [BUILDING] }), [], [], []],
    ['a new device', plan({ devices: [...devices, deviceConfig({ id: 3 })] }), [], [], []],
  ])('%s', (_, { lines, analyzers: anew, meters, removed }, ...expected) => {
    expect([lines, anew, meters, removed]).toEqual([...expected, []]);
  });

  it('a page of metrics is owed nothing, and told so', () => {
    const withPage = [{ ...analyzers[0]!, exports: [{ type: 'prometheus', target: 'h:1', path: null, options: {} }] }];
    const page = plan({ analyzers: [...withPage, ...analyzers.slice(1)] });
    const told = { subject: 'delivery:prometheus:h:1', change: 'added', what: [], effect: 'it answers from now on' };
    expect(page.changes).toContainEqual(told);
    const back = planReload({ ...before, analyzers: withPage }, { ...before, analyzers: analyzers.slice(0, 1) }, both);
    expect(back.changes.at(-1)).toMatchObject({ change: 'removed', effect: 'nothing is answered there any more' });
  });

  it('sums of analyzers are computed: nothing is interrupted for them', () => {
    const told = (old: readonly (typeof BUILDING)[], young: readonly (typeof BUILDING)[]) =>
      planReload({ ...before, virtuals: old }, { ...before, virtuals: young }, both).changes;
    const effect = 'nothing is interrupted: it is computed';
    const subject = 'virtual:100';
    expect(told([], [BUILDING])).toEqual([{ subject, change: 'added', what: [], effect }]);
    expect(told([BUILDING], [])).toEqual([{ subject, change: 'removed', what: [], effect }]);
    const what = ['name Building -> All', 'of 1 - 3 -> 1 + 2'];
    expect(told([BUILDING], [{ ...BUILDING, name: 'All', of: '1 + 2' }])).toEqual([
      { subject, change: 'changed', what, effect },
    ]);
    expect(told([BUILDING], [{ ...BUILDING }])).toEqual([]);
  });

  it('are told without a key that stands in a target', () => {
    const exports = [{ type: 'http', target: 'https://h/?key=s3cret', path: null, options: {} }];
    const { changes } = withFirst({ exports });
    expect(JSON.stringify(changes)).toContain('key=***');
    expect(JSON.stringify(changes)).not.toContain('s3cret');
  });

  it('a line whose first meter speaks another protocol is opened anew', () => {
    const cvm = analyzerConfig({ id: 3, deviceId: 2, model: 'CVM-MINI' });
    const other = [...PROFILES.values()].find(({ protocol }) => protocol === 'cvm')!;
    const changed = plan({ analyzers: [...analyzers.slice(0, 2), { ...cvm, profileId: other.id }] });
    expect([changed.lines, changed.meters]).toEqual([[2], [3]]);
    expect(changed.changes[0]).toMatchObject({ subject: 'device:2', what: ['protocol of its meters'] });
  });
});

describe('how people are told', () => {
  const words = (change: Partial<typeof before>) =>
    plan(change).changes.map(({ subject, change: kind, what, effect }) =>
      [subject, kind, what.join(', '), effect].join(' | '),
    );

  it.each([
    [
      'node',
      { node: { ...before.node, name: 'Roof' } },
      ['node | changed | name School -> Roof | nothing is interrupted'],
    ],
    [
      'a contract',
      { analyzers: [{ ...analyzers[0]!, tariff: 'school' }, ...analyzers.slice(1)] },
      ['analyzer:1 | changed | tariff none -> school | nothing is interrupted'],
    ],
    [
      'a device disabled',
      { devices: [devices[0]!, { ...devices[1]!, enabled: false }] },
      [
        'device:2 | changed | enabled yes -> no | its line is closed, and its analyzer is read no more; ' +
          'the window that is open is recorded once, at its end',
      ],
    ],
    [
      'a device and one on it',
      {
        devices: [...devices, deviceConfig({ id: 3, enabled: false })],
        analyzers: [...analyzers, analyzerConfig({ id: 4, deviceId: 3 })],
      },
      [
        'device:3 | added |  | it is disabled: nothing is read',
        'analyzer:4 | added |  | nothing is read: device 3 is disabled',
      ],
    ],
    [
      'what is only shown',
      { analyzers: [{ ...analyzers[0]!, params: { fabricant: 'Schneider' } }, ...analyzers.slice(1)] },
      ['analyzer:1 | changed | fabricant none -> Schneider | nothing is interrupted'],
    ],
  ])('%s', (_, change, expected) => {
    expect(words(change)).toEqual(expected);
  });

  const slow = { ...devices[0]!, timeoutMs: 2000 };
  it.each([
    ['nobody', [], [], 'nothing is read: no analyzer is on it'],
    ['one', [1], [1], 'its line is closed and opened anew, and its analyzer is connected again; other lines go on'],
    [
      'two',
      [1, 2],
      [1, 2],
      'its line is closed and opened anew, and its 2 analyzers are connected again; other lines go on',
    ],
    ['the first two', [], [1, 2], 'its line is opened, and its 2 analyzers are read; all others go on'],
    ['nobody any more', [1], [], 'its line is closed: no analyzer is on it any more; other lines go on'],
  ])('a line that is opened otherwise, with %s on it', (_, was, is, effect) => {
    const [old, young] = [was, is].map((ids) => analyzers.filter(({ id }) => ids.includes(id)));
    const { changes } = planReload(installationOf([devices[0]!], old!), installationOf([slow], young!), both);
    expect(changes.find(({ subject }) => subject === 'device:1')).toMatchObject({
      what: ['timeout 1 s -> 2 s'],
      effect,
    });
  });

  it.each([
    [0, 'nothing was read: no analyzer is on it'],
    [1, 'its line is closed, and its analyzer is read no more; the window that is open is recorded once, at its end'],
    [
      2,
      'its line is closed, and its 2 analyzers are read no more; ' +
        'the windows that are open are recorded once, at their end',
    ],
  ])('a line that is removed with %d analyzers', (count, effect) => {
    const old = installationOf(devices, analyzers.slice(0, count));
    const { changes } = planReload(old, installationOf([devices[1]!], []), both);
    expect(changes[0]).toMatchObject({ subject: 'device:1', change: 'removed', effect });
  });

  it('another kind of line is told by what it is now', () => {
    const serial = { type: 'serial', port: '/dev/ttyUSB0', baud: 9600, bits: 8, parity: 'N', stop: 1 } as const;
    const moved = { ...devices[0]!, endpoint: { type: 'tcp', host: '10.0.0.7', port: 502 } as const };
    const old = installationOf([{ ...devices[0]!, endpoint: serial }], []);
    const { changes } = planReload(old, installationOf([moved], []), both);
    expect(changes[0]?.what).toEqual(['type serial -> tcp', 'host 10.0.0.7', 'port 502']);
  });

  it('names are those of the files, and what is not written is not set', () => {
    const control = { ...before.control, allowInsecure: true };
    expect(plan({ control }).needsRestart).toEqual([
      '[Control] allow_insecure no -> yes: from the next start of Lector on',
    ]);
    expect(withFirst({ timeoutMs: 500 }).changes[0]?.what).toEqual(['timeout not set -> 0.5 s']);
  });

  it('does not take long for a thousand meters', () => {
    const many = Array.from({ length: 1000 }, (_, n) => analyzerConfig({ id: n + 1, deviceId: 1 }));
    const fresh = new Map([...PROFILES].map(([id, profile]) => [id, structuredClone(profile)]));
    const from = performance.now();
    const one = installationOf(devices, many);
    const { changes } = planReload(one, { ...one, analyzers: structuredClone(many) }, [PROFILES, fresh]);
    expect(changes).toEqual([]);
    expect(performance.now() - from).toBeLessThan(500);
  });
});
