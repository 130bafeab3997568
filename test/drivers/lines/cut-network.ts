import { type ChildProcess, spawn } from 'node:child_process';
import { createForeignNetwork } from '../../support/foreign-network.ts';

const echoServer = (host: string) => `
  const server = require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket));
  server.listen(0, '${host}', () => console.log(server.address().port));
`;

/** An echo server behind a network cable of its own, which can be pulled out. */
export type CutNetwork = {
  readonly host: string;
  readonly port: number;
  cable(state: 'up' | 'down'): void;
  remove(): void;
};

/** Needs root. null where this machine does not allow it. */
export async function createCutNetwork(): Promise<CutNetwork | null> {
  const network = createForeignNetwork(77);
  if (network === null) return null;
  const { from: host, prefix, cable } = network;
  const [program = '', ...args] = [...prefix, process.execPath, '-e', echoServer(host)];
  const server: ChildProcess = spawn(program, args);
  const port = await new Promise<number>((resolve, reject) => {
    server.once('exit', () => reject(new Error('the echo server ended')));
    server.stdout?.once('data', (text: Buffer) => resolve(Number(text)));
  });
  const remove = () => {
    server.kill('SIGKILL');
    network.remove();
  };
  return { host, port, cable, remove };
}
