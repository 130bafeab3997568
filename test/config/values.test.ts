import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadInstallation } from '../../src/config/load.ts';
import { analyzer, load, loaded, PREDECESSOR, plant, sentences, simulated, tempFolder } from './sample.ts';

describe('the configuration of the predecessor', () => {
  it('is read as it stands, and its texts stay texts', () => {
    const parsed = load(PREDECESSOR.replace('>19200<', '>019200<'));
    expect(sentences(parsed)).toEqual([]);
    const { node, devices, analyzers } = loaded(parsed);
    expect(node).toMatchObject({ id: 4, name: 'CIFP Joan Taix', location: 'Sa Pobla (Son Basca)' });
    expect(devices).toHaveLength(2);
    expect(devices[0]).toEqual({
      id: 1,
      enabled: true,
      endpoint: { type: 'serial', port: '/dev/null', baud: 19_200, bits: 8, parity: 'N', stop: 1 },
      timeoutMs: 1000,
      gapMs: 25,
      retries: 1,
      idleMs: 50,
      connectDelayMs: 0,
      closeAfterPoll: false,
      texts: { port: '/dev/null', baud: '019200', bits: '8', timeout: '1', parity: 'N' },
    });
    expect(analyzers[0]).toMatchObject({
      id: 1,
      deviceId: 1,
      address: 1,
      model: 'PM710',
      profileId: 'pm710',
      driver: 'modBusComm',
      dataDriver: 'pmData',
      readingMs: 60_000,
      recordingMs: 900_000,
      consultes: ['TPF', 'IPF', 'FRE', 'PAF', 'PAT', 'PRT', 'FPT', 'THDV', 'CEA', 'CER'],
      rapid: null,
      params: { fabricant: 'Schneider', model: 'PM710', tempsgravacio: '15', tempslectura: '60' },
    });
    expect(analyzers[0]?.exports).toMatchObject([{ type: 'localFile', target: 'dades' }]);
  });

  it('COM1: is a port on Windows, and the message of Linux does not come', () => {
    const parsed = load(PREDECESSOR.replace('/dev/null', 'COM1:').replace('/dev/zero', 'com14'), { platform: 'win32' });
    expect(loaded(parsed).devices.map(({ endpoint }) => endpoint)).toMatchObject([{ port: 'COM1' }, { port: 'COM14' }]);
  });

  it('the shipped files are right', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const parsed = loadInstallation({
      configFile: join(root, 'config.xml'),
      iniFile: join(root, 'lector.ini'),
      serialPorts: [],
      platform: 'linux',
    });
    expect(sentences(parsed)).toEqual([]);
    const { analyzers, devices, general } = loaded(parsed);
    expect(analyzers.map(({ id, model, deviceId }) => [id, model, deviceId])).toEqual([
      [1, 'PM710', 1],
      [2, 'PM500', 1],
      [3, 'CVMk', 2],
      [4, 'DAS-8000', 3],
      [5, 'SDM630', 3],
    ]);
    expect(devices.map(({ endpoint }) => endpoint.type)).toEqual(['simulated', 'simulated', 'simulated']);
    expect(analyzers.every(({ readingMs, recordingMs }) => readingMs <= 5000 && recordingMs === 60_000)).toBe(true);
    expect(general).toMatchObject({ dataDir: join(root, 'data'), logDir: join(root, 'log'), logLevel: 'info' });
  });
});

describe('what newer files may say', () => {
  it('every element of a device', () => {
    const devices = `<device id="1" type="serial"><port>/dev/null</port><baud>9600</baud><bits>7</bits>
      <parity>e</parity><stop>2</stop><timeout>0.25</timeout><gap>0</gap><retries>3</retries><idle>80</idle>
      <connectDelay>1500</connectDelay><closeAfterPoll>yes</closeAfterPoll></device>`;
    expect(loaded(load(plant({ devices, analyzers: analyzer() }))).devices[0]).toMatchObject({
      endpoint: { type: 'serial', baud: 9600, bits: 7, parity: 'E', stop: 2 },
      timeoutMs: 250,
      gapMs: 0,
      retries: 3,
      idleMs: 80,
      connectDelayMs: 1500,
      closeAfterPoll: true,
    });
  });

  it.each([
    { device: '<device id="1" type="tcp"><host>meter.local</host></device>', port: 502, type: 'tcp' },
    { device: '<device id="1" type="rtu-tcp"><host>::1</host><port>4001</port></device>', port: 4001, type: 'rtu-tcp' },
  ])('$device', ({ device, port, type }) => {
    const [found] = loaded(load(plant({ devices: device, analyzers: analyzer() }))).devices;
    expect(found?.endpoint).toMatchObject({ type, port });
  });

  it('a simulated line is seeded by its id unless it says otherwise', () => {
    const devices = simulated(1) + simulated(2, '<protocol>tcp</protocol><seed>99</seed>');
    expect(loaded(load(plant({ devices, analyzers: analyzer() }))).devices.map((each) => each.endpoint)).toEqual([
      { type: 'simulated', protocol: 'rtu', baud: 19_200, seed: 1, faults: [] },
      { type: 'simulated', protocol: 'tcp', baud: 19_200, seed: 99, faults: [] },
    ]);
  });

  it('every attribute and element of an analyzer; the profile decides where the drivers are left out', () => {
    const analyzers = analyzer({
      attributes: 'id="301" device="1" address="3" name="Bombes &amp; dip&#xF2;sit" location="Soterrani"',
      params: `<tempsgravacio>5</tempsgravacio><tempslectura>10</tempslectura><timeout>2.5</timeout>
        <nominal>230</nominal><ratio>40</ratio><invert>yes</invert>
        <rapid tempslectura="1"><consulta>PAT</consulta></rapid>`,
      codes: ['TPF', 'IPF'],
    });
    expect(loaded(load(plant({ devices: simulated(), analyzers }))).analyzers[0]).toMatchObject({
      id: 301,
      address: 3,
      name: 'Bombes & dipòsit',
      location: 'Soterrani',
      driver: 'modBusComm',
      dataDriver: 'pmData',
      timeoutMs: 2500,
      nominalV: 230,
      ratio: 40,
      invert: true,
      consultes: ['TPF', 'IPF'],
      rapid: { readingMs: 1000, consultes: ['PAT'] },
    });
  });

  it('says which energies a meter cannot give with its transformers mounted backwards', () => {
    const withInvert = (invert: string) => {
      const params = `<tempsgravacio>15</tempsgravacio><tempslectura>60</tempslectura><invert>${invert}</invert>`;
      const analyzers = analyzer({ model: 'EM340', params, codes: ['TPF', 'CEA', 'CEX', 'CAF'] });
      return sentences(load(plant({ devices: simulated(), analyzers }))).join('\n');
    };
    expect(withInvert('yes')).toMatch(/energies that the EM340 counts in both directions.*saw CAF; it has no value/);
    expect(withInvert('no')).not.toContain('CAF');
  });

  it('a profile in profiles/ beside config.xml, without compiling; one that is broken is said', () => {
    const folder = tempFolder();
    const source = new URL('../../drivers/profiles/pm710.json', import.meta.url);
    const own = { ...JSON.parse(readFileSync(source, 'utf8')), model: 'PM 710 of ours', aliases: [] };
    mkdirSync(join(folder, 'profiles'));
    writeFileSync(join(folder, 'profiles', 'ours.json'), JSON.stringify(own));
    const xml = plant({ devices: simulated(), analyzers: analyzer({ model: 'pm710 of ours' }) });
    writeFileSync(join(folder, 'config.xml'), xml);
    const options = {
      configFile: join(folder, 'config.xml'),
      iniFile: null,
      serialPorts: [],
      platform: 'linux',
    } as const;
    expect(loaded(loadInstallation(options)).analyzers[0]?.profileId).toBe('ours');
    writeFileSync(join(folder, 'profiles', 'bad.json'), '{');
    expect(sentences(loadInstallation(options))).toEqual([
      expect.stringMatching(/^profiles\/bad\.json:1:\d+: expected JSON/),
    ]);
  });

  it('a code in rapid is read there only', () => {
    const params = `<tempsgravacio>5</tempsgravacio><tempslectura>10</tempslectura>
      <rapid><tempslectura>2</tempslectura><consulta>IPF</consulta></rapid>`;
    const analyzers = analyzer({ params, codes: ['TPF', 'IPF'] });
    expect(loaded(load(plant({ devices: simulated(), analyzers }))).analyzers[0]).toMatchObject({
      consultes: ['TPF'],
      rapid: { readingMs: 2000, consultes: ['IPF'] },
    });
  });

  it.each([
    {
      rapid: '<rapid tempslectura="60"><consulta>IPF</consulta></rapid>',
      says: /in <rapid> below that of <params>, 60 s/,
    },
    { rapid: '<rapid tempslectura="1"></rapid>', says: /<consulta> elements in <rapid>, saw none/ },
    { rapid: '<rapid tempslectura="1"><consulta>TPF</consulta></rapid>', says: /saw all of them in it: TPF/ },
    { rapid: '<rapid><consulta>IPF</consulta></rapid>', says: /<tempslectura> in <rapid>: a whole number/ },
  ])('$rapid is refused', ({ rapid, says }) => {
    const params = `<tempsgravacio>15</tempsgravacio><tempslectura>60</tempslectura>${rapid}`;
    const said = sentences(load(plant({ devices: simulated(), analyzers: analyzer({ params }) })));
    expect(said).toEqual([expect.stringMatching(says)]);
  });

  it.each(['Europe/Madrid', 'Asia/Kathmandu', 'UTC'])('a node may lie in %s', (timezone) => {
    const node = `<node id="1" timezone="${timezone}"/>`;
    expect(loaded(load(plant({ node, devices: simulated(), analyzers: analyzer() }))).node.timezone).toBe(timezone);
  });
});
