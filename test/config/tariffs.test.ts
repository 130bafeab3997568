import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzer, load, plant, sentences, simulated, tempFolder } from './sample.ts';

const SCHOOL = readFileSync(new URL('../../docs/examples/3.0TD-baleares.json', import.meta.url), 'utf8');

function loadWith(node: string, attributes: string, files: Readonly<Record<string, string>>) {
  const folder = tempFolder();
  mkdirSync(join(folder, 'tariffs'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'tariffs', name), text);
  const first = analyzer({ attributes: `id="1" device="1" ${attributes}` });
  const second = analyzer({ attributes: 'id="2" device="1"' });
  return load(plant({ node, devices: simulated(), analyzers: first + second }), { folder });
}
const NODE = '<node id="4" name="School" tariff="school"/>';

describe('contracts of the configuration', () => {
  it('are named for the node and for analyzers, and read from tariffs/ beside it', () => {
    const parsed = loadWith(NODE, 'tariff="other"', { 'school.json': SCHOOL, 'other.json': SCHOOL });
    if (!parsed.ok) throw new Error(sentences(parsed).join('\n'));
    const { installation, contracts } = parsed.value;
    expect(installation.analyzers.map(({ tariff }) => tariff)).toEqual(['other', 'school']);
    expect([...contracts.keys()].sort()).toEqual(['other', 'school']);
    expect(installation.node).not.toHaveProperty('tariff');
  });

  it('are none where none is named', () => {
    const parsed = loadWith('<node id="4"/>', '', {});
    expect(parsed.ok && [parsed.value.contracts.size, parsed.value.installation.analyzers[0]?.tariff]).toEqual([
      0,
      undefined,
    ]);
  });

  it.each([
    ['that is not there', { 'schol.json': SCHOOL }, /saw "school"; did you mean schol\?/],
    ['where there is none at all', {}, /saw "school"; there is none/],
    ['that is wrong', { 'school.json': '{ "name": "x" }' }, /tariffs\/school\.json: tariff: warning: expected/],
    ['that is no JSON', { 'school.json': '{' }, /tariffs\/school\.json: warning: expected JSON/],
    [
      'whose prices by the hour are not there',
      { 'school.json': SCHOOL.replace('"tariff"', '"hourlyPrices": "pvpc.csv", "tariff"') },
      /tariffs\/pvpc\.csv/,
    ],
  ])('%s is a warning in words, and meters are read without it', (_, files, words) => {
    const parsed = loadWith(NODE, '', files as Record<string, string>);
    expect(sentences(parsed).join('\n')).toMatch(words);
    expect(parsed.ok && [parsed.value.contracts.size, parsed.value.installation.analyzers.length]).toEqual([0, 2]);
  });

  it('are not looked for elsewhere', () => {
    expect(sentences(loadWith('<node id="4" tariff="../school"/>', '', {})).join('\n')).toContain('saw "../school"');
  });
});
