import { describe, expect, it } from 'vitest';
import { findProfile, loadProfiles } from '../../drivers/profiles/load.ts';
import { createSimulatedMeter } from '../../drivers/simulated/meter.ts';
import { groupOfModels, groupsOfInstallation, parseFault, parseModel } from '../../src/cli/simulate-setup.ts';
import { placeText } from '../../src/cli/simulate-text.ts';
import type { AnalyzerConfig, DeviceConfig, Endpoint, Installation } from '../../src/domain/installation.ts';
import type { Profile } from '../../src/domain/profile.ts';
import { epochMs } from '../../src/domain/units.ts';

const { profiles } = loadProfiles();
const find = (model: string) => findProfile(profiles, model);
const build = (profile: Profile, analyzerId: number, seed: number) =>
  createSimulatedMeter({ profile, analyzerId, seed, offsetAt: () => 7_200_000 });
const KNOWN = ['PM710', 'SDM630'];
const nothing = { faults: [], baud: undefined, seed: undefined };
const NOW = epochMs(Date.UTC(2026, 4, 5, 10));

describe('the options of lector simulate', () => {
  it.each([
    ['PM710', 'PM710', 1],
    ['PM710@7', 'PM710', 7],
    ['CVM C10@247', 'CVM C10', 247],
  ])('--model %s is %s at %i', (text, model, address) => {
    expect(parseModel(text)).toEqual({ model, address });
  });

  it.each(['', '@1', 'PM710@', 'PM710@0', 'PM710@248', 'PM710@x', 'PM710@1@2'])('--model "%s" is refused', (text) => {
    expect(() => parseModel(text)).toThrow(`--model needs MODEL@ADDRESS with an address from 1 to 247, not "${text}"`);
  });

  it.each([
    ['2:late:60s:30s', 2, 'late', 60_000, 30_000],
    ['1:silence:0:2m', 1, 'silence', 0, 120_000],
    ['12:crc:500ms:1h', 12, 'crc', 500, 3_600_000],
    ['1:jump:1.5s:1', 1, 'jump', 1500, 1000],
  ])('--fault %s is understood', (text, analyzerId, kind, fromMs, forMs) => {
    expect(parseFault(text)).toEqual({ analyzerId, kind, fromMs, forMs });
  });

  it.each([
    '',
    '2',
    '2:late',
    '2:lat:1s:1s',
    'x:late:1s:1s',
    '2:late:1s:1s:1s',
    '2:late:-1s:1s',
    '2:late:1d:1s',
  ])('--fault "%s" is refused with an example and the kinds', (text) => {
    expect(() => parseFault(text)).toThrow(/such as 2:late:60s:30s, not ".*"; kinds are silence, late, crc/);
  });
});

describe('the meters that were named', () => {
  const group = (models: readonly string[], rest: Partial<typeof nothing> & { fault?: string } = {}) =>
    groupOfModels(
      { models, ...nothing, ...rest, faults: rest.fault === undefined ? [] : [parseFault(rest.fault)] },
      find,
      build,
      KNOWN,
    );

  it('share one line at the pace of the first, their ids being their addresses', () => {
    const { protocol, baud, meters, faults } = group(['pm-710@3', 'SDM630@4'], { fault: '4:late:1s:1s' });
    expect([protocol, baud]).toEqual(['rtu', 19_200]);
    expect(meters.map(({ analyzerId, unit, meter }) => [analyzerId, unit, meter.profile.id])).toEqual([
      [3, 3, 'pm710'],
      [4, 4, 'sdm630'],
    ]);
    expect(faults).toHaveLength(1);
  });

  it.each([
    [['XYZ9@1'], {}, 'no profile for the model "XYZ9"; there are PM710, SDM630'],
    [['PM710@1', 'PM500@1'], {}, 'two meters have the address 1'],
    [['PM710@1', 'CVMk@2'], {}, 'cannot share a line'],
    [['PM710@1'], { fault: '2:late:1s:1s' }, '--fault names analyzer 2, which is not simulated; there are 1'],
  ] as const)('%j is refused in words', (models, rest, words) => {
    expect(() => group(models, rest)).toThrow(words);
  });

  it('another seed is another school', () => {
    const truth = (seed: number) =>
      groupOfModels({ ...nothing, models: ['PM710@1'], seed }, find, build, KNOWN).meters[0]!.meter.truth('PAT', NOW);
    expect(truth(7)).toEqual(truth(7));
    expect(truth(7)).not.toEqual(truth(8));
  });
});

describe('the meters of a configuration', () => {
  const device = (id: number, endpoint: Endpoint) => ({ id, endpoint }) as DeviceConfig;
  const analyzer = (id: number, deviceId: number, profileId: string, address = id) =>
    ({ id, deviceId, profileId, address }) as AnalyzerConfig;
  const installation = {
    devices: [
      device(1, { type: 'serial', port: '/dev/ttyUSB0', baud: 9600, bits: 8, parity: 'N', stop: 1 }),
      device(2, {
        ...{ type: 'simulated', protocol: 'cvm', baud: 4800, seed: 5 },
        faults: [{ analyzerId: 3, kind: 'crc', fromMs: 0, forMs: 1 }],
      }),
      device(3, { type: 'tcp', host: 'meter.example', port: 502 }),
    ],
    analyzers: [analyzer(1, 1, 'pm710', 17), analyzer(2, 1, 'pm500'), analyzer(3, 2, 'cvmk')],
  } as unknown as Installation;

  it('are served line by line, each at its own pace and address, with the faults of both', () => {
    const wanted = { ...nothing, faults: [parseFault('1:late:1s:1s')] };
    const groups = groupsOfInstallation(installation, wanted, profiles, build);
    expect(
      groups.map(({ name, protocol, baud, faults }) => [name, protocol, baud, faults.map((each) => each.kind)]),
    ).toEqual([
      ['1', 'rtu', 9600, ['late']],
      ['2', 'cvm', 4800, ['crc']],
    ]);
    expect(groups[0]!.meters.map(({ analyzerId, unit }) => [analyzerId, unit])).toEqual([
      [1, 17],
      [2, 2],
    ]);
  });

  it('have the load of their own seed, unless one is given', () => {
    const power = (seed?: number) =>
      groupsOfInstallation(installation, { ...nothing, seed }, profiles, build)[1]!.meters[0]!.meter.truth('PAT', NOW);
    expect(power()).toEqual(power(5));
    expect(power(6)).not.toEqual(power(5));
  });
});

describe('what lector simulate prints', () => {
  const groups = (models: readonly string[]) => groupOfModels({ ...nothing, models, seed: 7 }, find, build, KNOWN);

  it('says where, the values now, and commands that show them', () => {
    const text = placeText(groups(['PM710@1', 'SDM630@2']), { kind: 'pty', path: '/tmp/meters' }, NOW);
    expect(text).toContain('/tmp/meters: 2 meters, Modbus RTU line, 19200 bit/s');
    expect(text).toContain('PM710 at address 1, SDM630 at address 2');
    expect(text).toMatch(/^ +1 {2}TPF +2[23]\d\.\d {2}2[23]\d\.\d {2}2[23]\d\.\d +V$/m);
    expect(text).toContain('lector read --port /tmp/meters --baud 19200 --parity N --model PM710 --address 1 TPF');
    expect(text).toMatch(/mbpoll -m rtu -b 19200 -P none -a 1 -t 4 -0 -r 4032 -c 1 -1 \/tmp\/meters {2}# 2[23]\d\d is/);
    expect(text).toContain('mbpoll -m rtu -b 19200 -P none -a 2 -t 3:float -B -0 -r 0 -c 1 -1 /tmp/meters');
  });

  it('names host and port for TCP', () => {
    const text = placeText(groups(['SDM630@2']), { kind: 'tcp', host: '127.0.0.1', port: 5020 }, NOW);
    expect(text).toContain('127.0.0.1:5020: 1 meter, Modbus TCP');
    expect(text).toContain('lector read --host 127.0.0.1 --tcp-port 5020 --model SDM630 --address 2');
    expect(text).toContain('mbpoll -m tcp -p 5020 -a 2 -t 3:float -B -0 -r 0 -c 1 -1 127.0.0.1');
  });

  it('has no mbpoll command for a meter that does not speak Modbus', () => {
    const text = placeText(groups(['CVMk@1']), { kind: 'pty', path: '/tmp/meters' }, NOW);
    expect(text).toContain('1 meter, CVM ASCII line');
    expect(text).not.toContain('mbpoll');
  });
});
