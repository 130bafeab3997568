import { describe, expect, it } from 'vitest';
import { analyzer, load, loaded, plant, sentences, simulated } from './sample.ts';

const TCP = '<device id="1" type="tcp"><host>10.0.0.7</host></device>';
const SERIAL = '<device id="1" type="serial"><port>/dev/null</port></device>';
const CVM = simulated(1, '<protocol>cvm</protocol>');
const cvmk = (attributes: string) => analyzer({ attributes, model: 'CVMk', codes: ['TPF'] });
const pm = (attributes: string) => analyzer({ attributes });

describe('addresses on a line', () => {
  it.each([
    { device: simulated(), fits: [1, 247], not: [0, 248, 255] },
    { device: SERIAL, fits: [1, 247], not: [0, 248] },
    { device: TCP, fits: [0, 255], not: [256] },
    { device: '<device id="1" type="rtu-tcp"><host>gw</host><port>4001</port></device>', fits: [247], not: [0, 248] },
  ])('of Modbus on $device: $fits, not $not', ({ device, fits, not }) => {
    const withAddress = (address: number) =>
      load(plant({ devices: device, analyzers: pm(`id="9" device="1" address="${address}"`) }));
    for (const address of fits) expect(loaded(withAddress(address)).analyzers[0]?.address).toBe(address);
    for (const address of not) expect(sentences(withAddress(address)).join()).toMatch(/address.* saw "?\d+/);
  });

  it.each([1, 99])('of a CVMk: %i', (id) => {
    const installation = loaded(load(plant({ devices: CVM, analyzers: cvmk(`id="${id}" device="1"`) })));
    expect(installation.analyzers[0]?.address).toBe(id);
  });

  it('an id that is no address asks for one', () => {
    expect(sentences(load(plant({ devices: CVM, analyzers: cvmk('id="100" device="1"') })))).toEqual([
      'config.xml:6:1: expected a bus address from 1 to 99, saw its id 100; ' +
        'write the address that is set on the meter as address="..."',
    ]);
  });

  it('two meters on one line may not share one', () => {
    const analyzers = `${pm('id="1" device="1"')}\n${pm('id="2" device="1" address="1"')}`;
    expect(sentences(load(plant({ devices: simulated(), analyzers })))).toEqual([
      'config.xml:7:32: expected an address of its own on device 1, saw address 1, as analitzador 1 has (line 6); ' +
        'two meters with one address answer at once: change one',
    ]);
  });

  it('two lines may both have unit 1', () => {
    const analyzers = `${pm('id="1" device="1"')}\n${pm('id="2" device="2" address="1"')}`;
    const { analyzers: found } = loaded(load(plant({ devices: simulated(1) + simulated(2), analyzers })));
    expect(found.map(({ id, deviceId, address }) => [id, deviceId, address])).toEqual([
      [1, 1, 1],
      [2, 2, 1],
    ]);
  });
});

describe('what a line can carry', () => {
  it.each([
    {
      what: 'a CVMk on Modbus TCP',
      devices: TCP,
      analyzers: cvmk('id="1" device="1"'),
      says: /\(Modbus TCP\), saw CVMk/,
    },
    { what: 'a CVMk on a simulated RTU line', devices: simulated(), analyzers: cvmk('id="1" device="1"'), says: /RTU/ },
    { what: 'a PM710 on a simulated ASCII line', devices: CVM, analyzers: pm('id="1" device="1"'), says: /saw PM710/ },
    {
      what: 'both protocols on one serial line',
      devices: SERIAL,
      analyzers: `${pm('id="1" device="1"')}\n${cvmk('id="2" device="1"')}`,
      says: /^config\.xml:7:21: expected one protocol on device 1 \(Modbus, see line 6\), saw CVMk, /,
    },
  ])('not $what', ({ devices, analyzers, says }) => {
    const said = sentences(load(plant({ devices, analyzers })));
    expect(said).toEqual([expect.stringMatching(says)]);
  });

  it('a CVMk on a real serial line', () => {
    expect(loaded(load(plant({ devices: SERIAL, analyzers: cvmk('id="1" device="1"') }))).analyzers).toHaveLength(1);
  });
});

describe('ids', () => {
  it('two analyzers with one id', () => {
    const analyzers = `${pm('id="1" device="1"')}\n${pm('id="1" device="2"')}`;
    expect(sentences(load(plant({ devices: simulated(1) + simulated(2), analyzers })))).toEqual([
      'config.xml:7:14: expected an id of its own for each <analitzador>, saw id 1, as in line 6; give it another id',
    ]);
  });

  it('an analyzer may stay on a disabled device, whose port need not be of this machine', () => {
    const devices = '<device id="1" type="serial" enabled="false"><port>COM4:</port></device>';
    const parsed = load(plant({ devices, analyzers: pm('id="1" device="1"') }));
    expect(sentences(parsed)).toEqual([]);
    expect(loaded(parsed).devices[0]?.enabled).toBe(false);
  });
});

describe('faults of simulated meters', () => {
  it('are read with their times', () => {
    const devices = simulated(
      1,
      '<fault analyzer="1" kind="late" from="5m" for="30s"/><fault analyzer="1" kind="crc" for="1h"/>',
    );
    const [device] = loaded(load(plant({ devices, analyzers: pm('id="1" device="1"') }))).devices;
    expect(device?.endpoint).toMatchObject({
      faults: [
        { analyzerId: 1, kind: 'late', fromMs: 300_000, forMs: 30_000 },
        { analyzerId: 1, kind: 'crc', fromMs: 0, forMs: 3_600_000 },
      ],
    });
  });

  it.each([
    { fault: 'analyzer="2" kind="late" for="1s"', says: /analyzer="\.\.\." of this device \(1\), saw "2"/ },
    { fault: 'analyzer="1" kind="silnce" for="1s"', says: /one of silence, late, .*, saw "silnce"/ },
    { fault: 'analyzer="1" kind="late" for="30"', says: /a time such as 500ms, 60s, 5m or 1h, saw "30"/ },
    { fault: 'analyzer="1" kind="late"', says: /for="\.\.\." in <fault>: a time such as .*, saw none/ },
  ])('$fault is not one', ({ fault, says }) => {
    const devices = simulated(1, `\n<fault ${fault}/>`);
    const said = sentences(load(plant({ devices, analyzers: pm('id="1" device="1"') })));
    expect(said).toEqual([expect.stringMatching(says)]);
    expect(said[0]).toMatch(/^config\.xml:4:/);
  });
});
