import { describe, expect, it } from 'vitest';
import { widthOf } from '../../tui/formats/width.ts';
import { copySequence, isAscii, themeOf } from '../../tui/terminal.ts';
import { LANGUAGES, type Language, languageOf } from '../../tui/words/words.ts';

describe('languages', () => {
  it.each<[string | undefined, Record<string, string>, Language]>([
    ['ca', { LANG: 'es_ES.UTF-8' }, 'ca'],
    [undefined, { LANG: 'es_ES.UTF-8' }, 'es'],
    [undefined, { LANG: 'ca_ES.UTF-8', LC_ALL: 'en_GB.UTF-8' }, 'en'],
    [undefined, { LANG: 'ca_ES', LC_ALL: '' }, 'ca'],
    [undefined, { LANG: 'de_DE.UTF-8' }, 'en'],
    [undefined, {}, 'en'],
    ['constructor', {}, 'en'],
  ])('--lang %s with %j is %s', (asked, env, language) => expect(languageOf(asked, env)).toBe(language));

  it.each(Object.entries(LANGUAGES))('%s: words fit the columns that they stand in', (_, words) => {
    const within = (texts: readonly string[], columns: number) => texts.filter((text) => widthOf(text) > columns);
    expect(within(Object.values(words.states), 11)).toEqual([]);
    expect(within(Object.values(words.deviceStates), 11)).toEqual([]);
    expect(within(Object.values(words.deliveryStates), 10)).toEqual([]);
    expect(within(Object.values(words.quantities), 22)).toEqual([]);
    expect(within(Object.values(words.keys), 10)).toEqual([]);
    expect(within(Object.values(words.help), 140)).toEqual([]);
  });
});

describe('what a terminal can do', () => {
  it.each([
    [false, { LANG: 'ca_ES.UTF-8' }, false],
    [false, { LANG: 'ca_ES.utf8' }, false],
    [false, { LANG: 'C' }, true],
    [false, {}, true],
    [false, { LANG: 'en_US.UTF-8', LC_ALL: 'C' }, true],
    [true, { LANG: 'en_US.UTF-8' }, true],
    [false, { LANG: 'en_US.UTF-8', TERM: 'dumb' }, true],
  ])('asked %s, %j: ASCII alone %s', (asked, env, ascii) => expect(isAscii(asked, env)).toBe(ascii));

  it.each([
    [undefined, {}, 'dark'],
    [undefined, { NO_COLOR: '1' }, 'none'],
    [undefined, { NO_COLOR: '' }, 'dark'],
    ['light' as const, { NO_COLOR: '1' }, 'none'],
    ['light' as const, {}, 'light'],
    [undefined, { COLORFGBG: '0;15' }, 'light'],
    [undefined, { COLORFGBG: '15;0' }, 'dark'],
    [undefined, { COLORFGBG: '12;default;7' }, 'light'],
  ])('theme %s with %j is %s', (asked, env, theme) => expect(themeOf(asked, env)).toBe(theme));

  it('a text goes to the clipboard as base64', () => {
    expect(copySequence('línia')).toBe('\x1b]52;c;bMOtbmlh\x07');
  });
});
