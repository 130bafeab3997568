import type { AlarmAction } from '../../../src/domain/alarm-rules.ts';
import type { AlarmWire } from '../../../src/protocol/alarm-wire.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';

export function alarmWire(change: Partial<AlarmWire> = {}): AlarmWire {
  return {
    ...{ id: '4|silent|analyzer:3|1', event: 'raised', rule: 'silent', when: 'silent', severity: 'error' },
    ...{ subject: 'analyzer:3', label: 'analyzer 3 (PM710 "Pump")', value: null, limit: null },
    message: 'analyzer 3 (PM710 "Pump") has not been read for 15 min',
    ...{ since: '2026-05-04T10:00:00.000+02:00', at: '2026-05-04T10:15:00.000+02:00' },
    node: { id: 4, name: 'School' },
    analyzer: { id: 3, name: 'Pump', location: 'Cellar' },
    ...change,
  };
}

export type ActionOf<Kind extends AlarmAction['kind']> = AlarmAction & { readonly kind: Kind };

export function actionContext() {
  const clock = createSteppedClock();
  const log = createLogLines();
  return { clock, log, random: Math.random, version: '1.2.3' };
}

/** Until the other side of a socket or process has done its part. */
export const never = new AbortController().signal;
