import { connect, type Socket } from 'node:net';

/** One step of a transcript in a document: what is sent, what is answered, or time that passes. */
export type Step =
  | { readonly kind: 'sent'; readonly text: string; readonly line: number }
  | { readonly kind: 'answered'; readonly text: string; readonly line: number }
  | { readonly kind: 'passes'; readonly ms: number; readonly line: number };

export type Transcript = { readonly dialect: string; readonly steps: readonly Step[] };

/** What stands in a fence of a transcript: `> sent`, `< answered`, `(60 s later)`. */
export function transcriptsIn(markdown: string): readonly Transcript[] {
  const lines = markdown.split('\n');
  const found: { dialect: string; steps: Step[] }[] = [];
  let open = false;
  lines.forEach((text, index) => {
    const line = index + 1;
    if (text.startsWith('```transcript ')) {
      found.push({ dialect: text.slice('```transcript '.length).trim(), steps: [] });
      open = true;
    } else if (text.startsWith('```')) open = false;
    else if (open) found.at(-1)?.steps.push(stepOf(text, line));
  });
  return found;
}

function stepOf(text: string, line: number): Step {
  const later = /^\((\d+) s later\)$/.exec(text)?.[1];
  if (later !== undefined) return { kind: 'passes', ms: Number(later) * 1000, line };
  if (text.startsWith('> ')) return { kind: 'sent', text: text.slice(2), line };
  if (text.startsWith('< ')) return { kind: 'answered', text: text.slice(2), line };
  throw new Error(`line ${line}: expected "> ...", "< ..." or "(60 s later)", saw "${text}"`);
}

/** As the document shows it: tab, line feed and the like escaped, what ends a line left out. */
export function shown(bytes: string): string {
  return bytes.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
}

/** Whether an answer is what the document shows; `…` stands for whatever is there. */
export function matches(document: string, answer: string): boolean {
  const [first = '', ...rest] = document.split('…');
  if (rest.length === 0) return answer === document;
  if (!answer.startsWith(first) || !answer.endsWith(rest.at(-1) ?? '')) return false;
  let at = first.length;
  for (const part of rest) {
    const found = answer.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return true;
}

/** A connection that gives out one answer after the other, each as it is shown. */
export function speak(port: number, dialect: 'classic' | 'json') {
  const socket: Socket = connect(port, '127.0.0.1');
  const end = dialect === 'classic' ? '\r' : '\r\n';
  let rest = '';
  let waiting: (() => void) | null = null;
  let isClosed = false;
  const wake = () => {
    waiting?.();
    waiting = null;
  };
  socket.on('data', (bytes) => {
    rest += bytes.toString(dialect === 'classic' ? 'latin1' : 'utf8');
    wake();
  });
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  const cut = (length: number): string => {
    const text = rest.slice(0, length);
    rest = rest.slice(length);
    return text;
  };
  return {
    hello: (text: string) => socket.write(text),
    send: (text: string) => socket.write(`${text}\r`),
    /** The next answer; the welcome is two bytes. `(closed)`: the server closed the connection. */
    async next(isWelcome: boolean): Promise<string> {
      for (;;) {
        if (isWelcome && rest.length >= 2) return cut(2);
        const at = isWelcome ? -1 : rest.indexOf(end);
        if (at !== -1) return shown(cut(at + end.length).slice(0, -end.length));
        if (isClosed) return '(closed)';
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
    },
    close: () => socket.destroy(),
  };
}
