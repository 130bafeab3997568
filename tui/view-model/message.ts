import { completions } from '../keys/palette.ts';
import { type Line, line, type Span, span, spread } from './line.ts';
import type { Body, Look } from './view.ts';

/**
 * The lines above the footer: sentences about the selected row; the last of them gives way to what was just done, and
 * both to a question.
 */
export function messageLines(look: Look, body: Body, count: number, trouble: readonly Span[] | null): readonly Line[] {
  const { columns, glyphs, ui, now } = look;
  const whole = (key: string, spans: readonly Span[]): Line => line(key, spread(spans, [], columns, glyphs.ellipsis));
  const about = Array.from({ length: count }, (_, n) =>
    whole(`about ${n}`, [span(` ${body.detail[n] ?? ''}`, n === 0 ? 'plain' : 'dim')]),
  );
  const asked = promptSpans(look);
  const said = ui.feedback && ui.feedback.until > now ? [span(` ${ui.feedback.text}`, ui.feedback.tone)] : trouble;
  const last = asked ?? said;
  return last && count > 0 ? [...about.slice(0, -1), whole('said', last)] : about;
}

const CARET = '_';

function promptSpans(look: Look): readonly Span[] | null {
  const { ui, words } = look;
  const prompt = ui.prompt;
  switch (prompt?.kind) {
    case 'filter':
      return [span(` ${words.filterPrompt}`, 'accent'), span(`${prompt.text}${CARET}`)];
    case 'palette': {
      const chosen = completions(prompt.text, words)[prompt.chosen];
      const hint = chosen ? `   ${chosen.name}: ${chosen.words}` : '';
      return [span(` ${words.palettePrompt}`, 'accent'), span(`${prompt.text}${CARET}`), span(hint, 'dim')];
    }
    case 'confirm':
      return [span(` ${prompt.ask}  `, 'warn'), span(words.yesNo, 'accent')];
    case 'leave':
      return [span(` ${words.askLeave}  `, 'warn'), span(words.leaveKeys, 'accent')];
    default:
      return null;
  }
}
