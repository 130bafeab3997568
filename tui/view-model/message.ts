import { completions } from '../keys/palette.ts';
import { type Line, line, type Span, span, spread } from './line.ts';
import type { Body, Look } from './view.ts';

/** The line above the footer: a question, what was just done, else a sentence about the selected row. */
export function messageLine(look: Look, body: Body, trouble: readonly Span[] | null): Line {
  const { columns, glyphs, ui, now } = look;
  const spans = promptSpans(look);
  if (spans) return line('prompt', spread(spans, [], columns, glyphs.ellipsis));
  const feedback = ui.feedback;
  if (feedback && feedback.until > now) {
    return line('feedback', spread([span(` ${feedback.text}`, feedback.tone)], [], columns, glyphs.ellipsis));
  }
  return line('detail', spread(trouble ?? [span(` ${body.detail}`, 'dim')], [], columns, glyphs.ellipsis));
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
