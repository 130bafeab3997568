import type { DeviceConfig, Endpoint, SerialSettings } from './installation.ts';
import type { LinePace } from './meter.ts';

/** Time that a meter takes to begin its answer, where nothing better is known, ms. */
export const TURNAROUND_MS = 5;
/** Above this speed the silence between frames is fixed. Source: Modbus over Serial Line V1.02, 2.5.1.1. */
const FIXED_SILENCE_ABOVE_BAUD = 19_200;
const FIXED_SILENCE_MS = 1.75;
const SILENCE_CHARS = 3.5;
/** 8E1, the standard's own: a start bit, 8 bits, parity and a stop bit. */
const STANDARD_CHAR_BITS = 11;
/** Speed that is assumed behind a gateway, which does not tell its own. */
export const GATEWAY_BAUD = 19_200;

/** TCP: a request costs its way there and back, whatever it carries. */
export const TCP_PACE: LinePace = { charMs: 0, silenceMs: 0, turnaroundMs: 0 };

/** Bits that a character takes on the wire: start, data, parity, stop. */
export function charBitsOf({ bits, parity, stop }: Pick<SerialSettings, 'bits' | 'parity' | 'stop'>): number {
  return 1 + bits + (parity === 'N' ? 0 : 1) + stop;
}

/** Pace of a serial line; throws nothing, `baud` is above 0. */
export function serialPace(baud: number, charBits: number = STANDARD_CHAR_BITS): LinePace {
  const charMs = (1000 * charBits) / baud;
  const silenceMs = baud > FIXED_SILENCE_ABOVE_BAUD ? FIXED_SILENCE_MS : SILENCE_CHARS * charMs;
  return { charMs, silenceMs, turnaroundMs: TURNAROUND_MS };
}

function endpointPace(endpoint: Endpoint): LinePace {
  switch (endpoint.type) {
    case 'serial':
      return serialPace(endpoint.baud, charBitsOf(endpoint));
    case 'rtu-tcp':
      return serialPace(GATEWAY_BAUD);
    case 'tcp':
      return TCP_PACE;
    case 'simulated':
      return endpoint.protocol === 'tcp' ? TCP_PACE : serialPace(endpoint.baud);
  }
}

/** How fast the line of a device is, as far as its configuration tells: what blocks are planned and timed for. */
export function paceOf(device: Pick<DeviceConfig, 'endpoint'>): LinePace {
  return endpointPace(device.endpoint);
}
