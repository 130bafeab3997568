import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of serial devices below /dev on Linux; ttyS exists for sockets that no board has, see {@link isFitted}. */
const DEVICE_NAME = /^tty(USB|ACM|AMA|XRUSB|MXC|THS|SC|O|S)\d+$/;

async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** Whether a UART answers behind /dev/ttyS*: the kernel gives type 0 to the places where none is. */
async function isFitted(root: string, name: string): Promise<boolean> {
  if (!name.startsWith('ttyS')) return true;
  const type = await readFile(join(root, 'sys/class/tty', name, 'type'), 'utf8').catch(() => '');
  return type.trim() !== '0';
}

async function linuxPorts(root: string): Promise<readonly string[]> {
  const byId = (await namesIn(join(root, 'dev/serial/by-id'))).map((name) => `/dev/serial/by-id/${name}`);
  const names = (await namesIn(join(root, 'dev'))).filter((name) => DEVICE_NAME.test(name));
  const fitted = await Promise.all(names.map((name) => isFitted(root, name)));
  return [...byId, ...names.filter((_, index) => fitted[index]).map((name) => `/dev/${name}`)];
}

async function listedPorts(): Promise<readonly string[]> {
  const { SerialPort } = await import('serialport');
  return (await SerialPort.list()).map((port) => port.path);
}

/**
 * The serial ports of this machine as config.xml may name them; the names in /dev/serial/by-id first, because they stay
 * with their adapter. Empty where there are none, or where the system does not tell. Never rejects.
 * `root` is where /dev and /sys are looked for on Linux.
 */
export async function listSerialPorts(root = '/', platform = process.platform): Promise<readonly string[]> {
  // Linux is read directly: the library asks udevadm, which small systems and containers do not have
  return platform === 'linux' ? linuxPorts(root) : listedPorts().catch(() => []);
}
