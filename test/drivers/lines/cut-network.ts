import { type ChildProcess, execFileSync, spawn } from 'node:child_process';

const HERE = '10.213.77.1';
const THERE = '10.213.77.2';

const ECHO_SERVER = `
  const server = require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket));
  server.listen(0, '${THERE}', () => console.log(server.address().port));
`;

/** An echo server behind a network cable of its own, which can be pulled out. */
export type CutNetwork = {
  readonly host: string;
  readonly port: number;
  cable(state: 'up' | 'down'): void;
  remove(): void;
};

const ip = (...args: readonly string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Makes it with a network namespace; needs root. null where this machine does not allow that. */
export async function createCutNetwork(): Promise<CutNetwork | null> {
  const space = `lector-${process.pid}`;
  const [near, far] = [`lect${process.pid}a`.slice(0, 15), `lect${process.pid}b`.slice(0, 15)];
  let server: ChildProcess | null = null;
  const remove = () => {
    server?.kill('SIGKILL');
    for (const args of [
      ['link', 'del', near],
      ['netns', 'del', space],
    ]) {
      try {
        ip(...args);
      } catch {
        // it was not made
      }
    }
  };
  try {
    ip('netns', 'add', space);
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', space);
    ip('addr', 'add', `${HERE}/30`, 'dev', near);
    ip('link', 'set', near, 'up');
    ip('-n', space, 'addr', 'add', `${THERE}/30`, 'dev', far);
    ip('-n', space, 'link', 'set', far, 'up');
  } catch (error) {
    remove();
    process.stderr.write(`skipped: needs network namespaces (${(error as Error).message.split('\n')[0]})\n`);
    return null;
  }
  const child = spawn('ip', ['netns', 'exec', space, process.execPath, '-e', ECHO_SERVER]);
  server = child;
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the echo server ended')));
    child.stdout.once('data', (text: Buffer) => resolve(Number(text)));
  });
  return { host: THERE, port, cable: (state) => ip('-n', space, 'link', 'set', far, state), remove };
}
