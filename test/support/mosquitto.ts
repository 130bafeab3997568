import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../src/central/postgres/free-port.ts';
import { requireTool } from './require-tool.ts';

/** Debian keeps servers where not every user looks. */
export function requireMosquitto(): boolean {
  process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin`;
  return requireTool('mosquitto') && requireTool('mosquitto_sub');
}

/** A message as mosquitto_sub saw it. */
export type SeenMessage = {
  readonly topic: string;
  readonly qos: number;
  readonly retained: boolean;
  /** `name:value` each. */
  readonly properties: string;
  readonly payload: string;
};

export type Subscriber = {
  readonly seen: readonly SeenMessage[];
  /** Resolves with the first message that fits, of those that came and those that will. */
  until(fits: (message: SeenMessage) => boolean): Promise<SeenMessage>;
  /** Resolves when so many have come. */
  count(wanted: number, fits?: (message: SeenMessage) => boolean): Promise<readonly SeenMessage[]>;
};

/** Debian's broker on a port of its own. */
export type Mosquitto = {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  /** Lines of its log. */
  readonly log: readonly string[];
  /** Resolves with the first line of its log that fits, from line `from` on. */
  said(pattern: RegExp, from?: number): Promise<string>;
  /** mosquitto_sub, subscribed when it resolves. */
  subscribe(topics: readonly string[], args?: readonly string[]): Promise<Subscriber>;
  /** Lets a message through as mosquitto_pub sends it. */
  publish(topic: string, payload: string, args?: readonly string[]): void;
  signal(signal: NodeJS.Signals): void;
  /** SIGSTOP; it does nothing any more when this resolves. */
  freeze(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** On the same port, with the same files. */
  restart(): Promise<void>;
};

export type MosquittoOptions = {
  /** Lines of its configuration beside the listener; `FOLDER` stands for its folder. */
  readonly config?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
  /** What mosquitto_sub and mosquitto_pub need to get in. */
  readonly clientArgs?: readonly string[];
  /** Called with what ends it all; call it also when the test fails. */
  readonly onEnd: (end: () => Promise<void>) => void;
};

const ended = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** Lines that are kept, and whoever waits for one. */
function createLines<T>() {
  const lines: T[] = [];
  const waiting = new Set<() => void>();
  return {
    lines,
    add(line: T) {
      lines.push(line);
      for (const look of [...waiting]) look();
    },
    when<R>(found: () => R | undefined): Promise<R> {
      return new Promise((resolve) => {
        const look = () => {
          const result = found();
          if (result === undefined) return false;
          waiting.delete(look);
          resolve(result);
          return true;
        };
        if (!look()) waiting.add(look);
      });
    },
  };
}

export async function startMosquitto(o: MosquittoOptions): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'lector-mosquitto-'));
  const port = await freePort(0);
  for (const [name, text] of Object.entries(o.files ?? {})) writeFileSync(join(folder, name), text, { mode: 0o600 });
  if (o.tls === true) makeCertificates(folder);
  const config = (o.config ?? ['allow_anonymous true']).map((line) => line.replaceAll('FOLDER', folder));
  const tls = ['cafile', 'certfile', 'keyfile'].map(
    (key, n) => `${key} ${folder}/${['ca', 'broker', 'broker'][n]}${n === 2 ? '.key' : '.pem'}`,
  );
  const lines = [
    `listener ${port} 127.0.0.1`,
    ...(o.tls ? tls : []),
    ...config,
    'user root',
    'log_dest stderr',
    'log_type all',
  ];
  writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);

  const { lines: log, add, when } = createLines<string>();
  const children = new Set<ChildProcess>();
  let broker: ChildProcess | null = null;
  const said = (pattern: RegExp, from = 0) =>
    when(() => log.find((line, index) => index >= from && pattern.test(line)));
  const start = async () => {
    const from = log.length;
    broker = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    children.add(broker);
    createInterface(broker.stderr!).on('line', add);
    await said(/mosquitto version .* running/, from);
  };
  const signal = (name: NodeJS.Signals) => void broker?.kill(name);
  const freeze = async () => {
    signal('SIGSTOP');
    const isStopped = () => /^\d+ \(.*\) [tT]/.test(readFileSync(`/proc/${broker?.pid}/stat`, 'utf8'));
    while (!isStopped()) await new Promise((resolve) => setImmediate(resolve));
  };
  const kill = async (child = broker) => {
    if (child === null) return;
    child.kill('SIGKILL');
    await ended(child);
    children.delete(child);
  };
  // also where the test is cut off before its end
  const cutOff = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', cutOff);
  o.onEnd(async () => {
    process.removeListener('exit', cutOff);
    await Promise.all([...children].map((child) => kill(child)));
    rmSync(folder, { recursive: true, force: true });
  });
  await start();

  const clientArgs = ['-h', '127.0.0.1', '-p', String(port), '-V', 'mqttv5', ...(o.clientArgs ?? [])].map((arg) =>
    arg.replaceAll('FOLDER', folder),
  );
  let clients = 0;
  return {
    ...{ port, folder, log, said, signal, freeze, kill: () => kill(), restart: start },
    url: `${o.tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${port}`,
    async subscribe(topics, args = []) {
      clients += 1;
      const name = `peer${clients}`;
      const wanted = topics.flatMap((topic) => ['-t', topic]);
      const format = ['-F', '%t\t%q\t%r\t%P\t%p', '-q', '1', '-i', name];
      const child = spawn('mosquitto_sub', [...clientArgs, ...format, ...wanted, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.add(child);
      const heard = createLines<SeenMessage>();
      createInterface(child.stdout!).on('line', (line) => heard.add(seenMessage(line)));
      await said(new RegExp(`Sending SUBACK to ${name}$`));
      return {
        seen: heard.lines,
        until: (fits) => heard.when(() => heard.lines.find(fits)),
        count: (count, fits = () => true) =>
          heard.when(() => {
            const found = heard.lines.filter(fits);
            return found.length >= count ? found : undefined;
          }),
      };
    },
    publish(topic, payload, args = []) {
      execFileSync('mosquitto_pub', [...clientArgs, '-t', topic, '-m', payload, '-q', '1', ...args]);
    },
  };
}

function seenMessage(line: string): SeenMessage {
  const [topic = '', qos, retained, properties = '', ...payload] = line.split('\t');
  return { topic, qos: Number(qos), retained: retained === '1', properties, payload: payload.join('\t') };
}

/** An authority of the test (ca.pem), and a broker that it vouches for (broker.pem, broker.key) as 127.0.0.1. */
function makeCertificates(folder: string): void {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test authority');
  openssl('req', ...key, '-keyout', 'broker.key', '-out', 'broker.csr', '-subj', '/CN=broker');
  writeFileSync(join(folder, 'names.ext'), 'subjectAltName=IP:127.0.0.1\n');
  const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.ext'];
  openssl('x509', '-req', '-in', 'broker.csr', ...sign, '-out', 'broker.pem');
}
