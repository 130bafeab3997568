import { isIP } from 'node:net';
import { type DeviceConfig, type Endpoint, FAULT_KINDS, type SimulatedFault } from '../domain/installation.ts';
import { readAttributes, readChildren, reportNothingWithin } from './fields.ts';
import { NAMES } from './names-ca.ts';
import type { Report } from './report.ts';
import { seen } from './report.ts';
import { decimal, duration, filled, oneOf, optional, required, whole, yesNo } from './schema.ts';
import { type SerialContext, serialPort } from './serial-port.ts';
import type { XmlElement } from './xml-file.ts';

/** A device with the places of what is checked against other elements. */
export type DeviceDraft = {
  readonly device: DeviceConfig;
  readonly at: (name: string) => string;
  readonly faultsAt: readonly string[];
};

const TYPES = ['serial', 'tcp', 'rtu-tcp', 'simulated'] as const;

const ATTRIBUTES = {
  id: required(whole(1, 65_535), 0),
  type: optional(oneOf(TYPES), 'serial'),
  enabled: optional(yesNo, true),
} as const;

const TIMES = {
  timeout: optional(decimal(0.01, 600, ' (seconds)'), 1),
  gap: optional(whole(0, 60_000, ' (ms between transactions)'), 25),
  retries: optional(whole(0, 10), 1),
  connectDelay: optional(whole(0, 600_000, ' (ms after opening)'), 0),
  closeAfterPoll: optional(yesNo, false),
} as const;

const BAUD = whole(50, 4_000_000, ', such as 9600 or 19200');
/** 50 ms because USB adapters hold bytes back for 16 ms; what is in memory has nothing to wait for. */
const idle = (ms: number) => optional(whole(1, 10_000, ' (ms of silence within an answer)'), ms);

const SERIAL = {
  port: required(filled('a serial port such as /dev/ttyUSB0'), '', 'ls -l /dev/serial/by-id shows them'),
  baud: optional(BAUD, 9600),
  bits: optional(oneOf(['8', '7']), '8'),
  parity: optional(oneOf(['N', 'E', 'O'], 'N (none), E (even), O (odd)'), 'N'),
  stop: optional(oneOf(['1', '2']), '1'),
  idle: idle(50),
  ...TIMES,
} as const;

const TCP = {
  host: required(filled('the name or address of the meter or gateway', 253), ''),
  port: optional(whole(1, 65_535), 502),
  idle: idle(50),
  ...TIMES,
} as const;

const SIMULATED = {
  protocol: optional(oneOf(['rtu', 'cvm', 'tcp']), 'rtu'),
  baud: optional(BAUD, 19_200),
  seed: optional(whole(0, 4_294_967_295), -1),
  idle: idle(15),
  ...TIMES,
} as const;

const FAULT = {
  analyzer: required(whole(1, 65_535, ', the id of an analyzer of this device'), 0),
  kind: required(oneOf(FAULT_KINDS), 'silence'),
  from: optional(duration, 0),
  for: required(duration, 0),
} as const;

type Times = {
  readonly timeout: number;
  readonly gap: number;
  readonly retries: number;
  readonly idle: number;
  readonly connectDelay: number;
  readonly closeAfterPoll: boolean;
};
type Part = {
  readonly endpoint: Endpoint;
  readonly times: Times;
  readonly at: (name: string) => string;
  readonly faultsAt?: readonly string[];
};

export function readDevice(element: XmlElement, serial: SerialContext, report: Report): DeviceDraft {
  const attributes = readAttributes(element, ATTRIBUTES, report);
  const { id, type, enabled } = attributes.values;
  const part = readPart(element, type, { ...serial, check: serial.check && enabled }, report);
  const { times } = part;
  const endpoint =
    part.endpoint.type === 'simulated' && part.endpoint.seed < 0 ? { ...part.endpoint, seed: id } : part.endpoint;
  const texts = element.children.filter((child) => child.name !== NAMES.fault).map((child) => [child.name, child.text]);
  const device = {
    id,
    enabled,
    endpoint,
    timeoutMs: Math.round(times.timeout * 1000),
    gapMs: times.gap,
    retries: times.retries,
    idleMs: times.idle,
    connectDelayMs: times.connectDelay,
    closeAfterPoll: times.closeAfterPoll,
    texts: Object.fromEntries(texts),
  };
  const own = ['id', 'type', 'enabled'];
  return {
    device,
    at: (name) => (own.includes(name) ? attributes.at(name) : part.at(name)),
    faultsAt: part.faultsAt ?? [],
  };
}

function readPart(element: XmlElement, type: (typeof TYPES)[number], serial: SerialContext, report: Report): Part {
  if (type === 'serial') return readSerial(element, serial, report);
  if (type === 'simulated') return readSimulated(element, report);
  const { values, at } = readChildren(element, TCP, report);
  if (values.host !== '' && !isHost(values.host)) {
    const todo = 'write the bare address; the port has an element of its own';
    report.error(at('host'), 'a name or an IP address in <host>', seen(values.host), todo);
  }
  return { endpoint: { type, host: values.host, port: values.port }, times: values, at };
}

const isHost = (host: string): boolean => isIP(host) !== 0 || /^[a-z\d_]([a-z\d_.-]*[a-z\d_.])?$/i.test(host);

function readSerial(element: XmlElement, serial: SerialContext, report: Report): Part {
  const { values, at } = readChildren(element, SERIAL, report);
  const port = values.port === '' ? '' : serialPort(values.port, at('port'), serial, report);
  const bits = values.bits === '7' ? 7 : 8;
  const stop = values.stop === '2' ? 2 : 1;
  return {
    endpoint: { type: 'serial', port, baud: values.baud, bits, parity: values.parity, stop },
    times: values,
    at,
  };
}

function readSimulated(element: XmlElement, report: Report): Part {
  const { values, at } = readChildren(element, SIMULATED, report, [NAMES.fault]);
  const elements = element.children.filter((child) => child.name === NAMES.fault);
  const faults = elements.map((fault) => readFault(fault, report));
  const { protocol, baud, seed } = values;
  const endpoint = { type: 'simulated', protocol, baud, seed, faults } as const;
  return { endpoint, times: values, at, faultsAt: elements.map((fault) => fault.at) };
}

function readFault(element: XmlElement, report: Report): SimulatedFault {
  const { values } = readAttributes(element, FAULT, report);
  reportNothingWithin(element, report);
  return { analyzerId: values.analyzer, kind: values.kind, fromMs: values.from, forMs: values.for };
}
