import { existsSync } from 'node:fs';
import { listed, type Report, seen } from './report.ts';

/** What is known of the machine's serial ports; `check` false: say nothing of ports that are missing. */
export type SerialContext = {
  readonly platform: NodeJS.Platform;
  readonly ports: readonly string[];
  readonly check: boolean;
};

/**
 * The port as the system names it. On Windows `COM1:` is COM1. Elsewhere a COM port is an error that lists what there
 * is; a path that does not exist now is a warning, since an adapter may be plugged in later.
 */
export function serialPort(port: string, at: string, context: SerialContext, report: Report): string {
  if (context.platform === 'win32') return windowsPort(port, at, context, report);
  if (!context.check) return port;
  if (!port.startsWith('/')) {
    const isCom = /^(\\\\\.\\)?com\d+:?$/i.test(port);
    const expected = isCom ? 'a serial port of this machine (COM ports are Windows names)' : 'the whole path of a port';
    report.error(at, `${expected} in <port>`, seen(port), portsThere(context.ports));
  } else if (!existsSync(port)) {
    const todo = `plug the adapter in, or correct the name; ${portsThere(context.ports)}`;
    report.warn(at, 'a serial port that exists in <port>', seen(port), todo);
  }
  return port;
}

function windowsPort(port: string, at: string, context: SerialContext, report: Report): string {
  const bare = /^(?:\\\\\.\\)?(com\d{1,3}):?$/i.exec(port)?.[1]?.toUpperCase();
  if (bare !== undefined) return bare;
  if (context.check) report.error(at, 'a port such as COM1: in <port>', seen(port), portsThere(context.ports));
  return port;
}

function portsThere(ports: readonly string[]): string {
  return ports.length === 0
    ? 'this machine has no serial port now: is the adapter plugged in?'
    : `this machine has ${listed(ports)}`;
}
