import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/domain/installation.ts';
import { paceOf } from '../../src/domain/pace.ts';

const serial = { type: 'serial', port: '/dev/ttyUSB0', baud: 19_200, bits: 8, parity: 'E', stop: 1 } as const;
const simulated = { type: 'simulated', seed: 1, faults: [], baud: 9600 } as const;

describe('the pace of a line', () => {
  it.each([
    { what: '19200 8E1', endpoint: serial, charMs: 0.573, silenceMs: 2.005 },
    { what: '19200 8N1', endpoint: { ...serial, parity: 'N' }, charMs: 0.521, silenceMs: 1.823 },
    { what: '9600 8N2', endpoint: { ...serial, baud: 9600, parity: 'N', stop: 2 }, charMs: 1.146, silenceMs: 4.01 },
    { what: '38400 8E1', endpoint: { ...serial, baud: 38_400 }, charMs: 0.286, silenceMs: 1.75 },
    { what: '9600 7E1', endpoint: { ...serial, baud: 9600, bits: 7 }, charMs: 1.042, silenceMs: 3.646 },
    { what: 'simulated RTU', endpoint: { ...simulated, protocol: 'rtu' }, charMs: 1.146, silenceMs: 4.01 },
    {
      what: 'RTU behind a gateway',
      endpoint: { type: 'rtu-tcp', host: 'h', port: 1 },
      charMs: 0.573,
      silenceMs: 2.005,
    },
  ] as const)('$what: $charMs ms a character, $silenceMs ms of silence', ({ endpoint, charMs, silenceMs }) => {
    const pace = paceOf({ endpoint: endpoint as Endpoint });
    expect(pace.charMs).toBeCloseTo(charMs, 3);
    expect(pace.silenceMs).toBeCloseTo(silenceMs, 2);
    expect(pace.turnaroundMs).toBe(5);
  });

  it.each([
    { type: 'tcp', host: 'h', port: 502 } as const,
    { ...simulated, protocol: 'tcp' } as const,
  ])('$type has none', (endpoint) => {
    expect(paceOf({ endpoint })).toEqual({ charMs: 0, silenceMs: 0, turnaroundMs: 0 });
  });
});
