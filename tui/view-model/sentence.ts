import { duration } from '../formats/age.ts';
import { figure } from '../formats/figure.ts';
import { timeText } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import { errorWords, joined } from './condition.ts';
import type { Row } from './overview-rows.ts';
import type { Look } from './view.ts';

/**
 * One sentence about an analyzer, what matters first:
 *
 *   Kitchen: no answer for 4 min; next try 18:05:42; is it powered? ...  (PM500, line 1, unit 2)
 *   Main switchboard: read every 2 s, recorded every 1 min; last record 18:05:00 (30 of 30)  (PM710, line 1, unit 1)
 */
export function sentenceOf({ analyzer, condition, figures }: Row, { words, plant }: Look): string {
  const who = plain(analyzer.name || `${analyzer.model} ${analyzer.id}`);
  const where = `${plain(analyzer.model)}, ${words.line(analyzer.device)}, ${words.unit(analyzer.address)}`;
  const failure = analyzer.lastReading?.failure ?? null;
  const odd = figures.oddPhase ? `${figures.oddPhase.phase} ${figure(figures.oddPhase.volts, 1)} V` : '';
  const last = analyzer.lastRecord;
  const fine = joined([
    odd,
    failure ? errorWords(failure, words) : '',
    words.every(duration(analyzer.readingMs), duration(analyzer.recordingMs)),
    last ? words.lastRecord(timeText(last.end, plant.node?.now ?? last.end), last.n, last.expected) : '',
  ]);
  return `${who}: ${condition.note === null ? joined([fine, condition.advice]) : joined([condition.note, condition.advice])}  (${where})`;
}
