import { describe, expect, it } from 'vitest';
import { SITE } from '../src/central/api/schemas.ts';
import { epochMs } from '../src/domain/units.ts';
import { parseVirtual } from '../src/domain/virtual.ts';
import { siteOf } from '../src/site.ts';
import { analyzerConfig, deviceConfig } from './support/installation.ts';
import { runApp } from './support/running-app.ts';

const SUM = { id: 100, name: 'Building', location: 'Vic', of: '1 + 2' };
const at = epochMs(1_790_000_000_000);
const EVENTS = [
  { id: 1, analyzerId: 1, text: '', kind: 'exchange', at, old: 10_342.55, new: 0, counter: null },
  { id: 2, analyzerId: 2, text: 'heating', kind: 'maintenance', from: at, to: epochMs(at + 3_600_000) },
  { id: 3, analyzerId: 1, text: 'a note', kind: 'note', at },
] as const;

describe('what a site tells a centre', () => {
  it('are its sums and events too, another of them after a reload, as a centre reads it', async () => {
    const analyzers = [analyzerConfig(), analyzerConfig({ id: 2 })];
    const running = await runApp({ devices: [deviceConfig()], analyzers });
    const told = (events: typeof EVENTS | null) => {
      const options = { now: running.clock.now(), offsetAt: () => 3_600_000, version: '1.0.0', instance: 'one' };
      return siteOf(running.app.fleet(), { ...options, events });
    };
    expect(told(EVENTS)).toMatchObject({ virtuals: [], events: EVENTS });
    const virtuals = [{ ...SUM, terms: parseVirtual(SUM.of) ?? [], tariff: 'school' }];
    await running.reload({ installation: { virtuals } });
    for (const events of [EVENTS, null]) {
      expect(told(events).virtuals).toEqual([SUM]);
      expect(SITE.parse(JSON.parse(JSON.stringify(told(events))))).toEqual(told(events));
    }
    await running.stop();
  });

  it.each([
    [{ virtuals: [{ ...SUM, of: '1' }] }, 'virtuals.0.of'],
    [{ events: [{ ...EVENTS[2], kind: 'party' }] }, 'events.0.kind'],
    [{ events: [{ ...EVENTS[2], at: 1.5 }] }, 'events.0.at'],
  ])('%j is refused', (wrong, place) => {
    const site = { node: 4, name: '', location: '', timezone: 'UTC', version: '1', instance: 'one', analyzers: [] };
    const read = SITE.safeParse({ ...site, now: '2026-11-25T12:04:00.000Z', ...wrong });
    expect(read.error?.issues.map(({ path }) => path.join('.'))).toEqual([place]);
  });
});
