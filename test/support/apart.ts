/**
 * Tests that have a process of their own for each file: those that change or measure what belongs to the whole process
 * (environment, memory, time zone, what is open), start many others, or whose set-ups end things by hooks of a module,
 * which is loaded once in a process. All others share processes: their modules are loaded and compiled once.
 */
export const APART: readonly string[] = [
  'test/central/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/client/**/*.test.ts',
  'test/config/**/*.test.ts',
  'test/control/**/*.test.ts',
  'test/drivers/lines/**/*.test.ts',
  'test/exporters/**/*.test.ts',
  'test/http/**/*.test.ts',
  'test/log/**/*.test.ts',
  'test/protocol/request-lines.test.ts',
  'test/reconcile/**/*.test.ts',
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
