import { expect, it } from 'vitest';
import { createOutbox } from '../../../src/central/rules/outbox.ts';
import { LectorError, toFailure } from '../../../src/domain/errors.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { RULE } from './sample-rule.ts';

it('webhooks that do not answer are tried some in a turn: others have something to tell by then', async () => {
  const names = ['well', ...Array.from({ length: 30 }, (_, index) => `hangs ${index}`)];
  const rules = names.map((name) => ({ name, isFailing: name !== 'well', rule: { ...RULE, webhook: hook(name) } }));
  const message = { id: 1, event: 'raised', alarm: 'a', body: '{}', tries: 0, nextAt: null, blocks: false };
  const query = async (text: string) => ({ rows: text.includes('FROM rules') ? rules : [message] });
  const asked: string[] = [];
  let lived = 0;
  const clock = { ...createSteppedClock(0), mono: () => lived as never };
  const failure = toFailure(new LectorError('EXPORT_FAILED', 'no answer within 10 s'));
  const hooks = {
    async send({ url }: { readonly url: string }) {
      asked.push(url);
      if (url === 'well') return { kind: 'taken' as const };
      await Promise.resolve();
      lived += 10_000;
      return { kind: 'failed' as const, failure, blocks: true };
    },
    close: async () => undefined,
  };
  const send = createOutbox({ hooks, clock, log: createLogLines(), random: () => 0, isStopped: () => false });
  await send({ query } as never);
  expect(asked[0]).toBe('well');
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.length).toBeLessThan(10);
});

const hook = (url: string) => ({ url, secret: null, token: null });
