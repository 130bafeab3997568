/**
 * Tests that have a process of their own for each file: those that change or measure what belongs to the whole process
 * (environment, time zone, memory, what is open), start many others or wait for them. All others share processes, in
 * which what they load is loaded and compiled once.
 */
export const APART: readonly string[] = [
  'test/central/backup/**/*.test.ts',
  'test/central/mqtt/**/*.test.ts',
  'test/central/postgres/**/*.test.ts',
  'test/central/serve-process.test.ts',
  'test/cli/ctl-process.test.ts',
  'test/cli/ctl-terminal.test.ts',
  'test/cli/s*.test.ts',
  'test/config/harm.test.ts',
  'test/control/**/*.test.ts',
  'test/drivers/lines/**/*.test.ts',
  'test/exporters/mqtt/**/*.test.ts',
  'test/log/**/*.test.ts',
  'test/protocol/request-lines.test.ts',
  'test/scenarios/centre-*.test.ts',
  'test/scenarios/clock-zone.test.ts',
  'test/scenarios/control-*.test.ts',
  'test/scenarios/foreign-client.test.ts',
  'test/scenarios/long-outage.test.ts',
  'test/scenarios/p*.test.ts',
  'test/scenarios/read-only-delivery.test.ts',
  'test/scenarios/simulate-peers.test.ts',
  'test/scenarios/top-*.test.ts',
  'test/store/**/*.test.ts',
  'test/tui/top.test.ts',
  'test/zone.test.ts',
];
