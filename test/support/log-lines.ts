import type { Log } from '../../src/domain/ports.ts';

export type LogLine = {
  readonly level: keyof Log;
  readonly text: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

/** A log that keeps its lines for a test to look at. */
export function createLogLines(): Log & { readonly lines: LogLine[]; matching(pattern: RegExp): readonly LogLine[] } {
  const lines: LogLine[] = [];
  const write = (level: keyof Log) => (facts: Readonly<Record<string, unknown>>, text: string) => {
    lines.push({ level, text, facts });
  };
  return {
    lines,
    matching: (pattern) => lines.filter((line) => pattern.test(line.text)),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}
