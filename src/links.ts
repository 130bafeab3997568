import { createCvmLink } from '../drivers/cvm/cvm-link.ts';
import { createSerialLine } from '../drivers/lines/serial-line.ts';
import { createTcpLine } from '../drivers/lines/tcp-line.ts';
import { createRtuLink } from '../drivers/modbus/rtu-link.ts';
import { createTcpLink } from '../drivers/modbus/tcp-link.ts';
import type { PlantMeter } from '../drivers/simulated/plant.ts';
import { createSimulatedLine } from '../drivers/simulated/simulated-line.ts';
import { serveSimulatedTcp } from '../drivers/simulated/tcp-server.ts';
import type { DeviceConfig, FaultKind } from './domain/installation.ts';
import { charBitsOf } from './domain/pace.ts';
import type { Clock, Line, Link, LinkObserver } from './domain/ports.ts';
import type { AnalyzerId } from './domain/units.ts';

export type LinkOptions = {
  readonly device: DeviceConfig;
  /** What its meters speak: the profiles decide. */
  readonly protocol: 'modbus' | 'cvm';
  readonly clock: Clock;
  readonly observer: LinkObserver;
  /** The meters of a simulated device; none for others. */
  readonly meters: readonly PlantMeter[];
  /** Simulated TCP without a socket, for a clock that is not the machine's. */
  readonly inMemory?: boolean;
  /** The bytes of real devices from elsewhere than their port or socket; null: from there. */
  readonly lineOf?: LineOf;
};

/** Another line in place of the configured one. */
export type LineOf = (device: DeviceConfig) => Line | null;

/** A link, and the switch for faults where its meters are simulated. */
export type DeviceLink = {
  readonly link: Link;
  /** false: this device is real. */
  fault(analyzerId: AnalyzerId, kind: FaultKind, forMs: number): boolean;
  /** Puts these meters in the place of the simulated ones of before; the line goes on. */
  populate(meters: readonly PlantMeter[]): void;
  /** Ends what outlives a closed link: the server of simulated meters. */
  end(): Promise<void>;
};

/** The link of a device, of whatever type: bytes from the line, checked by the protocol of its meters. */
export function createLink(options: LinkOptions): DeviceLink {
  const { endpoint } = options.device;
  const given = options.lineOf?.(options.device) ?? null;
  switch (endpoint.type) {
    case 'serial': {
      const line = given ?? createSerialLine({ settings: endpoint, clock: options.clock });
      return real(options, serialLink(options, line, endpoint.baud, charBitsOf(endpoint)));
    }
    case 'rtu-tcp': {
      const line = given ?? createTcpLine({ host: endpoint.host, port: endpoint.port, clock: options.clock });
      return real(options, serialLink(options, line, null));
    }
    case 'tcp': {
      const line = given ?? createTcpLine({ host: endpoint.host, port: endpoint.port, clock: options.clock });
      return real(options, tcpLink(options, line));
    }
    case 'simulated':
      return simulated(options, endpoint);
  }
}

function serialLink(options: LinkOptions, line: Line, baud: number | null, charBits?: number): Link {
  const { clock, observer, protocol } = options;
  const { gapMs, idleMs } = options.device;
  const common = { line, clock, baud, gapMs, idleMs, observer, ...(charBits === undefined ? {} : { charBits }) };
  return protocol === 'cvm' ? createCvmLink(common) : createRtuLink(common);
}

function tcpLink({ clock, observer, device }: LinkOptions, line: Line): Link {
  return createTcpLink({ line, clock, gapMs: device.gapMs, observer });
}

function real({ device, clock }: LinkOptions, link: Link): DeviceLink {
  return {
    link: withConnectDelay(link, device.connectDelayMs, clock),
    fault: () => false,
    populate() {},
    end: async () => {},
  };
}

/** Some gateways drop what comes right after the connection was made. */
function withConnectDelay(link: Link, delayMs: number, clock: Clock): Link {
  if (delayMs <= 0) return link;
  return {
    ...link,
    async open() {
      await link.open();
      await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), delayMs));
    },
  };
}

/** How late an answer of a simulated meter is under the fault `late`: after the timeout of whoever asks. */
const lateMsOf = (device: DeviceConfig): number => Math.round(1.4 * device.timeoutMs);

type Simulated = Extract<DeviceConfig['endpoint'], { type: 'simulated' }>;

function simulated(options: LinkOptions, endpoint: Simulated): DeviceLink {
  const { device, clock, meters } = options;
  const { protocol, baud, seed, faults } = endpoint;
  if (protocol === 'tcp' && options.inMemory !== true) return simulatedSocket(options, endpoint);
  const line = createSimulatedLine({
    description: `simulated line ${device.id}`,
    protocol: protocol === 'tcp' ? 'tcp-memory' : protocol,
    baud,
    meters,
    faults,
    clock,
    seed,
    lateMs: lateMsOf(device),
  });
  const link = protocol === 'tcp' ? tcpLink(options, line) : serialLink(options, line, baud);
  return {
    link,
    fault(analyzerId, kind, forMs) {
      line.fault(analyzerId, kind, forMs);
      return true;
    },
    populate: line.populate,
    end: async () => {},
  };
}

type Served = Awaited<ReturnType<typeof serveSimulatedTcp>>;

/** Simulated meters on a real loopback socket; their server starts with the first opening. */
function simulatedSocket(options: LinkOptions, endpoint: Simulated): DeviceLink {
  const { clock, device } = options;
  const { faults, seed } = endpoint;
  let { meters } = options;
  let server: Served | null = null;
  let link: Link | null = null;
  return {
    link: {
      async open() {
        const plant = { meters, faults, clock, seed, lateMs: lateMsOf(device) };
        server ??= await serveSimulatedTcp({ host: '127.0.0.1', port: 0, ...plant });
        link ??= tcpLink(options, createTcpLine({ host: '127.0.0.1', port: server.port, clock }));
        await link.open();
      },
      transact: (ask) => (link ? link.transact(ask) : Promise.reject(new Error('the link is not open'))),
      async close() {
        await link?.close();
      },
    },
    fault(analyzerId, kind, forMs) {
      server?.fault(analyzerId, kind, forMs);
      return server !== null;
    },
    populate(next) {
      meters = next;
      server?.populate(next);
    },
    async end() {
      await server?.close();
    },
  };
}
