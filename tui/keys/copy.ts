import type { Ui } from '../state/ui.ts';
import { type Context, type Pressed, pressed, telling } from './effects.ts';

/** The selected row as text, or all that is shown where no row is selected. */
export function copied(ui: Ui, { frame, look }: Context): Pressed {
  const { lines } = frame.body;
  const chosen = lines.filter(({ selected }) => selected);
  const text = (chosen.length > 0 ? chosen : lines)
    .map(({ spans }) =>
      spans
        .map((each) => each.text)
        .join('')
        .trimEnd(),
    )
    .join('\n')
    .trim();
  const first = text.split('\n')[0] ?? '';
  return pressed(telling(ui, look.now, look.words.copied(first.replace(/\s+/g, ' '))), { kind: 'copy', text });
}
