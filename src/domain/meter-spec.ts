import type { AnalyzerConfig, DeviceConfig } from './installation.ts';
import type { MeterSpec } from './meter.ts';
import { paceOf } from './pace.ts';
import type { Profile } from './profile.ts';
import { type Place, type Scheduled, staggerOf } from './schedule.ts';

/** All that is needed to talk to an analyzer, from what the configuration says of it, its device and its model. */
export function meterSpec(analyzer: AnalyzerConfig, device: DeviceConfig, profile: Profile): MeterSpec {
  return {
    analyzerId: analyzer.id,
    deviceId: device.id,
    unit: analyzer.address,
    profile,
    consultes: analyzer.consultes,
    rapidConsultes: analyzer.rapid?.consultes ?? [],
    timeoutMs: analyzer.timeoutMs ?? profile.limits.timeoutMs ?? device.timeoutMs,
    retries: device.retries,
    pace: paceOf(device),
    nominalV: analyzer.nominalV,
    ratio: analyzer.ratio,
    invert: analyzer.invert,
  };
}

/** When each analyzer is read and recorded; those of one line are spread over its interval, the lines shifted. */
export function scheduleOf(analyzers: readonly AnalyzerConfig[]): readonly Scheduled[] {
  const devices = [...new Set(analyzers.map((each) => each.deviceId))];
  return analyzers.map((analyzer) => {
    const line = analyzers.filter((each) => each.deviceId === analyzer.deviceId);
    const place: Place = {
      deviceIndex: devices.indexOf(analyzer.deviceId),
      devices: devices.length,
      analyzerIndex: line.indexOf(analyzer),
      analyzers: line.length,
    };
    const rapidMs = analyzer.rapid?.readingMs ?? null;
    const { readingMs, recordingMs } = analyzer;
    const staggerMs = staggerOf(place, Math.min(readingMs, rapidMs ?? readingMs));
    return { analyzerId: analyzer.id, readingMs, rapidMs, recordingMs, staggerMs };
  });
}
