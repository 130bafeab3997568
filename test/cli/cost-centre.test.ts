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

const SPAN = { from: '2026-01-01', to: '2026-02-30' };
const NO_DAY = {
  ...{ node: 4, analyzer: 1, name: '', ...SPAN, to: '2026-02-01', total: '0.00', currency: 'EUR', whatIf: null },
  bills: [
    {
      ...{ contract: 'x', ...SPAN, days: 60, currency: 'EUR', lines: [], total: '0.00', missing: [] },
      ...{ kwh: 0, coverage: 1 },
    },
  ],
};

describe('lector cost --central, of what is no centre of this version', () => {
  it.each([
    ['{"bills":[{}]}', /saw an answer that is none: node: /],
    [JSON.stringify(NO_DAY), /saw an answer that is none: bills\.0\.to: expected a date such as 2026-01-01/],
    ['[]', /saw an answer that is none: : /],
    ['{"node":"\\u001b[2J"}', /expected a centre of Lector of this version at http:\/\/127\.0\.0\.1/],
    ['<html>', /expected a centre of Lector at http:\/\/127\.0\.0\.1:\d+, saw status 200/],
  ])('%s is said in words', async (body, words) => {
    const asked = costCentral({ central: await serverOf(body), analyzer: '4-1' });
    await expect(asked).rejects.toMatchObject({ code: 'CENTRE_REFUSED', message: expect.stringMatching(words) });
  });
});
