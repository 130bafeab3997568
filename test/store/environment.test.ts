import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openEnvironment } from '../../src/store/environment.ts';
import { SCHEMA_KEY } from '../../src/store/keys.ts';
import { createKeptLog, temporaryFolder } from './samples.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('the data file', () => {
  it('F46 lets nobody read while it is closed and opened anew: lmdb would throw where nobody catches it', async () => {
    const environment = await openEnvironment(
      temporaryFolder((end) => ends.push(end)),
      systemClock(),
      createKeptLog(),
    );
    ends.push(() => environment.close());
    const version = environment.get('root', SCHEMA_KEY);
    await environment.commit((writes) => writes.put('root', ['test'], Buffer.from('1')));
    const reopened = environment.reopen();
    expect(() => environment.get('root', SCHEMA_KEY)).toThrow(/cannot be used now/);
    expect(environment.usage().recordsCount).toBe(0);
    await reopened;
    expect(environment.get('root', SCHEMA_KEY)).toEqual(version);
    // what lmdb does in a timer would come now
    await pause(5);
  });
});
