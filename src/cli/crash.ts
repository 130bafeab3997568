import type { LogHandle } from '../log/create-log.ts';

/**
 * A fault outside every actor is a bug that nothing contains: it ends the process with exit code 1 and one critical
 * line (the stack trace is in the log file only). What was reported written is safe; who started us starts us again.
 * Returns the function that ends the watch.
 */
export function endOnCrash(log: LogHandle): () => void {
  let crashed = false;
  const crash = (error: unknown) => {
    if (crashed) return;
    crashed = true;
    log.critical(
      { error },
      'a fault that nothing handles ends Lector; what is recorded is safe, details are in its log',
    );
    void log.close().finally(() => process.exit(1));
  };
  // a terminal that was closed takes no complaints either
  const ignore = () => undefined;
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  process.stderr.on('error', ignore);
  return () => {
    process.off('uncaughtException', crash);
    process.off('unhandledRejection', crash);
    process.stderr.off('error', ignore);
  };
}
