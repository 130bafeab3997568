import { closeSync, mkdirSync, openSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzer, load, loaded, PREDECESSOR, plant, sentences, simulated, tempFolder } from './sample.ts';

const TOO_LARGE = 200 * 1024 * 1024;

/** Processor time: far above what reading takes on any machine, and far below what work that grows squared would. */
const SOON_MS = 10_000;

function said(xml: string | Uint8Array): readonly string[] {
  const from = process.cpuUsage();
  const parsed = load(xml);
  const { user, system } = process.cpuUsage(from);
  expect((user + system) / 1000).toBeLessThan(SOON_MS);
  expect(parsed.ok).toBe(false);
  return sentences(parsed);
}

const entities = (count: number) =>
  Array.from({ length: count }, (_, n) => `<!ENTITY e${n} "${'x'.repeat(3)}">`).join('\n');
const body = PREDECESSOR.replace(/^<\?xml.*\n/, '');

describe('what could do harm is refused before it is parsed', () => {
  it.each([
    { what: 'a DOCTYPE', xml: `<!DOCTYPE configuracio>\n${body}`, at: '1:1' },
    {
      what: 'a DOCTYPE behind a comment',
      xml: `<!-- <x> -->\n <!DOCTYPE x SYSTEM "file:///etc/passwd">\n${body}`,
      at: '2:2',
    },
    {
      what: 'entities within entities',
      xml: `<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "bb">]>\n${body}`,
      at: '1:1',
    },
    { what: 'a DOCTYPE in small letters', xml: `<!doctype x>\n${body}`, at: '1:1' },
    { what: 'an ENTITY in the middle', xml: body.replace('<devices>', '<devices><!ENTITY a "b">'), at: '3:12' },
    { what: 'a DOCTYPE that never ends', xml: '<!DOCTYPE x [', at: '1:1' },
    { what: 'twenty thousand entities', xml: `<!DOCTYPE x [${entities(20_000)}]>\n${body}`, at: '1:1' },
  ])('F65 $what', ({ xml, at }) => {
    expect(said(xml)).toEqual([
      expect.stringMatching(
        new RegExp(`^config\\.xml:${at}: expected no DOCTYPE and no entities, saw "<!\\w+"; remove it`),
      ),
    ]);
  });

  it('F65 a million entities are more than a file may hold', () => {
    const many = '<!ENTITY e "xxx">\n'.repeat(1_000_000);
    expect(said(`<!DOCTYPE x [${many}]>\n${body}`)).toEqual([
      expect.stringMatching(/^config\.xml: expected at most 1 MiB, saw \d{8} bytes; this is another file/),
    ]);
  });

  it('F65 a file of 200 MB is not even read', () => {
    const folder = tempFolder();
    const file = join(folder, 'big.xml');
    closeSync(openSync(file, 'w'));
    truncateSync(file, TOO_LARGE);
    const parsed = load(PREDECESSOR, { folder, configFile: file });
    expect(sentences(parsed)).toEqual([expect.stringContaining('expected at most 1 MiB, saw 209715200 bytes')]);
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(TOO_LARGE / 2);
  });

  it('F65 lector.ini is bounded too', () => {
    const parsed = load(PREDECESSOR, { ini: `[General]\n${'; x\n'.repeat(300_000)}` });
    expect(sentences(parsed)).toEqual([
      expect.stringMatching(/^lector\.ini: expected at most 1 MiB, saw 1200010 bytes/),
    ]);
  });

  it('F65 elements within elements', () => {
    const deep = (depth: number) => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`;
    expect(said(deep(33))).toEqual([
      'config.xml:1:97: expected elements at most 32 deep, saw deeper ones; this is no configuration',
    ]);
    expect(said(deep(140_000))).toHaveLength(1);
    expect(said(deep(32))).toEqual([
      'config.xml:1:1: expected <configuracio> around everything, saw <a>; is this the right file?',
    ]);
  });

  it.each([
    { what: 'comments that do not end', xml: '<!--'.repeat(200_000) },
    { what: 'CDATA that does not end', xml: `<a>${'<![CDATA['.repeat(100_000)}` },
    { what: 'instructions that do not end', xml: '<?a '.repeat(200_000) },
    { what: 'quotes that do not end', xml: '<a b="'.repeat(150_000) },
    { what: 'blanks without end in a tag', xml: `<a${' '.repeat(1_000_000)}` },
    { what: 'attributes without end', xml: `<a ${'b="c" '.repeat(150_000)}` },
    { what: 'brackets only', xml: '<'.repeat(1_000_000) },
    { what: 'many ampersands', xml: `<configuracio>${'&amp;'.repeat(200_000)}</configuracio>` },
    { what: 'many unknown entities', xml: `<configuracio>${'&a;'.repeat(200_000)}</configuracio>` },
    { what: 'many elements', xml: `<configuracio>${'<a/>'.repeat(200_000)}</configuracio>` },
    {
      what: 'many attributes',
      xml: `<configuracio ${Array.from({ length: 60_000 }, (_, n) => `a${n}="b"`).join(' ')}/>`,
    },
  ])('F65 $what takes no time worth counting', ({ xml }) => {
    expect(said(xml).length).toBeGreaterThan(0);
  });

  it.each([
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
  ])('F65 %s as a name stays a name', (name) => {
    const xml = body.replace('<devices>', `<${name} ${name}="1"/><devices>`);
    const parsed = load(xml);
    expect(sentences(parsed).length).toBeGreaterThan(0);
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('what is no configuration', () => {
  it.each([
    { what: 'an empty file', xml: '', says: /^config\.xml:1:1: expected an XML document, saw an empty file/ },
    { what: 'blanks only', xml: ' \n\n ', says: /^config\.xml:1:1: expected an XML document, saw an empty file/ },
    { what: 'a text', xml: 'hello', says: /expected well-formed XML/ },
    {
      what: 'two roots',
      xml: `${body}<a/>`,
      says: /^config\.xml:30:1: expected one root element, saw a second one, <a>/,
    },
    { what: 'two closed roots', xml: `<a/>\n<b/>`, says: /^config\.xml:2:1: expected one root element, saw a second/ },
    { what: 'another root', xml: '<x/>', says: /expected <configuracio> around everything, saw <x>/ },
    {
      what: 'an inner element that is not closed',
      xml: body.replace('</equips>', ''),
      says: /^config\.xml:29:1: expected <\/equips> to close the <equips> of line 11, saw <\/configuracio>; add/,
    },
    {
      what: 'several that are not closed',
      xml: '<configuracio>\n<equips>',
      says: /^config\.xml:2:9: expected <\/equips> .* line 2, .*; add <\/equips> and then <\/configuracio> at the/,
    },
    {
      what: 'a tag that closes nothing',
      xml: '<a/></b>',
      says: /^config\.xml:1:5: expected nothing more to close, saw <\/b>/,
    },
    {
      what: 'a quote that is missing',
      xml: body.replace('Taix"', 'Taix'),
      says: /^config\.xml:2:3: .*; a quote or a > is missing/,
    },
    {
      what: 'a value without quotes',
      xml: body.replace('id="4"', 'id=4'),
      says: /^config\.xml:2:\d+: expected well-formed XML/,
    },
    { what: 'an attribute twice', xml: body.replace('id="4"', 'id="4" id="5"'), says: /'id' is repeated/ },
    { what: 'an entity of HTML', xml: body.replace('Joan', '&eacute;'), says: /^config\.xml:2:16: .* saw "&eacute;"/ },
    { what: 'a control character', xml: body.replace('Joan', 'Jo\u0007an'), says: /^config\.xml:2: .* character 0x07/ },
  ])('F65 $what', ({ xml, says }) => {
    expect(said(xml)).toEqual([expect.stringMatching(says)]);
  });

  it('F65 a folder, or nothing', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'x.xml'));
    expect(sentences(load(PREDECESSOR, { folder, configFile: join(folder, 'x.xml') })).join()).toMatch(
      /a file, saw a folder/,
    );
    expect(sentences(load(PREDECESSOR, { folder, configFile: join(folder, 'y.xml') })).join()).toMatch(
      /saw no such file/,
    );
  });
});

describe('where localFile may write', () => {
  const at = (target: string, folder: string, ini?: string) =>
    load(
      plant({
        devices: simulated(),
        analyzers: analyzer({ exports: `<dataexport type="localFile" target="${target}"/>` }),
      }),
      {
        folder,
        ...(ini === undefined ? {} : { ini }),
      },
    );

  it('F65 in the folder of config.xml, there or not yet', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    for (const [target, path] of [
      ['dades', 'dades'],
      ['a/b/../c', 'a/c'],
      ['link/x', 'real/x'],
      ['..x', '..x'],
      ['.', '.'],
    ]) {
      expect(loaded(at(target!, folder)).analyzers[0]?.exports[0]?.path).toBe(join(folder, path!));
    }
  });

  it('F65 never beyond it: by dots, a whole path, a link, a link that dangles, a link within a link', () => {
    const folder = tempFolder();
    const outside = tempFolder();
    symlinkSync(outside, join(folder, 'out'));
    symlinkSync(join(outside, 'not', 'yet'), join(folder, 'dangling'));
    symlinkSync('dangling', join(folder, 'twice'));
    for (const target of [
      '../../etc/x',
      '..',
      outside,
      'out',
      'out/x',
      'dangling',
      'dangling/x',
      'twice/x',
      'a/../../b',
    ]) {
      expect(sentences(at(target, folder)), target).toEqual([
        expect.stringMatching(
          /^config\.xml:6:\d+: expected a target in the folder of the configuration, .*absolute_targets = yes/,
        ),
      ]);
    }
  });

  it('F65 anywhere when lector.ini says so', () => {
    const outside = tempFolder();
    const parsed = at(outside, tempFolder(), '[General]\nabsolute_targets = yes\n');
    expect(loaded(parsed).analyzers[0]?.exports[0]?.path).toBe(outside);
  });

  it('F65 not on a file, not along links in a circle, not nowhere', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    expect(sentences(at('file', folder)).join()).toContain('saw "file", a file');
    expect(sentences(at('file/x', folder)).join()).toContain('cannot be reached');
    expect(sentences(at('a/x', folder)).join()).toContain('cannot be reached');
    expect(sentences(at('', folder)).join()).toContain('target="FOLDER" of localFile, saw none');
  });
});
