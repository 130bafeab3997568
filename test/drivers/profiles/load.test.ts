import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProfile, loadProfiles, parseProfile } from '../../../drivers/profiles/load.ts';
import { problemText } from '../../../src/domain/problem.ts';
import { profileText, registersWith, SMALL } from './profile-text.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profiles-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const told = (text: string): readonly string[] =>
  parseProfile('p3', text, 'profiles/p3.json').problems.map(problemText);

describe("a profile of one's own", () => {
  it('is found beside the built-in ones, without compiling', () => {
    put('p3.json', profileText());
    const { profiles, problems } = loadProfiles([folder]);
    expect(problems).toEqual([]);
    expect(findProfile(profiles, 'p3')?.vendor).toBe('Acme');
    expect(findProfile(profiles, 'PM710')?.id).toBe('pm710');
  });

  it('is read again when it changed, and is the same object while it does not', () => {
    const name = 'own-meter.json';
    put(name, profileText({ model: 'First' }));
    const first = loadProfiles([folder]).profiles.get('own-meter');
    expect(loadProfiles([folder]).profiles.get('own-meter')).toBe(first);
    put(name, profileText({ model: 'Second' }));
    expect(loadProfiles([folder]).profiles.get('own-meter')?.model).toBe('Second');
    put(name, '{');
    const { profiles, problems } = loadProfiles([folder]);
    expect([profiles.has('own-meter'), problems.length > 0]).toEqual([false, true]);
  });

  it('replaces the built-in one of the same file name', () => {
    put('sdm630.json', profileText({ model: 'SDM630' }));
    const { profiles, problems } = loadProfiles([folder]);
    expect(problems).toEqual([]);
    expect(findProfile(profiles, 'SDM630')?.vendor).toBe('Acme');
    expect(profiles.size).toBe(loadProfiles().profiles.size);
  });

  it('wins over a built-in one of the same model, and that is said', () => {
    put('mine.json', profileText({ model: 'SDM-630' }));
    const { profiles, problems } = loadProfiles([folder]);
    expect(findProfile(profiles, 'SDM630')?.id).toBe('mine');
    expect(problems).toMatchObject([{ severity: 'warning', saw: '"SDM-630", as in sdm630.json' }]);
  });

  it('that replaces a built-in one also wins over others that share its model', () => {
    put('a.json', profileText({ model: 'SDM630' }));
    put('sdm630.json', profileText({ model: 'SDM630', vendor: 'Mine' }));
    expect(findProfile(loadProfiles([folder]).profiles, 'SDM630')?.vendor).toBe('Mine');
  });

  it('with an error is left out, and every other one is there', () => {
    put('bad.json', '{ "vendor": "Acme",\n  "model" "P4" }');
    put('p3.json', profileText());
    const { profiles, problems } = loadProfiles([folder]);
    expect(profiles.has('p3')).toBe(true);
    expect(profiles.has('bad')).toBe(false);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.at).toMatch(/bad\.json:2:1\d$/);
  });

  it('needs no folder: one that is not there holds none', () => {
    expect(loadProfiles([join(folder, 'none')]).problems).toEqual([]);
  });

  it('a folder that cannot be listed is a problem, not an end', () => {
    put('file', '');
    const { profiles, problems } = loadProfiles([join(folder, 'file')]);
    expect(profiles.size).toBeGreaterThan(30);
    expect(problems).toHaveLength(1);
  });

  it('may begin with a byte order mark', () => {
    expect(told(`\uFEFF${profileText()}`)).toEqual([]);
  });
});

const errors = [
  {
    what: 'a type that does not exist, with line and column',
    text: profileText({ registers: registersWith(5, { type: 'u31' }) }),
    says: /^profiles\/p3\.json:39:15: expected one of u16 i16 .* \(registers\[5\]\.type\), saw "u31"/,
  },
  {
    what: 'a quantity that does not exist',
    text: profileText({ registers: registersWith(0, { quantity: 'volts' }) }),
    says: /^profiles\/p3\.json:13:19: expected one of voltage voltageLL .* saw "volts"/,
  },
  {
    what: 'a key with a slip in it',
    text: profileText({ registers: registersWith(0, { adress: 0 }) }),
    says: /^profiles\/p3\.json:16:17: expected a key that profiles have \(registers\[0\]\.adress\), saw "adress"/,
  },
  {
    what: 'an address that is a text',
    text: profileText({ registers: registersWith(0, { address: '0x10' }) }),
    says: /expected a number \(registers\[0\]\.address\), saw "0x10"/,
  },
  {
    what: 'an address below 0',
    text: profileText({ registers: registersWith(0, { address: -1 }) }),
    says: /expected at least 0 \(registers\[0\]\.address\), saw -1/,
  },
  {
    what: 'an address with a fraction',
    text: profileText({ registers: registersWith(0, { address: 1.5 }) }),
    says: /a whole number/,
  },
  {
    what: 'a model that is missing',
    text: profileText({ model: undefined }),
    says: /:1:1: expected a string \(model\), saw nothing/,
  },
  { what: 'no source', text: profileText({ sources: [] }), says: /expected at least one \(sources\)/ },
  {
    what: 'a phase that does not exist',
    text: profileText({ registers: registersWith(0, { phase: 'R' }) }),
    says: /one of L1 L2 L3 N .* saw "R"/,
  },
  {
    what: 'a code that would mix with the number of a value',
    text: profileText({ variables: ['CE1'] }),
    says: /saw "CE1"/,
  },
  {
    what: 'a range upside down',
    text: profileText({ registers: registersWith(4, { valid: [65, 45] }) }),
    says: /the lower limit first/,
  },
  {
    what: 'a comma at the end',
    text: `${profileText().slice(0, -2)},\n}`,
    says: /^profiles\/p3\.json:43:1: expected JSON/,
  },
  {
    what: 'a file that ends too early',
    text: profileText().slice(0, 100),
    says: /^profiles\/p3\.json:\d+:\d+: expected JSON/,
  },
  { what: 'an empty file', text: '', says: /^profiles\/p3\.json:1:1: expected JSON/ },
  { what: 'a list', text: '[]', says: /:1:1: expected an object, saw \[\]/ },
] as const;

describe('what is wrong with a profile', () => {
  it.each(errors)('says $what', ({ text, says }) => {
    const found = told(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).toMatch(says);
  });

  it('is said all at once', () => {
    const registers = registersWith(0, { type: 'u31', phase: 'R' }).map((line, n) =>
      n === 3 ? { quantity: 'x' } : line,
    );
    expect(told(profileText({ registers, vendor: '' }))).toHaveLength(4);
  });

  it('never throws, whatever a value is replaced by', () => {
    const values = [null, true, -1, 1e300, '', 'x', [], {}, [null], [[]]];
    for (const key of [
      ...Object.keys(SMALL),
      'aliases',
      'limits',
      'serial',
      'signature',
      'reserved',
      'variables',
      'status',
    ]) {
      for (const value of values) expect(() => told(profileText({ [key]: value }))).not.toThrow();
    }
  });
});

describe('the name of a model', () => {
  const { profiles } = loadProfiles();

  it.each([
    ['PM710', 'pm710'],
    ['pm 710', 'pm710'],
    ['PM-710', 'pm710'],
    ['PM750', 'pm710'],
    ['CVMk', 'cvmk'],
    ['cvm-k', 'cvmk'],
    ['CVMK-4C', 'cvmk-4c'],
    ['CVMk / Modbus', 'cvmk-modbus'],
    ['DAS8000', 'das-8000'],
    ['7M24', '7m24'],
    ['em24_e1', 'em24-e1'],
    ['iem3255', 'iem3155'],
    ['ABB B23', 'b23'],
    ['sunspec', 'sunspec'],
  ])('%s leads to %s', (model, id) => {
    expect(findProfile(profiles, model)?.id).toBe(id);
  });

  it.each(['PM711', '', 'SDM'])('%j leads nowhere', (model) => {
    expect(findProfile(profiles, model)).toBeNull();
  });

  it('is of one profile only, aliases included', () => {
    const names = [...profiles.values()].flatMap(({ id, model, aliases }) =>
      [model, ...aliases].map((name) => [name, id] as const),
    );
    for (const [name, id] of names) expect(findProfile(profiles, name)?.id, name).toBe(id);
  });
});
