import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzer, load, loaded, plant, sentences, simulated, tempFolder } from './sample.ts';

const SCHOOL = readFileSync(new URL('../../docs/examples/3.0TD-baleares.json', import.meta.url), 'utf8');
const METERS = [
  analyzer({ attributes: 'id="1" device="1" name="Main"', codes: ['PAT'] }),
  analyzer({ attributes: 'id="5" device="1" name="Workshop"', codes: ['CEA'] }),
  analyzer({ attributes: 'id="8" device="1" name="Volts"', codes: ['TPF'] }),
].join('\n');

/** A plant of the analyzers 1 and 5 with these sums. */
function loadWith(virtuals: string, node = '<node id="4" name="School"/>') {
  const folder = tempFolder();
  mkdirSync(join(folder, 'tariffs'));
  writeFileSync(join(folder, 'tariffs', 'school.json'), SCHOOL);
  const xml = plant({ node, devices: simulated(), analyzers: METERS });
  const section = `</equips><virtuals>${virtuals}</virtuals>`;
  return load(xml.replace('</equips>', section), { folder });
}
const BUILDING = '<virtual id="100" name="Building" location="All" of="1 - 5" tariff="school"/>';

describe('sums of analyzers in the configuration', () => {
  it('have an id, a name, terms and a contract', () => {
    const parsed = loadWith(BUILDING);
    expect(loaded(parsed).virtuals).toEqual([
      {
        ...{ id: 100, name: 'Building', location: 'All', of: '1 - 5', tariff: 'school' },
        terms: [
          { sign: 1, id: 1 },
          { sign: -1, id: 5 },
        ],
      },
    ]);
    expect(parsed.ok && [...parsed.value.contracts.keys()]).toEqual(['school']);
    expect(sentences(parsed)).toEqual([]);
  });

  it('have the contract of the node where they name none', () => {
    const of = (node: string) => loaded(loadWith('<virtual id="9" name="Sum" of="1 + 5"/>', node)).virtuals?.[0];
    expect(of('<node id="4" tariff="school"/>')).toMatchObject({ tariff: 'school', location: '' });
    expect(of('<node id="4"/>')).not.toHaveProperty('tariff');
  });

  it('are there without a contract where theirs is not', () => {
    const parsed = loadWith('<virtual id="100" name="Building" of="1 + 5" tariff="scholl"/>');
    expect(loaded(parsed).virtuals).toHaveLength(1);
    expect(sentences(parsed)).toEqual([expect.stringMatching(/warning: .*saw "scholl"; did you mean school\?/)]);
  });

  it('are none where there are none', () => {
    expect(loaded(loadWith(''))).not.toHaveProperty('virtuals');
    expect(loaded(load(plant({ devices: simulated(), analyzers: METERS })))).not.toHaveProperty('virtuals');
  });

  it.each([
    ['of="1 - 7"', /ids of analyzers, saw 7; there is 1, 5 and 8/],
    ['of="1"', /a sum of analyzers .* such as 1 - 5 .*saw "1"; one analyzer alone is no sum/],
    ['of="1 * 5"', /a sum of analyzers .*saw "1 \* 5"/],
    ['of="1 + 1"', /each once.*saw "1 \+ 1"/],
    ['', /of="\.\.\." in <virtual>: a sum of analyzers .*, saw none; write of="1 - 5"/],
    ['of="1 + 5" tarif="school"', /saw tarif; did you mean tariff\?/],
  ])('%s is an error in words', (attributes, words) => {
    const parsed = loadWith(`<virtual id="100" name="Building" ${attributes}/>`);
    expect(parsed.ok).toBe(false);
    expect(sentences(parsed)).toEqual([expect.stringMatching(words)]);
  });

  it.each([
    ['an id of an analyzer', '<virtual id="5" name="B" of="1 + 5"/>', /id 5, as analitzador 5 has; give it another id/],
    ['an id twice', `${BUILDING}<virtual id="100" name="B" of="1 + 5"/>`, /id 100, as virtual 100 has/],
    ['a name of an analyzer', '<virtual id="9" name=" WORKshop" of="1 + 5"/>', /"WORKshop", as analitzador 5 has/],
    ['a name twice', `${BUILDING}<virtual id="9" name="building" of="1 + 5"/>`, /"building", as virtual 100 has/],
    ['a name that is an id', '<virtual id="9" name="1" of="1 + 5"/>', /a name that is no id and no sum, saw "1"/],
    ['a name that is a sum', '<virtual id="9" name="1 - 5" of="1 + 5"/>', /no sum, saw "1 - 5"; give it another/],
    ['no name', '<virtual id="9" of="1 + 5"/>', /name="\.\.\." in <virtual>: a name .*saw none/],
    ['no id', '<virtual name="B" of="1 + 5"/>', /id="\.\.\." in <virtual>: .*saw none/],
    [
      'a sum of a sum',
      `${BUILDING}<virtual id="9" name="B" of="1 + 100"/>`,
      /100, which is a sum itself; write its own/,
    ],
    ['another element', '<sum id="9"/>', /a known element in <virtuals> \(virtual\), saw sum/],
  ])('%s is told', (_, virtuals, words) => {
    expect(sentences(loadWith(virtuals))).toEqual([expect.stringMatching(words)]);
  });

  it('a minus without blanks is read as a minus, and said: where alarms name analyzers it is a range', () => {
    const parsed = loadWith('<virtual id="100" name="Building" of="1-5"/>');
    expect(loaded(parsed).virtuals?.[0]?.terms).toHaveLength(2);
    expect(sentences(parsed)).toEqual([expect.stringContaining('it is read as analyzer 1 without analyzer 5')]);
  });

  it('one that is asked for neither power nor energy makes a sum that is never known', () => {
    const parsed = loadWith('<virtual id="100" name="Building" of="1 + 5 + 8"/>');
    expect(parsed.ok).toBe(true);
    expect(sentences(parsed)).toEqual([
      expect.stringMatching(/power or energy, saw 8, a "PM710" .*; the sum is never/),
    ]);
  });

  it('many of them are refused at once', () => {
    const many = Array.from({ length: 201 }, (_, n) => `<virtual id="${n + 10}" name="N${n}" of="1 + 5"/>`).join('');
    expect(sentences(loadWith(many))).toEqual([expect.stringMatching(/at most 200 <virtual>.*saw 201/)]);
  });
});
