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

it('a webhook that takes its messages slowly gets a few of them in a turn, a quick one all', async () => {
  const rules = ['slow', 'quick'].map((name) => ({ name, isFailing: false, rule: { ...RULE, webhook: hook(name) } }));
  const messages = Array.from({ length: 40 }, (_, index) => {
    return { id: index, event: 'raised', alarm: `${index}`, body: '{}', tries: 0, nextAt: null, blocks: false };
  });
  const query = async (text: string) => ({ rows: text.includes('FROM rules') ? rules : messages });
  const counts = { slow: 0, quick: 0 };
  let lived = 0;
  const clock = { ...createSteppedClock(0), mono: () => lived as never };
  const hooks = {
    async send({ url }: { readonly url: string }) {
      counts[url as 'slow' | 'quick'] += 1;
      // the quick one is done before the first answer of the slow one
      if (url === 'slow') for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve();
      if (url === 'slow') lived += 2_900;
      return { kind: 'taken' as const };
    },
    close: async () => undefined,
  };
  const send = createOutbox({ hooks, clock, log: createLogLines(), random: () => 0, isStopped: () => false });
  await send({ query } as never);
  expect(counts).toEqual({ slow: 2, quick: 40 });
});

const hook = (url: string) => ({ url, secret: null, token: null });
