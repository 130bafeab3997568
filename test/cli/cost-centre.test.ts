import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { costCentral } from '../../src/cli/cost-central.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Something that answers each question with this. */
async function serverOf(body: string): Promise<string> {
  const server = createServer((_, answer) => answer.end(body));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  ends.push(() => new Promise((closed) => server.close(closed)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('lector cost --central, of what is no centre of this version', () => {
  it.each([
    ['{"bills":[{}]}', /saw an answer that is none: node: /],
    ['[]', /saw an answer that is none: : /],
    ['{"node":"\\u001b[2J"}', /expected a centre of Lector of this version at http:\/\/127\.0\.0\.1/],
    ['<html>', /expected a centre of Lector at http:\/\/127\.0\.0\.1:\d+, saw status 200/],
  ])('%s is said in words', async (body, words) => {
    const asked = costCentral({ central: await serverOf(body), analyzer: '4-1' });
    await expect(asked).rejects.toMatchObject({ code: 'CENTRE_REFUSED', message: expect.stringMatching(words) });
  });
});
