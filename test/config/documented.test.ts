import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMON, OWN } from '../../src/config/read-alarm-fields.ts';
import { EXPORT_OPTIONS } from '../../src/domain/export-options.ts';
import { FAULT_KINDS } from '../../src/domain/installation.ts';
import { LINE_EVENTS } from '../../src/domain/transaction.ts';
import { analyzer, load, plant, sentences, simulated } from './sample.ts';

const MANUAL = readFileSync(new URL('../../docs/OPERATING.md', import.meta.url), 'utf8');

/** Names that a place knows, as the warning about one that it does not know lists them. */
function known(xml: string, ini?: string): readonly string[] {
  const said = sentences(load(xml, ini === undefined ? {} : { ini }));
  return said.flatMap((sentence) => /\(([^)]*)\), saw zzzzzzzz/.exec(sentence)?.[1]?.split(/, | or /) ?? []);
}

const device = (attributes: string, inside = '<zzzzzzzz/>') =>
  plant({ devices: `<device id="1" ${attributes}>${inside}</device>`, analyzers: '' });

const PLACES = [
  {
    what: 'a node',
    names: known(plant({ node: '<node id="1" zzzzzzzz="1"/>', devices: '', analyzers: '' })),
    least: 4,
  },
  { what: 'a device', names: known(device('type="serial" zzzzzzzz="1"', '<port>/dev/null</port>')), least: 3 },
  { what: 'a serial line', names: known(device('type="serial"')), least: 11 },
  { what: 'a TCP line', names: known(device('type="tcp"')), least: 8 },
  { what: 'a simulated line', names: known(device('type="simulated"')), least: 9 },
  {
    what: 'a fault',
    names: known(device('type="simulated"', '<fault analyzer="1" kind="late" for="1s" zzzzzzzz="1"/>')),
    least: 4,
  },
  {
    what: 'an analyzer',
    names: known(
      plant({ devices: simulated(), analyzers: analyzer({ attributes: 'id="1" device="1" zzzzzzzz="1"' }) }),
    ),
    least: 8,
  },
  {
    what: 'params',
    names: known(plant({ devices: simulated(), analyzers: analyzer({ params: '<zzzzzzzz/>' }) })),
    least: 9,
  },
  { what: '[General]', names: known(device('type="tcp"'), '[General]\nzzzzzzzz = 1'), least: 5 },
  { what: '[Control]', names: known(device('type="tcp"'), '[Control]\nzzzzzzzz = 1'), least: 6 },
] as const;

describe('docs/OPERATING.md', () => {
  it.each(PLACES)('has every name that $what may have', ({ names, least }) => {
    expect(names.length).toBeGreaterThanOrEqual(least);
    const missing = names.filter((name) => !new RegExp(`[\`<" ]${name}[\`>=" ]`).test(MANUAL));
    expect(missing).toEqual([]);
  });

  it('has alarms that load as they stand', () => {
    const [alarms = ''] = /<alarms>.*?<\/alarms>/s.exec(MANUAL) ?? [];
    const analyzers = [1, 2, 3, 4, 5].map((id) => analyzer({ attributes: `id="${id}" device="1"` })).join('\n');
    const text = plant({ devices: simulated(), analyzers }).replace('</configuracio>', `\n${alarms}</configuracio>`);
    expect(alarms).toContain('<command>');
    const absent = /: warning: expected a (file that can be read|program that can be run) in /;
    expect(sentences(load(text)).filter((sentence) => !absent.test(sentence))).toEqual([]);
  });

  it('has every option of every destination, and every attribute of a rule', () => {
    const options = Object.values(EXPORT_OPTIONS).flatMap((each) => Object.keys(each));
    const names = [...options, ...COMMON, ...Object.values(OWN).flat()];
    expect([...new Set(names)].filter((name) => !MANUAL.includes(`\`${name}\``))).toEqual([]);
  });

  it('has every fault and every counter', () => {
    expect(FAULT_KINDS.filter((kind) => !MANUAL.includes(`\`${kind}\``))).toEqual([]);
    expect(LINE_EVENTS.filter((kind) => !MANUAL.includes(`| \`${kind}\` |`))).toEqual([]);
  });
});
