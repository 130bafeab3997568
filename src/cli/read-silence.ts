import type { Failure } from '../domain/errors.ts';
import type { DeviceConfig } from '../domain/installation.ts';
import type { LineEventKind } from '../domain/transaction.ts';

/** How often a link noticed what, while one meter was read. */
export type Noticed = Readonly<Partial<Record<LineEventKind, number>>>;

type Attempt = {
  readonly failure: Failure;
  readonly device: DeviceConfig;
  readonly address: number;
  readonly noticed: Noticed;
};

const GARBLED: readonly LineEventKind[] = ['crc', 'truncated', 'malformed', 'junk', 'noisy'];

/** What to say when a meter could not be read: the message of the failure, then a line for each thing to check. */
export function adviceFor(attempt: Attempt): string {
  return [attempt.failure.message, ...hints(attempt).map((hint) => `  - ${hint}`)].join('\n');
}

function hints({ failure, device, address, noticed }: Attempt): readonly string[] {
  const garbled = GARBLED.some((kind) => (noticed[kind] ?? 0) > 0);
  switch (failure.code) {
    case 'LINE_TIMEOUT':
      return garbled ? garbledHints(device) : [...otherUnit(noticed), ...silentHints(device, address)];
    case 'FRAME_CRC':
    case 'FRAME_TRUNCATED':
    case 'FRAME_MALFORMED':
    case 'LINE_NOISY':
      return garbledHints(device);
    case 'DEVICE_REFUSED':
      return [
        'the meter is there and answers; it does not know what it was asked for: is it the model that --model says?',
        'with --raw: --function 4 instead of 3 (or 3 instead of 4); addresses are 0-based, many manuals count from 1',
      ];
    case 'DEVICE_BUSY':
      return device.endpoint.type === 'serial'
        ? ['the meter says that it is busy: try again']
        : [`the gateway answers, and has none from unit ${address}: check that address, and the wires behind it`];
    case 'MODEL_MISMATCH':
      return [
        'the meter answers, and is another one: give --model its own name; --raw shows its registers whatever it is',
      ];
    default:
      return [];
  }
}

function otherUnit(noticed: Noticed): readonly string[] {
  return (noticed.unexpectedUnit ?? 0) > 0 ? ['another meter answered: the address on the meter is another one'] : [];
}

function silentHints({ endpoint }: DeviceConfig, address: number): readonly string[] {
  if (endpoint.type === 'tcp') {
    return [
      `address: the connection stands, but unit ${address} is silent; meters with Ethernet are often 1 or 255`,
      'a gateway may pass RTU frames through unchanged: try --rtu-tcp',
    ];
  }
  const wire = [
    `address: is ${address} what the meter's own menu says?`,
    'wires: A and B exchanged is the commonest fault; exchange them and try again',
  ];
  if (endpoint.type !== 'serial') return [...wire, 'baud rate and parity: the gateway and the meter must agree'];
  const { baud, bits, parity, stop } = endpoint;
  return [
    ...wire,
    `baud rate and parity: asked at ${baud} ${bits}${parity}${stop}; the menu of the meter says what it is set to`,
    'another program on the same port takes the answers away: is lector serve running?',
    'power: is the meter on, and is its communication enabled?',
  ];
}

function garbledHints({ endpoint }: DeviceConfig): readonly string[] {
  const set =
    endpoint.type === 'serial' ? ` (asked at ${endpoint.baud} ${endpoint.bits}${endpoint.parity}${endpoint.stop})` : '';
  return [
    `something answers, but not in whole frames: baud rate or parity differ from the meter's${set}`,
    'two meters with one address answer at once',
    'long wires need a 120 ohm resistor at each end, and the shield connected at one',
  ];
}
