import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';

/** Warnings and errors of PostgreSQL that go into our log within a minute; the others are counted. */
const LINES_A_MINUTE = 20;
const MINUTE_MS = 60_000;
/** A line without an end is cut here. */
const LINE_MAX = 8_192;

/** What the lines of PostgreSQL say about how it is. */
export type ServerNews = 'ready' | 'down' | 'disk full';

export type ServerLog = {
  /** Standard error of the server, in any pieces. */
  take(chunk: string): void;
  /** The last thing that it called fatal or worse since `begin`; empty: nothing. */
  lastProblem(): string;
  begin(): void;
};

type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * Levels of PostgreSQL as ours. An ERROR is one statement's, and whoever sent it deals with it; FATAL is the end of one
 * connection. What goes with a line (DETAIL, HINT, ...) is for who looks closely.
 */
const LEVELS: Readonly<Record<string, Level>> = { WARNING: 'warn', FATAL: 'warn', PANIC: 'error' };
/** Connections that come too early, or that are cut because the server stops: all of them are known to us. */
const EXPECTED = /the database system is (starting up|shutting down|not yet accepting)|terminating connection due to/;
const NOTEWORTHY = /was not properly shut down|was interrupted/;

/** Puts the lines of a server into our log, at our levels, and never many of them. */
export function createServerLog(o: { clock: Clock; log: Log; onNews: (news: ServerNews) => void }): ServerLog {
  let rest = '';
  let problem = '';
  const allow = createQuota(o.clock, o.log);
  const line = (text: string) => {
    const [, level = '', message = ''] = /^<\d+> (\w+): {2}(.*)$/.exec(text) ?? [];
    const news = newsOf(message);
    if (news !== null) o.onNews(news);
    if (/FATAL|PANIC/.test(level) && !EXPECTED.test(message)) problem = message;
    // what cannot be read as one of its lines comes from before it logs, and says why it does not start
    if (level === '' && /error|could not|cannot/.test(text)) problem = text;
    const ours = EXPECTED.test(message) ? 'debug' : NOTEWORTHY.test(message) ? 'info' : (LEVELS[level] ?? 'debug');
    if (ours === 'debug' || allow()) o.log[ours]({}, `PostgreSQL: ${safe(level === '' ? text : message)}`);
  };
  return {
    take(chunk) {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() ?? '').slice(0, LINE_MAX);
      for (const each of lines) if (each !== '') line(each);
    },
    lastProblem: () => safe(problem),
    begin() {
      problem = '';
      rest = '';
    },
  };
}

function newsOf(message: string): ServerNews | null {
  if (message.includes('ready to accept connections')) return 'ready';
  if (message.includes('all server processes terminated; reinitializing')) return 'down';
  return message.includes('No space left on device') ? 'disk full' : null;
}

function createQuota(clock: Clock, log: Log): () => boolean {
  let since = Number.NEGATIVE_INFINITY;
  let used = 0;
  return () => {
    const now = clock.mono();
    if (now - since >= MINUTE_MS) {
      if (used > LINES_A_MINUTE) log.warn({ lines: used - LINES_A_MINUTE }, 'PostgreSQL said more than is shown here');
      since = now;
      used = 0;
    }
    used += 1;
    return used <= LINES_A_MINUTE;
  };
}
