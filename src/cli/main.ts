/**
 * Runs one `lector` command and resolves with its exit code: 0 done, 1 failed (said in one sentence on stderr), 2 a
 * wrong command line; `lector ctl` has more. Each command's code is loaded only when it is asked for, so that help,
 * version and what is asked of a running server are instant.
 */
export async function runLector(argv: readonly string[]): Promise<number> {
  process.stdout.off('error', onPrintError).on('error', onPrintError);
  try {
    const words = ctlWords(argv);
    if (words !== null) return await (await import('./ctl.ts')).ctl(words);
    return await (await import('./program.ts')).runProgram(argv);
  } catch (error) {
    return (await import('./fail.ts')).reportError(error);
  }
}

/** A reader that has seen enough (`lector check | head -1`) is no failure. */
function onPrintError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** What stands behind `ctl`, which has a command line of its own; null: another command is meant. */
function ctlWords([first, second, ...rest]: readonly string[]): readonly string[] | null {
  if (first === 'help' && second === 'ctl') return ['help', ...rest];
  return first === 'ctl' ? [second ?? [], ...rest].flat() : null;
}
