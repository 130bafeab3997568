import { pino } from 'pino';
import type { LogLevel } from '../domain/installation.ts';
import type { Log } from '../domain/ports.ts';
import { safe } from '../domain/safe.ts';
import { ended, openRollingFile, type RollingFile } from './rolling-file.ts';
import { safeFacts } from './safe-facts.ts';
import { createTerminalLines, machineTime } from './terminal-line.ts';

/** Lines that wait for a terminal or pipe that does not read; beyond, the newest are dropped. */
const STDOUT_WAITING_MAX = 1024 * 1024;

export type LogOptions = {
  readonly level: LogLevel;
  /** Folder of the rotating files; null: none. */
  readonly dir: string | null;
  /** Readable lines for a person; otherwise one JSON object a line. */
  readonly terminal: boolean;
  /** Where lines go instead of standard output. */
  readonly stream?: { write(line: string): unknown };
  /** Colour on a terminal; off where NO_COLOR is set, unless told. */
  readonly colour?: boolean;
  /** Characters in a line of the terminal; what does not say has no end. */
  readonly columns?: () => number;
  /** Local time as a terminal shows it, such as "2026-11-25 12:15:00": the machine's unless told. */
  readonly timeText?: (at: Date) => string;
};

/** A {@link Log} with what only the outermost layer uses. */
export type LogHandle = Log & {
  /** Something that a person must see now: the level that no `log_level` hides. */
  critical(facts: Readonly<Record<string, unknown>>, text: string): void;
  /** Writes out what waits, for at most a second; what is said afterwards is not written. Never rejects. */
  close(): Promise<void>;
};

type Level = Exclude<keyof LogHandle, 'close'>;
const PINO_LEVELS = { debug: 'debug', info: 'info', warn: 'warn', error: 'error', critical: 'fatal' } as const;
const LEVEL_NAMES: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
  fatal: 'critical',
};

/**
 * The log on standard output and, where `dir` is given, in rotating files of JSON lines (2 MiB x 15). Writing returns
 * at once, whatever disk, terminal or pipe do: both are streams of this process with asynchronous writes and a bounded
 * buffer. No worker thread: it would buy nothing at a few lines a second and would lose the last lines of a crash.
 */
export function createLog(options: LogOptions): LogHandle {
  const stdout = options.stream ?? openStdout();
  const file = options.dir === null ? null : openRollingFile(options.dir, complainOnStderr);
  const logger = pino({ ...PINO_OPTIONS, level: pinoLevel(options.level) }, destination(options, stdout, file));
  let isClosed = false;
  const write = (level: Level) => (facts: Readonly<Record<string, unknown>>, text: string) => {
    const name = PINO_LEVELS[level];
    // what ends late must not end the process with an error
    if (isClosed) return;
    if (logger.isLevelEnabled(name)) logger[name](safeFacts(facts), safe(text));
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    critical: write('critical'),
    async close() {
      isClosed = true;
      await Promise.all([
        file?.close(),
        options.stream ? undefined : ended(stdout as ReturnType<typeof pino.destination>),
      ]);
    },
  };
}

function openStdout() {
  const stdout = pino.destination({ fd: 1, sync: false, maxLength: STDOUT_WAITING_MAX });
  // nobody listening any more (a closed pipe or terminal) is no reason to stop reading meters
  stdout.on('error', () => undefined);
  // pino calls it at exit, and it tries for ever: `close` has written what could be written
  stdout.flushSync = () => undefined;
  return stdout;
}

const PINO_OPTIONS = {
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label: string) => ({ level: LEVEL_NAMES[label] ?? label }) },
};

function pinoLevel(level: LogLevel): string {
  return Object.entries(LEVEL_NAMES).find(([, ours]) => ours === level)?.[0] ?? 'info';
}

function destination(options: LogOptions, stdout: { write(line: string): unknown }, file: RollingFile | null) {
  const terminalLine = createTerminalLines({
    colour: options.colour ?? (process.env.NO_COLOR ?? '') === '',
    columns: options.columns ?? (() => process.stdout.columns ?? Number.POSITIVE_INFINITY),
    timeText: options.timeText ?? machineTime,
  });
  return {
    write(line: string) {
      stdout.write(options.terminal ? terminalLine(JSON.parse(line)) : line);
      file?.write(line);
    },
  };
}

function complainOnStderr(text: string): void {
  process.stderr.write(`lector: ${safe(text)}\n`);
}
