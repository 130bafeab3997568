import { createServer, type Server, type Socket } from 'node:net';
import { LectorError } from '../../src/domain/errors.ts';
import type { FaultKind, SimulatedFault } from '../../src/domain/installation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { AnalyzerId, EpochMs } from '../../src/domain/units.ts';
import { createPlant, type PlantMeter } from './plant.ts';
import { pump } from './pump.ts';
import { createPlantLine, paceOfLine } from './simulated-line.ts';

const TURNAROUND_MS = 5;
const CLIENTS_MAX = 32;

export type SimulatedTcpOptions = {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly meters: readonly PlantMeter[];
  readonly faults: readonly SimulatedFault[];
  readonly clock: Clock;
  readonly seed?: number;
  readonly lateMs?: number;
  readonly turnaroundMs?: number;
  /** RTU frames in the stream, as a transparent gateway passes them, at the pace of `baud`. */
  readonly rtuOverTcp?: boolean;
  readonly baud?: number;
};

export type SimulatedTcp = {
  readonly port: number;
  fault(analyzerId: AnalyzerId, kind: FaultKind, forMs: number): void;
  /** Puts these meters in the place of the former; one that is the same object stays as it is. */
  populate(meters: readonly PlantMeter[]): void;
  /** The meters' own time, for which `truth` is right. */
  meterNow(): EpochMs;
  /** Ends every connection at once and stops listening. */
  close(): Promise<void>;
};

/** Serves meters on a real socket, to several clients at a time. Rejects LINE_OPEN_FAILED when it cannot listen. */
export async function serveSimulatedTcp(options: SimulatedTcpOptions): Promise<SimulatedTcp> {
  const { clock, turnaroundMs = TURNAROUND_MS, rtuOverTcp = false, baud = 19_200 } = options;
  const plant = createPlant(options);
  const pace = paceOfLine(rtuOverTcp ? 'rtu' : 'tcp-memory', baud, turnaroundMs);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const description = `simulated meters for ${socket.remoteAddress ?? 'nobody'}:${socket.remotePort ?? 0}`;
    const framing = rtuOverTcp ? 'rtu' : 'mbap';
    const line = createPlantLine({ plant, description, framing, pace, clock });
    void pump(line, { input: socket, output: socket }).finally(() => socket.destroy());
  });
  server.maxConnections = CLIENTS_MAX;
  const port = await listen(server, options.host, options.port);
  return {
    port,
    fault: plant.fault,
    populate: plant.populate,
    meterNow: plant.now,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; choose another port',
  EACCES: 'ports below 1024 are for the administrator; choose one above',
  EADDRNOTAVAIL: 'this machine does not have that address; 127.0.0.1 is always there',
};

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ''] ?? error.message;
      const facts = { host, port, errno: error.code ?? 'unknown' };
      reject(new LectorError('LINE_OPEN_FAILED', `cannot listen on ${host}:${port}: ${reason}`, facts, error));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
