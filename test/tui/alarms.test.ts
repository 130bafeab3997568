import { describe, expect, it } from 'vitest';
import type { AlarmView } from '../../src/protocol/views.ts';
import { calmPlant, isoOf, NOW, nodeView } from './fake-plant.ts';
import { type Asked, screen } from './looking.ts';

const SILENT: AlarmView = {
  ...{ severity: 'error', subject: 'analyzer:2', label: 'analyzer 2 (PM500 "Kitchen")', rule: 'silent' },
  ...{ since: isoOf(NOW - 22 * 60_000), message: 'has not been read for 22 min: no answer' },
};
const DISK: AlarmView = {
  ...{ severity: 'warning', subject: 'node', label: 'node 1 (IES Sa Garriga)', rule: 'diskLow', since: null },
  message: 'the disk of the data folder has 3 % left',
};
const raised = (...alarms: readonly AlarmView[]) => ({ ...calmPlant(), node: nodeView({ alarms }) });
const list = (asked: Asked = {}) =>
  screen({ list: raised(SILENT, DISK), chosen: { screen: 'alarms' }, columns: 160, ...asked });

describe('alarms of rules', () => {
  it('are counted in the header of every screen', () => {
    expect(screen({ list: raised(SILENT), columns: 120 })[0]).toContain(' 1 alarm  ');
    expect(screen({ list: raised(SILENT, DISK), columns: 120, lang: 'ca' })[0]).toContain(' 2 alarmes  ');
    expect(screen({ list: raised(), columns: 120 })[0]).not.toContain('alarm');
  });

  it('are listed with whom they are about, since when, what is wrong and the rule', () => {
    const [, tabs, heading, first, second] = list();
    expect(tabs).toContain('[6 Alarms]');
    expect(heading).toMatch(/STATE +SINCE +NAME +WHAT IS WRONG +RULE/);
    expect(first).toMatch(/error +22 min +2 .* has not been read for 22 min: no answer +silent$/);
    expect(second).toMatch(/warning +- +node 1 \(IES Sa Garriga\) +the disk of the data folder has 3 % left +diskLow$/);
    expect(list().join('\n')).toMatch(/: has not been read for 22 min: no answer\n for 22 min {2}silent/);
  });

  it('fit a narrow terminal, and what matters most stays', () => {
    const lines = list({ columns: 40 });
    for (const text of lines) expect(text.length).toBeLessThanOrEqual(40);
    expect(lines[3]).toMatch(/error/);
  });

  it('where there are none a sentence says so, in every language', () => {
    const none = (lang: 'en' | 'ca' | 'es') =>
      screen({ list: raised(), chosen: { screen: 'alarms' }, columns: 120, lang })[3];
    expect([none('en'), none('ca'), none('es')]).toEqual([
      '  no alarm: the rules of <alarms> in config.xml have found nothing',
      "  cap alarma: les regles d'<alarms> de config.xml no han trobat res",
      '  ninguna alarma: las reglas de <alarms> de config.xml no han encontrado nada',
    ]);
  });

  it('cannot move a cursor, whatever a server says', () => {
    const text = screen({
      list: raised({ ...DISK, message: '\u001b[2Jgone', rule: 'a\u001b[H' }),
      chosen: { screen: 'alarms' },
      columns: 160,
    });
    expect(text.join('\n')).not.toContain('\u001b');
  });
});
