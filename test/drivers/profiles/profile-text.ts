/** A small meter as a technician writes one: what every test changes a little. */
export const SMALL = {
  vendor: 'Acme',
  model: 'P3',
  sources: ['manual rev C, page 14'],
  defaults: { function: 4, type: 'f32' },
  registers: [
    { quantity: 'voltage', phase: 'L1', address: 0 },
    { quantity: 'voltage', phase: 'L2', address: 2 },
    { quantity: 'voltage', phase: 'L3', address: 4 },
    { quantity: 'activePower', address: 6, scale: 0.001 },
    { quantity: 'frequency', address: 8 },
    { quantity: 'activeEnergyImport', address: 10, type: 'u32', scale: 0.01 },
  ],
} as const;

/** The text of a profile file: the small one with some keys changed, indented as people do. */
export function profileText(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...SMALL, ...changes }, null, 2);
}

/** Its registers with the one at `index` changed. */
export function registersWith(index: number, changes: Readonly<Record<string, unknown>>): readonly unknown[] {
  return SMALL.registers.map((line, n) => (n === index ? { ...line, ...changes } : line));
}
