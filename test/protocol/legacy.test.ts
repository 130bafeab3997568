import { describe, expect, it } from 'vitest';
import type { Profile } from '../../src/domain/profile.ts';
import { epochMs } from '../../src/domain/units.ts';
import { legacyConf, legacyDefs, legacyStatus, legacyVars } from '../../src/protocol/legacy.ts';
import { type Py, pickle } from '../../src/protocol/pickle.ts';
import { plain } from '../../src/protocol/plain.ts';
import { analyzerConfig, deviceConfig, installationOf, PROFILES } from '../support/installation.ts';
import { canonOf, loadedBy, pythonLoaders } from './pythons.ts';

const profile = (id: string): Profile => {
  const found = PROFILES.get(id);
  if (found === undefined) throw new Error(`no profile ${id}`);
  return found;
};
const definition = (id: string, code: string): Py => {
  const all = legacyDefs(profile(id));
  return all instanceof Map ? (all.get(code) ?? null) : null;
};

describe('GETVARS', () => {
  const localText = () => '01/05/2014 12:15:00';

  it('has the last values as floats, nan for what is missing', () => {
    const values = { TPF: [230, null, 231.5], CEA: [-0] };
    const vars = legacyVars({ at: epochMs(1), values }, localText);
    expect(canonOf(vars)).toEqual(
      canonOf({ lastRead: '01/05/2014 12:15:00', values: { TPF: [230, Number.NaN, 231.5], CEA: [-0] } }),
    );
  });

  it('is empty before the first reading', () => {
    expect(canonOf(legacyVars(null, localText))).toEqual(canonOf({ lastRead: '', values: {} }));
  });
});

describe('GETDEFS', () => {
  it.each<{ readonly model: string; readonly code: string; readonly defined: Py }>([
    {
      model: 'pm710',
      code: 'PAT',
      defined: {
        registre: 4006n,
        numRegs: 1n,
        descripcio: 'Potència Activa total',
        regEscala: 'FEP',
        valEscala: 0n,
        valMax: 32_767n,
        compost: false,
      },
    },
    {
      model: 'pm710',
      code: 'IPF',
      defined: {
        registre: 4020n,
        numRegs: 4n,
        descripcio: 'Intensitat/fase',
        regEscala: 'FEI',
        valEscala: 0n,
        valMax: 32_767n,
        compost: false,
      },
    },
    {
      model: 'pm710',
      code: 'CEA',
      defined: {
        registre: 4000n,
        numRegs: 2n,
        descripcio: 'Kw/h Activa',
        regEscala: 'FEE',
        valEscala: 0n,
        valMax: 4_294_967_295n,
        compost: true,
      },
    },
    {
      model: 'pm710',
      code: 'FPT',
      defined: {
        registre: 4009n,
        numRegs: 1n,
        descripcio: 'Factor de potència total',
        regEscala: '',
        valEscala: 0.0001,
        valMax: 65_535n,
        compost: false,
      },
    },
    {
      model: 'pm710',
      code: 'FEP',
      defined: {
        registre: 4107n,
        numRegs: 1n,
        descripcio: "Factor d'escala potència",
        regEscala: '',
        valEscala: 1n,
        valMax: 32_767n,
        compost: false,
      },
    },
    {
      model: 'cvmk',
      code: 'FPT',
      defined: {
        registre: 'RFI',
        numRegs: 4n,
        descVars: ['R', 'S', 'T', 'FPm'],
        magnitut: '',
        descripcio: 'Factor de potència total',
        valEscala: 0.01,
        numDigits: 3n,
      },
    },
    {
      model: 'cvmk',
      code: 'TPF',
      defined: {
        registre: 'RVI',
        numRegs: 4n,
        descVars: ['R', 'S', 'T', 'Vm'],
        magnitut: 'V',
        descripcio: 'Tensió Fase-Neutre',
        valEscala: 1n,
        numDigits: 9n,
      },
    },
    {
      model: 'cvmk',
      code: 'PAT',
      defined: {
        registre: 'RPI',
        numRegs: 4n,
        descVars: ['R', 'S', 'T', 'III'],
        magnitut: 'kW',
        descripcio: 'Potència Activa total',
        valEscala: 0.001,
        numDigits: 9n,
      },
    },
    {
      model: 'das-8000',
      code: 'AMC',
      defined: {
        registre: 2n,
        numRegs: 8n,
        descripcio: 'Analog measurement channel',
        regEscala: '',
        valEscala: 0.1,
        valMax: 32_767n,
        compost: false,
      },
    },
  ])('of $code of a $model has the keys of the predecessor', ({ model, code, defined }) => {
    expect(canonOf(definition(model, code))).toEqual(canonOf(defined));
  });

  const MODBUS = ['compost', 'descripcio', 'numRegs', 'regEscala', 'registre', 'valEscala', 'valMax'];
  const CVM = ['descVars', 'descripcio', 'magnitut', 'numDigits', 'numRegs', 'registre', 'valEscala'];
  it.each(
    [...PROFILES.values()].map((each) => ({ id: each.id, each })),
  )('of $id defines every variable with the same keys, and every register that scales one', ({ each }) => {
    const defined = plain(legacyDefs(each)) as Record<string, Record<string, unknown>>;
    expect(Object.keys(defined)).toEqual(expect.arrayContaining(each.variables.map(({ code }) => code)));
    const keys = each.protocol === 'cvm' ? CVM : MODBUS;
    for (const of of Object.values(defined)) {
      expect(Object.keys(of).sort()).toEqual([...keys].sort());
      if (of.regEscala) expect(Object.keys(defined)).toContain(of.regEscala);
    }
  });
});

describe('GETSTATUS', () => {
  const at = epochMs(1_400_000_000_250);
  const pm710 = profile('pm710');

  it('has no keys but the time before anything is read', () => {
    expect(canonOf(legacyStatus(pm710, { at: null, values: {} }))).toEqual(canonOf({ lastTime: 0 }));
    const missing = { HMU: [3, null], ERR: [null], VSO: [], TPF: [230] };
    expect(canonOf(legacyStatus(pm710, { at, values: missing }))).toEqual(canonOf({ lastTime: 1_400_000_000.25 }));
  });

  it('has ints, and the one text that there is no error', () => {
    const values = { HMU: [1200, 35], ERR: [0], VSO: [12_345], NSN: [4_000_000_000] };
    expect(canonOf(legacyStatus(pm710, { at, values }))).toEqual(
      canonOf({
        lastTime: 1_400_000_000.25,
        HMU: [1200n, 35n],
        ERR: 0n,
        ERR_MSG: 'NO_ERROR',
        VSO: 12_345n,
        NSN: 4_000_000_000n,
      }),
    );
  });

  it('has a list of texts for the bits that are set, also of one that nobody named', () => {
    const status = legacyStatus(pm710, { at, values: { ERR: [1 + 64 + 32_768] } });
    expect(plain(status)).toMatchObject({ ERR: 32_833, ERR_MSG: ['VA clipping', 'frequency invalid', 'bit 15'] });
  });

  it('has hours and minutes of a meter that counts hours with decimals', () => {
    const status = legacyStatus(profile('pm500'), { at, values: { HMU: [12.75] } });
    expect(plain(status)).toMatchObject({ HMU: [12, 45] });
  });
});

const CONF = (() => {
  const texts = { port: '/dev/ttyUSB0', baud: '19200', bits: '8', timeout: '1', parity: 'N' };
  const serial = { type: 'serial', port: '/dev/ttyUSB0', baud: 19_200, bits: 8, parity: 'N', stop: 1 } as const;
  const devices = [deviceConfig({ id: 1, endpoint: serial, texts }), deviceConfig({ id: 2, enabled: false })];
  const file = { type: 'localFile', target: 'dades', path: '/x/dades', options: {} };
  const rest = { type: 'clientRest', target: 'http://me:secret@central.example/ws/v2', path: null, options: {} };
  return installationOf(devices, [
    analyzerConfig({ id: 1, params: { fabricant: 'Schneider', tempsgravacio: '15' }, exports: [file, rest] }),
    analyzerConfig({
      id: 7,
      deviceId: 2,
      address: 3,
      name: 'Cuina',
      location: 'Planta 1',
      consultes: ['CEA'],
      rapid: { readingMs: 500, consultes: ['PAT'] },
      exports: [file, { ...file, target: 'copia' }],
    }),
  ]);
})();

it('GETCONF has devices by text, analyzers by int, texts everywhere, and more keys for what is new', () => {
  expect(canonOf(legacyConf(CONF))).toEqual(
    canonOf({
      devices: {
        '1': {
          type: 'serial',
          config: { port: '/dev/ttyUSB0', baud: '19200', bits: '8', timeout: '1', parity: 'N' },
        },
      },
      equips: new Map<bigint, Py>([
        [
          1n,
          {
            config: {
              device: '1',
              driver: 'modBusComm',
              dataDriver: 'pmData',
              params: { fabricant: 'Schneider', tempsgravacio: '15' },
            },
            requests: ['TPF', 'PAT', 'CEA'],
            dataexport: { localFile: 'dades', clientRest: 'http://***@central.example/ws/v2' },
          },
        ],
        [
          7n,
          {
            config: {
              device: '2',
              driver: 'modBusComm',
              dataDriver: 'pmData',
              params: {},
              name: 'Cuina',
              location: 'Planta 1',
              address: '3',
              rapid: { tempslectura: '0.5', requests: ['PAT'] },
            },
            requests: ['CEA'],
            dataexport: { localFile: 'dades', 'localFile-2': 'copia' },
          },
        ],
      ]),
    }),
  );
});

describe.each(pythonLoaders())('$name', (loader) => {
  it('loads GETDEFS of every built-in profile, GETCONF and GETSTATUS as they are', () => {
    const mappings: readonly Py[] = [
      ...[...PROFILES.values()].map(legacyDefs),
      legacyConf(CONF),
      legacyStatus(profile('pm710'), { at: epochMs(5), values: { ERR: [3], HMU: [1, 2] } }),
    ];
    expect(mappings.length).toBeGreaterThan(30);
    expect(loadedBy(loader, mappings.map(pickle))).toEqual(mappings.map(canonOf));
  });
});
