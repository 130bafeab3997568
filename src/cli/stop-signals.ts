/** One press of Ctrl+C can arrive several times: from the terminal, from npm and from whoever started us. */
const SAME_PRESS_MS = 250;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StopRequest = { readonly signal: (typeof SIGNALS)[number]; readonly press: number };

/**
 * Calls back once for each wish to stop (Ctrl+C, SIGTERM, a closed terminal): `press` 1 asks for an orderly end, 2 and
 * more for an end at once. Returns the function that stops listening.
 */
export function onStopRequest(callback: (request: StopRequest) => void, mono = () => performance.now()): () => void {
  let press = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  const listen = (signal: NodeJS.Signals) => {
    const at = mono();
    const known = at - lastAt < SAME_PRESS_MS;
    lastAt = at;
    if (known) return;
    press += 1;
    callback({ signal: signal as StopRequest['signal'], press });
  };
  for (const signal of SIGNALS) process.on(signal, listen);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listen);
  };
}
