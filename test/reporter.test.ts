import { describe, expect, it } from 'vitest';
import type { ErrorCode, Failure } from '../src/domain/errors.ts';
import type { Session } from '../src/domain/session.ts';
import { type EpochMs, epochMs } from '../src/domain/units.ts';
import { firstFleet } from '../src/fleet.ts';
import { createReporter } from '../src/reporter.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { analyzerConfig, deviceConfig, installationOf, PROFILES } from './support/installation.ts';
import { createLogLines } from './support/log-lines.ts';

const failure = (code: ErrorCode, message: string): Failure => ({ code, message, facts: {} });
const sessionOf = (analyzerId: number) => ({ spec: { analyzerId }, identity: null, losses: [] }) as unknown as Session;

function reporting() {
  const log = createLogLines();
  const installation = installationOf([deviceConfig()], [analyzerConfig({ id: 1 }), analyzerConfig({ id: 2 })]);
  const around = { store: createMemoryStore(), now: epochMs(0), offsetAt: () => 0 };
  const fleet = firstFleet({ installation, profiles: PROFILES }, around);
  const reporter = createReporter({
    log,
    fleet: () => fleet,
    timeText: String,
  });
  const fails = (id: number, why: Failure) => reporter.analyzer(sessionOf(id), { news: 'failed', failure: why });
  return { reporter, fails, texts: () => log.lines.map(({ text }) => text) };
}

describe('what the log says of a line and its meters', () => {
  it('why a line cannot be opened is said once, however many meters are on it', () => {
    const { reporter, fails, texts } = reporting();
    const gone = failure('LINE_OPEN_FAILED', 'the port is not there: plug it in');
    reporter.device(1, { news: 'openFailed', cause: gone });
    fails(1, gone);
    fails(2, gone);
    expect(texts()).toEqual([
      expect.stringMatching(/^device 1 .* cannot be opened .*: the port is not there: plug it in$/),
      'analyzer 1 (PM710) is not read: device 1 is not open',
      'analyzer 2 (PM710) is not read: device 1 is not open',
      '0 of 2 analyzers are read; not read: 1 (PM710), 2 (PM710)',
    ]);
  });

  it('a meter that flaps for an hour makes a few lines, and not two each time', () => {
    const { reporter, texts } = reporting();
    const why = failure('LINE_TIMEOUT', 'unit 1 did not answer');
    const losses: EpochMs[] = [];
    for (let n = 0; n < 360; n += 1) {
      losses.push(epochMs(n * 10_000));
      const session: Session = { ...sessionOf(1), losses: losses.slice(-6) };
      reporter.analyzer(session, { news: 'failed', failure: why });
      reporter.analyzer(session, { news: 'connecting', failure: null });
      reporter.analyzer(session, { news: 'polling', failure: null });
    }
    const said = texts().filter((text) => !text.includes('is asked what it is'));
    expect(said).toHaveLength(11);
    expect(said.at(-1)).toMatch(/^analyzer 1 \(PM710\) fails and answers again and again, 6 times within 1 min/);
  });

  it('what ails a meter itself is said with its reason, though the line was shut before', () => {
    const { reporter, fails, texts } = reporting();
    reporter.device(1, { news: 'lost', cause: failure('LINE_CLOSED', 'pulled') });
    fails(1, failure('LINE_TIMEOUT', 'unit 1 did not answer'));
    reporter.device(1, { news: 'opened', cause: null });
    fails(2, failure('LINE_CLOSED', 'the port ended'));
    expect(texts()).toContain('analyzer 1 (PM710) is not read: unit 1 did not answer');
    expect(texts()).toContain('analyzer 2 (PM710) is not read: the port ended');
  });

  it('that a line rests is news while Lector runs, not when it ends', () => {
    const { reporter, texts } = reporting();
    reporter.device(1, { news: 'resting', cause: null });
    expect(texts()).toEqual([expect.stringMatching(/^device 1 .* is closed while nobody needs it$/)]);
    reporter.device(1, { news: 'opened', cause: null });
    reporter.root({ news: 'draining' });
    reporter.device(1, { news: 'resting', cause: null });
    expect(texts().filter((text) => text.includes('nobody needs it'))).toHaveLength(1);
  });

  it('windows that were made good are counted in good English', () => {
    const { reporter, texts } = reporting();
    for (const windows of [0, 1, 2]) reporter.recovered(windows);
    expect(texts()).toEqual([
      '1 window that ended while Lector did not run was recorded now',
      '2 windows that ended while Lector did not run were recorded now',
    ]);
  });
});
