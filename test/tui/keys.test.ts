import { describe, expect, it } from 'vitest';
import type { Effect } from '../../tui/keys/effects.ts';
import { keysOf } from '../../tui/keys/key.ts';
import { completions, parsed } from '../../tui/keys/palette.ts';
import { press } from '../../tui/keys/press.ts';
import type { Ui } from '../../tui/state/ui.ts';
import { frameOf } from '../../tui/view-model.ts';
import { LANGUAGES } from '../../tui/words/words.ts';
import { faultyPlant, largePlant, NOW } from './fake-plant.ts';
import { type Asked, lookOf, plantOf, screenOf } from './looking.ts';

/** Types keys one after the other, as they come, and tells where that led. */
function typed(
  keys: readonly string[] | string,
  asked: Asked & { readonly isOwner?: boolean; readonly slipped?: boolean } = {},
) {
  let look = lookOf(asked);
  const effects: Effect[] = [];
  for (const key of keys) {
    const { isOwner = false, slipped = false } = asked;
    const done = press(look.ui, key, { look, frame: frameOf(look), isOwner, slipped });
    look = { ...look, ui: done.ui };
    effects.push(...done.effects);
  }
  const frame = frameOf(look);
  const { keys: rows, place } = frame.body;
  return { ui: look.ui, effects, selected: rows[place.index], screen: screenOf(frame), top: place.top };
}

const commands = (effects: readonly Effect[]) =>
  effects.flatMap((each) => (each.kind === 'command' ? [each.command] : []));

describe('chunks of input', () => {
  it.each([
    ['jjj', {}, ['j', 'j', 'j']],
    ['j\x03', {}, ['j', 'ctrl-c']],
    ['', { upArrow: true }, ['up']],
    ['', { pageDown: true }, ['pagedown']],
    ['c', { ctrl: true }, ['ctrl-c']],
    ['z', { ctrl: true }, ['ctrl-z']],
    ['\r', { return: true }, ['enter']],
    ['ab\r\n', {}, ['a', 'b', 'enter']],
    ['', { tab: true, shift: true }, ['backtab']],
    ['é', {}, ['é']],
    ['e\u0301', {}, ['e\u0301']],
    ['\x1b', { escape: true }, ['esc']],
    ['4', { meta: true }, ['esc', '4']],
    ['\x07', {}, []],
  ])('%j is %j', (input, key, keys) => expect(keysOf(input, key)).toEqual(keys));
});

describe('moving', () => {
  it.each([
    ['j', '2'],
    ['jjjk', '3'],
    ['G', '4'],
    ['Gg', '8'],
    ['k', '8'],
  ])('%s leads to analyzer %s', (keys, id) => expect(typed(keys).selected).toBe(id));

  it('the list follows the selection, and only as far as it must', () => {
    const list = largePlant(100);
    expect(typed(['pagedown'], { list }).top).toBe(1);
    expect(typed(['end'], { list }).top).toBe(100 - 18);
    expect(typed(['end', 'up'], { list }).top).toBe(100 - 18);
    expect(typed(['end', 'home'], { list }).top).toBe(0);
  });

  it('the selection stays on its analyzer when the order changes', () => {
    expect(typed(['j', 'N']).selected).toBe('2');
    expect(typed(['j', 'N', 'N']).selected).toBe('2');
  });

  it('numbers and Tab change the screen, Esc comes back', () => {
    expect(typed('2').ui.screen).toBe('lines');
    expect(typed(['tab', 'tab']).ui.screen).toBe('deliveries');
    expect(typed(['backtab']).ui.screen).toBe('alarms');
    expect(typed(['5', 'esc']).ui.screen).toBe('overview');
  });

  it('Enter opens the analyzer, the bus of a line, a node of the tree; Esc closes', () => {
    expect(typed(['j', 'enter']).ui).toMatchObject({ screen: 'analyzer', opened: { id: 2 } });
    expect(typed(['j', 'enter', 'esc']).ui.screen).toBe('overview');
    expect(typed(['2', 'j', 'enter']).ui).toMatchObject({ screen: 'bus', bus: 2 });
    expect(typed(['2', 'enter', 'q']).effects).toEqual([{ kind: 'quit', stop: false }]);
  });
});

describe('commands on analyzers', () => {
  it.each([
    ['p', 'pause'],
    ['r', 'resume'],
    ['n', 'readNow'],
    ['i', 'identify'],
    ['s', 'start'],
  ])('%s: %s the selected one, without a question', (key, action) => {
    expect(commands(typed(['j', key]).effects)).toEqual([
      { kind: 'act', action, target: { kind: 'analyzers', ids: [2] }, seconds: null },
    ]);
  });

  it('marked ones come before the selected one', () => {
    expect(commands(typed([' ', ' ', 'p']).effects)[0]).toMatchObject({ target: { ids: [8, 2] } });
    expect(commands(typed(['*', 'r']).effects)[0]).toMatchObject({ target: { ids: expect.arrayContaining([1, 8]) } });
    expect(typed(['*', '*']).ui.marks.size).toBe(0);
  });

  it('what was acted on stays selected, and so does the row that a command is typed for', () => {
    expect(typed('p').ui.places.overview).toMatchObject({ key: '8' });
    expect(typed(':').ui.places.overview).toMatchObject({ key: '8' });
    expect(typed('?').ui.places.overview).toBeUndefined();
  });

  it('a row that came under the cursor only just now is not acted on, but said; marked ones are', () => {
    const slipped = typed('p', { slipped: true });
    expect(commands(slipped.effects)).toEqual([]);
    expect(slipped.screen.at(-2)).toContain('the rows moved just now: Library is selected; press again');
    expect(typed('x', { slipped: true }).ui.prompt).toBeNull();
    expect(commands(typed(' p', { slipped: true }).effects)).toHaveLength(1);
  });

  it('stop asks first, and any other key than yes is no', () => {
    const asked = typed(['j', 'x']);
    expect(asked.effects).toEqual([]);
    expect(asked.screen.at(-2)).toContain(
      'stop Kitchen? nothing is read or recorded until it is started  y yes   n no',
    );
    expect(typed(['j', 'x', 'enter']).effects).toEqual([]);
    expect(typed(['j', 'x', 'enter']).ui.prompt).toBeNull();
    expect(commands(typed(['j', 'x', 'y']).effects)[0]).toMatchObject({ action: 'stop', target: { ids: [2] } });
  });

  it('a line is paused as a whole, after a question', () => {
    expect(typed(['2', 'p']).ui.prompt?.kind).toBe('confirm');
    expect(commands(typed(['2', 'p', 'y']).effects)[0]).toMatchObject({ target: { kind: 'line', id: 1 } });
  });

  it('nothing is asked of the server where only looking is allowed, or while it is lost', () => {
    const lost = { ...plantOf(faultyPlant()), link: { kind: 'lost' as const, since: NOW, message: '' } };
    for (const asked of [
      { readOnly: true },
      { plant: { ...plantOf(faultyPlant()), mayCommand: false } },
      { plant: lost },
    ]) {
      const done = typed(['p', 'x', 'y'], asked);
      expect(commands(done.effects)).toEqual([]);
    }
    expect(typed('p', { readOnly: true }).screen.at(-2)).toContain('only looking');
    expect(typed('p', { plant: lost }).screen.at(-2)).toContain('the server is lost');
    expect(typed('', { readOnly: true }).screen.at(-1)).not.toContain('pause');
  });
});

describe('the filter', () => {
  it('filters as it is typed; Enter keeps it, Esc puts back what was', () => {
    expect(typed(['/', ...'kit']).ui.filters.overview).toBe('kit');
    expect(typed(['/', ...'kit', 'enter', 'p']).effects).toHaveLength(1);
    expect(typed(['/', ...'kit', 'esc']).ui.filters.overview).toBe('');
    expect(typed(['/', ...'kit', 'enter', '/', ...'x', 'esc']).ui.filters.overview).toBe('kit');
    expect(typed(['/', ...'kit', 'enter', 'esc']).ui.filters.overview).toBe('');
    expect(typed(['/', ...'ab', 'backspace']).ui.filters.overview).toBe('a');
  });

  it('! begins one that leaves out, or turns the one there is', () => {
    expect(typed('!kit').screen.join()).not.toContain('Kitchen');
    expect(typed('!kit').ui.filters.overview).toBe('!kit');
    expect(typed(['/', ...'kit', 'enter', '!', 'enter']).ui.filters.overview).toBe('!kit');
    expect(typed(['/', ...'kit', 'enter', '!', 'esc']).ui.filters.overview).toBe('kit');
    expect(typed('5!').ui.filters.log).toBe('!');
  });

  it('keys that would act are text while it is typed', () => {
    expect(typed(['/', ...'pqx']).effects).toEqual([]);
  });
});

describe('the palette', () => {
  const { en, ca } = LANGUAGES;
  it('offers what begins with the text first, then what has it somewhere', () => {
    expect(completions('st', en)[0]?.name).toBe('stop');
    expect(completions('st', en).map(({ name }) => name)).toContain('startall');
    expect(completions('pendent', ca)[0]?.name).toBe('deliveries');
  });

  it.each([
    ['pause', 0, { name: 'pause', argument: '' }],
    ['pause 15', 0, { name: 'pause', argument: '15' }],
    ['pau', 0, { name: 'pause', argument: '' }],
    ['', 0, null],
    ['', 2, { name: 'read', argument: '' }],
    ['zzz', 0, null],
  ])('%j', (text, chosen, command) => expect(parsed(text, chosen, en)).toEqual(command));

  it('pauses for so many minutes, filters, asks before a shutdown', () => {
    expect(commands(typed([':', ...'pause 15', 'enter']).effects)[0]).toMatchObject({ action: 'pause', seconds: 900 });
    expect(typed([':', ...'filter lift', 'enter']).ui.filters.overview).toBe('lift');
    expect(typed([':', ...'shutdown', 'enter']).ui.prompt?.kind).toBe('confirm');
    expect(commands(typed([':', ...'shutdown', 'enter', 'y']).effects)).toEqual([{ kind: 'shutdown' }]);
    expect(typed([':', ...'zzz', 'enter']).screen.at(-2)).toContain('no such command: zzz');
    expect(typed([':', 'l', 'o', 'tab', 'enter']).ui.screen).toBe('log');
  });
});

describe('leaving', () => {
  it('is at once where the server is not ours, and a question where it is', () => {
    expect(typed('q').effects).toEqual([{ kind: 'quit', stop: false }]);
    expect(typed(['ctrl-c']).effects).toEqual([{ kind: 'quit', stop: false }]);
    expect(typed('q', { isOwner: true }).effects).toEqual([]);
    expect(typed('q', { isOwner: true }).screen.at(-2)).toContain('leave it running, or stop it?');
    expect(typed('ql', { isOwner: true }).effects).toEqual([{ kind: 'quit', stop: false }]);
    expect(typed('qs', { isOwner: true }).effects).toEqual([{ kind: 'quit', stop: true }]);
    expect(typed(['q', 'esc'], { isOwner: true }).ui.prompt).toBeNull();
  });
});

describe('other keys', () => {
  it.each(['en', 'ca', 'es'] as const)('help has room at 80 x 24, whole, in %s', (lang) => {
    const { screen } = typed('?', { lang });
    expect(screen.join('\n')).toContain(LANGUAGES[lang].help.close);
    expect(screen.slice(2, -1).join('')).not.toContain('…');
  });

  it('help is shown, and any key closes it without doing anything else', () => {
    const help = typed('?');
    expect(help.screen.join('\n')).toContain('pause the selected or marked analyzers');
    expect(help.screen.join('\n')).toContain('any key closes this');
    expect(typed('?q').effects).toEqual([]);
    expect(typed('?q').ui.prompt).toBeNull();
  });

  it('c copies the row as it is seen', () => {
    expect(typed('c').effects).toEqual([{ kind: 'copy', text: expect.stringContaining('Library') }]);
  });

  it('a key that does nothing says so', () => {
    expect(typed('Z').screen.at(-2)).toContain('Z does nothing here');
  });

  it('ctrl-z and ctrl-l go to the terminal, over every question', () => {
    expect(typed(['/', 'ctrl-z']).effects).toEqual([{ kind: 'suspend' }]);
    expect(typed(['ctrl-l']).effects).toEqual([{ kind: 'redraw' }]);
  });

  it('u freezes, + and - change how often the screen moves, v the level of the log', () => {
    expect(typed('u').ui.frozen).toBe(true);
    expect(typed('uu').ui.frozen).toBe(false);
    expect(typed('--').ui.everyMs).toBe(2_000);
    expect(typed('--+++').ui.everyMs).toBe(500);
    const level = (ui: Ui) => ui.level;
    expect([level(typed('5v').ui), level(typed('5vv').ui), level(typed('5vvv').ui)]).toEqual([
      'warning',
      'error',
      'debug',
    ]);
  });
});

describe('ready-made views', () => {
  it('v goes through them, and comes back to how the list was at the start', () => {
    const seen = (times: number) => typed('v'.repeat(times)).ui;
    const views = [1, 2, 3, 4, 5].map((times) => [seen(times).sort, seen(times).faultsOnly]);
    expect(views).toEqual([
      ['state', true],
      ['power', false],
      ['errors', false],
      ['line', false],
      ['state', false],
    ]);
  });

  it('from a list that was sorted by hand, it begins with the first of them', () => {
    expect(typed('NFv').ui).toMatchObject({ sort: 'state', faultsOnly: false });
  });
});

describe('the mouse', () => {
  it('is off until m turns it on, and m turns it off', () => {
    expect([typed('').ui.mouse, typed('m').ui.mouse, typed('mm').ui.mouse]).toEqual([false, true, false]);
    expect(typed('m').screen.at(-2)).toContain('mouse on');
  });

  it('a click selects the row that is there; another one opens it', () => {
    expect(typed(['click:5']).selected).toBe('3');
    expect(typed(['click:5', 'click:5']).ui).toMatchObject({ screen: 'analyzer', opened: { id: 3 } });
  });

  it('a click beside the rows does nothing', () => {
    expect(typed(['click:0', 'click:2', 'click:20']).selected).toBe('8');
    // rows above those that are shown are not behind the heading
    expect(typed(['end', 'click:2', 'click:1'], { list: largePlant(100) }).selected).toBe('100');
  });

  it('the wheel moves three rows', () => {
    expect(typed(['wheeldown', 'wheeldown', 'wheelup']).selected).toBe('5');
  });
});
