import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadProfiles, parseProfile } from '../../../drivers/profiles/load.ts';
import { serialPace } from '../../../src/domain/pace.ts';
import { planBlocks } from '../../../src/domain/plan-blocks.ts';
import { isLowConfidence } from '../../../src/domain/profile.ts';

const document = readFileSync(new URL('../../../docs/PROFILES.md', import.meta.url), 'utf8');
const { profiles } = loadProfiles();

/** What the page says under the heading of a model. */
const chapterOf = (model: string): string => document.split(`\n### ${model}\n`)[1]?.split('\n### ')[0] ?? '';

describe('docs/PROFILES.md', () => {
  it('shows a profile that loads as it is printed', () => {
    const example = /```json\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
    const { profile, problems } = parseProfile('acme-p3', example, 'profiles/acme-p3.json');
    expect(problems).toEqual([]);
    if (profile === null) throw new Error('no profile');
    expect(profile.variables.map(({ code }) => code)).toEqual(['TPF', 'IPF', 'FRE', 'PAT', 'PRT', 'CEA', 'PMX']);
    const identity = { splits: [], refused: [], base: 0 };
    const plan = planBlocks({ profile, codes: ['TPF', 'PMX'], withStatus: false, pace: serialPace(9600), identity });
    expect(plan.blocks.flatMap(({ registers }) => registers)).toEqual([
      'voltage_L1',
      'voltage_L2',
      'voltage_L3',
      'peak',
    ]);
  });

  it.each([...profiles.values()].map((profile) => ({ id: profile.id, profile })))('lists $id with its names', ({
    profile,
  }) => {
    const row = document.split('\n').find((line) => line.startsWith(`| ${profile.model} |`)) ?? '';
    for (const text of [...profile.aliases, profile.vendor, `${profile.id}.json`]) expect(row).toContain(text);
  });

  it.each(
    [...profiles.values()].map((profile) => ({ id: profile.id, profile })),
  )('gives the codes of $id, those of low confidence, and its sources', ({ profile }) => {
    const chapter = chapterOf(profile.model);
    const codes = profile.variables.map(({ code }) => code);
    expect(chapter).toContain(`Codes: ${codes.join(' ')}.`);
    for (const source of profile.sources) expect(chapter).toContain(source);
    const low = new Set(profile.registers.filter(({ confidence }) => isLowConfidence(confidence)).map(({ id }) => id));
    const marked = profile.variables.filter(({ registers }) => registers.some((id) => low.has(id)));
    const said = [...chapter.matchAll(/^Low confidence, \w+: (.*)\.$/gm)].flatMap(([, list = '']) =>
      list === 'all' ? codes : list.split(' '),
    );
    expect([...new Set(said)].sort()).toEqual(marked.map(({ code }) => code).sort());
  });
});
