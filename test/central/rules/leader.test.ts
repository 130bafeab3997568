import { EventEmitter } from 'node:events';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { createLeader } from '../../../src/central/rules/leader.ts';

it('who judges and who tells share a connection, which has the answer to one question before the next', async () => {
  let atOnce = 0;
  let most = 0;
  const query = async (text: string) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await new Promise<void>((resolve) => setImmediate(resolve));
    atOnce -= 1;
    return { rows: [{ locked: true, text }] };
  };
  const client = Object.assign(new EventEmitter(), { query, release: () => undefined });
  const leader = createLeader({ connect: async () => client } as unknown as Pick<pg.Pool, 'connect'>);
  const [judging, telling] = await Promise.all([leader.client(), leader.client()]);
  const answers = await Promise.all(['one', 'two', 'three'].map((text) => telling?.query(text)));
  await Promise.all([judging?.query('four'), leader.end()]);
  expect(answers.map((answer) => answer?.rows[0].text)).toEqual(['one', 'two', 'three']);
  expect(most).toBe(1);
});
