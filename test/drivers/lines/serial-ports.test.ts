import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSerialPorts } from '../../../drivers/lines/serial-ports.ts';

describe('the serial ports of a machine', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'lector-ports-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (path: string, text = '') => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  it('come with the names that stay with an adapter first, and numbers in order', async () => {
    for (const name of ['ttyUSB10', 'ttyUSB2', 'ttyACM0', 'ttyAMA0', 'tty1', 'ttyprintk', 'null']) put(`dev/${name}`);
    mkdirSync(join(root, 'dev/serial/by-id'), { recursive: true });
    symlinkSync('../../ttyUSB2', join(root, 'dev/serial/by-id/usb-FTDI_FT232R-if00-port0'));
    expect(await listSerialPorts(root, 'linux')).toEqual([
      '/dev/serial/by-id/usb-FTDI_FT232R-if00-port0',
      '/dev/ttyACM0',
      '/dev/ttyAMA0',
      '/dev/ttyUSB2',
      '/dev/ttyUSB10',
    ]);
  });

  it('leave out the places where a board has no UART', async () => {
    for (const [name, type] of [
      ['ttyS0', '4\n'],
      ['ttyS1', '0\n'],
    ] as const) {
      put(`dev/${name}`);
      put(`sys/class/tty/${name}/type`, type);
    }
    put('dev/ttyS2');
    expect(await listSerialPorts(root, 'linux')).toEqual(['/dev/ttyS0', '/dev/ttyS2']);
  });

  it('are none where there are none', async () => {
    expect(await listSerialPorts(root, 'linux')).toEqual([]);
  });

  it('can be asked of this machine', async () => {
    for (const port of await listSerialPorts()) expect(port).toMatch(/^(\/dev\/|COM\d)/);
  });
});
