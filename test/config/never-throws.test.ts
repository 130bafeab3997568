import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../../drivers/profiles/load.ts';
import { readInstallation } from '../../src/config/load.ts';
import { createReport } from '../../src/config/report.ts';
import { decodeText } from '../../src/config/text-file.ts';
import { parseXml } from '../../src/config/xml-file.ts';
import { problemText } from '../../src/domain/problem.ts';
import { PREDECESSOR, tempFolder } from './sample.ts';

const TOKENS = PREDECESSOR.split(/(<[^>]*>|\s+|"[^"]*")/).filter((token) => token !== '');
const ODD = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '/',
  '<!--',
  '-->',
  ']]>',
  '<![CDATA[',
  '<?',
  '?>',
  '&#0;',
  '&#x41;',
  '<a/>',
  '\u0000',
  '=',
  'ñ',
  '😀',
];

/** The sample with pieces left out, doubled, exchanged, and odd ones put in. */
const mangled = fc
  .array(
    fc.record({
      at: fc.nat(TOKENS.length),
      drop: fc.nat(3),
      put: fc.oneof(fc.constantFrom(...ODD), fc.constantFrom(...TOKENS), fc.string({ maxLength: 8 })),
    }),
    { maxLength: 6 },
  )
  .map((edits) => {
    const tokens = [...TOKENS];
    for (const { at, drop, put } of edits) tokens.splice(at, drop, put);
    return tokens.join('');
  });

const { profiles } = loadProfiles();
const folder = tempFolder();

function readAll(xml: string | Uint8Array, ini: string | Uint8Array): void {
  writeFileSync(join(folder, 'config.xml'), xml);
  writeFileSync(join(folder, 'lector.ini'), ini);
  const report = createReport();
  const files = { configFile: join(folder, 'config.xml'), iniFile: join(folder, 'lector.ini') };
  const found = readInstallation({ ...files, serialPorts: [], platform: 'linux' }, profiles, report);
  if (found === null) expect(report.failed()).toBe(true);
  for (const problem of report.problems) {
    const text = problemText(problem);
    // the one rule about every sentence: one line, nothing unsafe, nothing of the program in it
    expect(text).not.toMatch(/[\p{Cc}]|undefined|NaN|\[object/u);
    expect(problem.at).toMatch(/(config\.xml|lector\.ini)(:\d+(:\d+)?)?$/);
  }
}

describe('whatever a file holds', () => {
  it('F65 bytes: it is read or said, never thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 100 }), (xml, ini) =>
        readAll(xml, ini),
      ),
      { numRuns: 300 },
    );
  });

  it('F65 the sample, mangled: it is read or said, never thrown', () => {
    fc.assert(
      fc.property(mangled, fc.string({ maxLength: 60 }), (xml, ini) => readAll(xml, `[General]\n${ini}`)),
      { numRuns: 600 },
    );
  });

  it('F65 what is accepted as XML has one root, all of whose texts were in the file', () => {
    fc.assert(
      fc.property(mangled, (text) => {
        const report = createReport();
        const decoded = decodeText(Buffer.from(text), 'config.xml', report);
        const root = decoded === null ? null : parseXml(decoded, 'config.xml', report);
        if (root === null) return;
        const opened = [...text.matchAll(/<[a-z]\w*/gi)].length;
        const count = (element: typeof root): number =>
          1 + element.children.reduce((sum, each) => sum + count(each), 0);
        expect(count(root)).toBeLessThanOrEqual(opened);
      }),
      { numRuns: 300 },
    );
  });
});
