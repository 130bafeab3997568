import type { AnalyzerConfig, DeviceConfig, ExportConfig } from '../../src/domain/installation.ts';
import { zoneOffset } from '../../src/zone.ts';
import { analyzerConfig, deviceConfig, simulated } from './installation.ts';

/** How many ms pass in the plant in a real one: a window of a minute takes a second and a half. */
export const QUICK = 40;
/** When the plant begins: a school morning. */
export const PLANT_BEGAN = Date.UTC(2027, 4, 3, 8, 0, 20);
export const RECORDING_MS = 60_000;
export const READING_MS = 1_000;
export const plantOffset = zoneOffset('Europe/Madrid');

/** What a plant process is started with, as JSON. */
export type QuickOptions = {
  readonly dir: string;
  readonly dades: string;
  readonly journal: string;
  /** Wall clock of the plant at the start of the process. */
  readonly from: number;
  readonly store?: Readonly<Record<string, number>>;
  /** Destinations beside the daily files. */
  readonly exports?: readonly ExportConfig[];
};

/** Two lines, three meters; timeouts in real time are long enough for a machine that has much to do. */
export const QUICK_DEVICES: readonly DeviceConfig[] = [
  deviceConfig({ id: 1, endpoint: simulated('rtu', 115_200), timeoutMs: 30_000, idleMs: 4_000, gapMs: 5 }),
  deviceConfig({ id: 2, endpoint: simulated('cvm', 115_200), timeoutMs: 30_000, idleMs: 4_000, gapMs: 5 }),
];

export function quickAnalyzers(dades: string, more: readonly ExportConfig[] = []): readonly AnalyzerConfig[] {
  const exports = [{ type: 'localFile', target: dades, path: dades, options: {} }, ...more];
  const common = { readingMs: READING_MS, recordingMs: RECORDING_MS, exports };
  return [
    analyzerConfig({ ...common, id: 1, consultes: ['TPF', 'PAT', 'CEA'] }),
    analyzerConfig({ ...common, id: 2, model: 'SDM630', consultes: ['TPF', 'PAT', 'CEA'] }),
    analyzerConfig({ ...common, id: 3, model: 'CVMk', deviceId: 2, consultes: ['TPF', 'PAT'] }),
  ];
}
