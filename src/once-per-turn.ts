/** Calls that come together are one, after them: all analyzers of a window are written in one commit. */
export function oncePerTurn(tell: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    queueMicrotask(() => {
      isAsked = false;
      tell();
    });
  };
}
