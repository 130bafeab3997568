import { wrapText } from '../ctl/text-width.ts';
import { WORD_NAMES, WORDS, type Word, type WordName } from './vocabulary.ts';

/** What can be typed, a line each, or more where `columns` are too few. */
export function helpText(about: WordName | null, columns: number): string {
  if (about !== null) return aboutText(about);
  const usages = WORD_NAMES.map((name) => usageText(name));
  const width = Math.max(...usages.map((usage) => usage.length));
  const room = Math.max(ABOUT_MIN, columns - width - 4);
  const lines = WORD_NAMES.flatMap((name, n) =>
    wrapText(WORDS[name].about, room).map(
      (text, m) => `  ${(m === 0 ? (usages[n] ?? '') : '').padEnd(width)}  ${text}`,
    ),
  );
  return `${lines.join('\n')}\n\n${NOTES}`;
}

/** Narrower is not worth wrapping for. */
const ABOUT_MIN = 20;

const usageText = (name: WordName): string => `${name} ${WORDS[name].usage}`.trim();

/**
 *   pause WHO [TIME]
 *     stops reading, with SECONDS for so long
 *     such as:  pause 1
 */
function aboutText(name: WordName): string {
  const { about, examples, command }: Word = WORDS[name];
  const such = examples.map((example, n) => `  ${n === 0 ? 'such as:' : '        '}  ${example}`);
  const form = command === null ? [] : [`  in the protocol:  $${command}${FORMS[name] ?? ''};`];
  return `${[usageText(name), `  ${about}`, ...such, ...form].join('\n')}\n`;
}

const FORMS: Partial<Readonly<Record<WordName, string>>> = {
  status: '@1',
  vars: '@1',
  defs: '@1',
  id: '@1',
  meter: '@1',
  history: '@1:PAT:3600',
  records: '@1:20',
  why: '@1',
  pause: '@1:600',
  resume: '@1',
  start: '@1',
  stop: '@1',
  readnow: '@1',
  ident: '@1',
  fault: '@2:silence:30',
  auth: '@TOKEN',
};

const NOTES = `WHO is an id, a name, "line:1", or several: 1 2 5, 1-4.
Behind pause, resume, stop and readnow "all" is every analyzer.
TIME is such as 90s, 10m, 2h, 1d.
The protocol's own form works too: STATUS@1 or $STATUS@1;
Tab completes, the arrows bring back what was typed before.
`;
