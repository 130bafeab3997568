import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How a tool is recognised and which Debian package brings it. Names that are not here are looked up in PATH. */
const TOOLS: Readonly<Record<string, { readonly apt: string; readonly present?: () => boolean }>> = {
  socat: { apt: 'socat' },
  mbpoll: { apt: 'mbpoll' },
  strace: { apt: 'strace' },
  tmux: { apt: 'tmux' },
  gcc: { apt: 'gcc' },
  faketime: { apt: 'faketime' },
  xfs_io: { apt: 'xfsprogs' },
  python3: { apt: 'python3' },
  mosquitto_sub: { apt: 'mosquitto-clients' },
  pymodbus: { apt: 'python3-pymodbus', present: () => runs(DEBIAN_PYTHON, ['-c', 'import pymodbus']) },
  libmodbus: { apt: 'libmodbus-dev', present: () => existsSync('/usr/include/modbus/modbus.h') && inPath('gcc') },
};

/** Debian's own interpreter: the one that sees python3-pymodbus, whatever else comes first in PATH. */
export const DEBIAN_PYTHON = '/usr/bin/python3';

/**
 * True when the tool (`socat`, `mbpoll`, `strace`, `tmux`, `gcc`, `faketime`, `xfs_io`, `pymodbus`, `libmodbus`, or any
 * program in PATH) exists. Otherwise prints one line and returns false, or throws when LECTOR_TEST_REQUIRE=1.
 */
export function requireTool(name: string): boolean {
  const tool = TOOLS[name];
  if (tool?.present ? tool.present() : inPath(name)) return true;
  return missing(`needs ${name} (apt-get install ${tool?.apt ?? name})`);
}

/** True when the tests run as root; otherwise as {@link requireTool}. */
export function requireRoot(): boolean {
  if (process.getuid?.() === 0) return true;
  return missing('needs root (run the tests as root, or with sudo)');
}

function missing(what: string): false {
  if (process.env.LECTOR_TEST_REQUIRE === '1') throw new Error(`a required test cannot run: it ${what}`);
  process.stderr.write(`skipped: ${what}\n`);
  return false;
}

function inPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
