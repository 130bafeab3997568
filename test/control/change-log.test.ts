import { describe, expect, it } from 'vitest';
import { CHANGES_LOGGED_MAX } from '../../src/control/sessions.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { startControl } from './running-control.ts';

describe('what the log has of commands', () => {
  it('nothing of what only looks, one line a minute of the same change', async () => {
    const { json, classic, log } = await startControl();
    const [old, client] = [await classic(), await json()];
    for (let n = 0; n < 20; n += 1) {
      old.send('$GETVARS@1;\r$STATUS@1;\r$FORCEREQ@1;\r');
      client.send('$LIST;\r$PAUSE@2:60;\r');
      for (let answer = 0; answer < 3; answer += 1) await old.line();
      for (let answer = 0; answer < 2; answer += 1) await client.json();
    }
    const asked = log.matching(/asked|LIST|GETVARS|STATUS/).map(({ text }) => text);
    expect(asked).toEqual(['127.0.0.1 asked FORCEREQ@1: FORCE REQUESTED', '127.0.0.1 asked PAUSE@2:60: pause is done']);
  });

  it('of many different changes of one address so many lines, then one a minute that counts the others', async () => {
    const clock = createSteppedClock();
    const { json, log } = await startControl({ clock });
    const client = await json();
    const asked = () => log.matching(/asked PAUSE/).map(({ text }) => text);
    const ask = async (from: number, count: number) => {
      for (let n = 0; n < count; n += 1) client.send(`$PAUSE@1:${from + n};\r`);
      for (let n = 0; n < count; n += 1) await client.json();
    };
    await ask(1, 300);
    expect(asked()).toHaveLength(CHANGES_LOGGED_MAX + 1);
    await clock.advance(60_000);
    await ask(1_001, 1);
    expect(asked().at(-1)).toBe('127.0.0.1 asked PAUSE@1:1001: pause is done');
    await ask(2_001, CHANGES_LOGGED_MAX);
    expect(asked().at(-1)).toMatch(/^127\.0\.0\.1 asked PAUSE@1:\d+ \(and \d+ times before\): pause is done$/);
  });

  it('shows what would move the cursor or turn the text around as what it is', async () => {
    const { json, log } = await startControl();
    const client = await json();
    client.send(Buffer.from('$PAUSE@1\u202e\u200b[31m;\r', 'utf8'));
    await client.json();
    expect(log.matching(/asked PAUSE/)[0]?.text).toContain('PAUSE@1\\u{202e}\\u{200b}[31m');
  });
});
