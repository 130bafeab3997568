import { duration } from '../formats/age.ts';
import { figure } from '../formats/figure.ts';
import { timeText } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import { errorWords, joined, type Note, noteText } from './condition.ts';
import type { AnalyzerRow } from './overview-rows.ts';
import type { Look } from './view.ts';

/** "no answer for 4 min; ..."; without a cause the state itself is said: "paused for 10 min; r resumes". */
const notedState = (note: Note, word: string): string => noteText(note.cause === '' ? { ...note, cause: word } : note);

/**
 * Two sentences about an analyzer: how it stands, and what to do or where it is:
 *
 *   Kitchen: no answer for 4 min; next try 18:05:42; 5 tries
 *   is it powered? wires A and B, address, speed and parity right?  (PM500, line 1, unit 2)
 */
export function sentencesOf({ analyzer, condition, figures }: AnalyzerRow, { words, plant }: Look): readonly string[] {
  const who = plain(analyzer.name || `${analyzer.model} ${analyzer.id}`);
  const where = `(${plain(analyzer.model)}, ${words.line(analyzer.device)}, ${words.unit(analyzer.address)})`;
  const failure = analyzer.lastReading?.failure ?? null;
  const odd = figures.oddPhase ? `${figures.oddPhase.phase} ${figure(figures.oddPhase.volts, 1)} V` : '';
  const share = analyzer.errorShare ?? 0;
  const last = analyzer.lastRecord;
  const tries = analyzer.attempt > 1 ? words.attempt(analyzer.attempt) : '';
  const doubts = [
    odd,
    failure ? errorWords(failure, words) : '',
    share > 0 ? words.failing(Math.max(1, Math.round(share * 100))) : '',
  ];
  const fine = [
    words.every(duration(analyzer.readingMs), duration(analyzer.recordingMs)),
    last ? words.lastRecord(timeText(last.end, plant.node?.now ?? last.end), last.n, last.expected) : '',
  ];
  const story =
    condition.note === null
      ? joined([...doubts, ...fine])
      : joined([notedState(condition.note, condition.word), tries]);
  return [`${who}: ${story}`, `${condition.advice}  ${where}`.trim()];
}
