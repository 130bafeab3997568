import type { AnalyzerNews } from '../machines/analyzer-setup.ts';
import type { AnalyzerId } from './domain/units.ts';
import type { Said } from './words.ts';

/** Analyzers that one sentence names; the others are counted. */
const NAMED_MAX = 5;

type Presence = 'read' | 'missing' | 'resting';

const PRESENCES: Partial<Readonly<Record<AnalyzerNews['news'], Presence>>> = {
  polling: 'read',
  failed: 'missing',
  paused: 'resting',
  stopped: 'resting',
};

/**
 * Which analyzers are read, for the one line that a person looks for: said when each was heard of since the start, and
 * when the last that was missing is read again. `note` gives the sentence, or null where there is nothing to say: of a
 * single analyzer its own line says it.
 */
export type Attendance = {
  note(id: AnalyzerId, news: AnalyzerNews['news']): Said | null;
  /** Forgets those that are there no more. */
  prune(): void;
};

export function createAttendance(idsOf: () => readonly AnalyzerId[], nameOf: (id: AnalyzerId) => string): Attendance {
  const known = new Map<AnalyzerId, Presence>();
  let isSaid = false;
  let wasWhole = false;
  const those = (presence: Presence) => idsOf().filter((id) => known.get(id) === presence);

  return {
    note(id, news) {
      const presence = PRESENCES[news];
      if (presence === undefined) return null;
      known.set(id, presence);
      const ids = idsOf();
      const isWhole = those('missing').length === 0;
      const isNews = ids.length > 1 && ids.every((each) => known.has(each)) && (!isSaid || (isWhole && !wasWhole));
      const again = isSaid ? ' again' : '';
      wasWhole = isWhole;
      if (!isNews) return null;
      isSaid = true;
      const others = [
        listed('not read', those('missing'), nameOf),
        listed('paused or stopped', those('resting'), nameOf),
      ];
      const text = `${counted(those('read').length, ids.length)}${again}${others.join('')}`;
      return { level: isWhole ? 'info' : 'warn', text };
    },
    prune() {
      const ids = new Set(idsOf());
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    },
  };
}

function counted(read: number, all: number): string {
  return read === all ? `all ${all} analyzers are read` : `${read} of ${all} analyzers are read`;
}

function listed(what: string, ids: readonly AnalyzerId[], nameOf: (id: AnalyzerId) => string): string {
  if (ids.length === 0) return '';
  const more = ids.length > NAMED_MAX ? ` and ${ids.length - NAMED_MAX} more` : '';
  return `; ${what}: ${ids.slice(0, NAMED_MAX).map(nameOf).join(', ')}${more}`;
}
