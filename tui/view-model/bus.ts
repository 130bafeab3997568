import type { FrameView } from '../../src/protocol/events.ts';
import { plain } from '../formats/width.ts';
import { cutSpans, left, line, right, type Span, span, textLine } from './line.ts';
import { textBody } from './list-body.ts';
import type { Body, Look } from './view.ts';

/**
 * Frames of one line as they pass, the newest below:
 *
 *   BUS OF line 1  /dev/ttyUSB0 19200 8E1
 *   18:05:42.123 → Kitchen           read 3 registers at 4033      02 03 0f c0 00 03 06 cd
 *   18:05:42.171 ← Kitchen     48 ms 230.1 229.8 231.0             02 03 06 08 fd 08 fa 09 06 91 2c
 */
export function busBody(look: Look, height: number): Body {
  const { plant, ui, words, glyphs } = look;
  const device = ui.bus === null ? undefined : plant.devices.get(ui.bus);
  const frames = ui.busPaused ?? plant.frames.get(ui.bus ?? -1) ?? [];
  const title = `${words.busOf(words.line(ui.bus ?? 0))}  ${device ? plain(device.description) : ''}`;
  const paused = ui.busPaused === null ? [] : [span(`  ${glyphs.signs.paused} ${words.pausedView}`, 'warn')];
  const lines = frames.map((frame, n) => line(`frame ${n}`, frameSpans(frame, look)));
  return textBody(look, height, {
    screen: 'bus',
    heading: line('heading', [span(title, 'accent'), ...paused]),
    lines: lines.length === 0 ? [textLine('none', `  ${words.noFrames}`, 'dim')] : lines,
    toEnd: true,
  });
}

const NAME = 14;
const BYTES_FROM = 120;

function frameSpans(frame: FrameView, look: Look): readonly Span[] {
  const { plant, glyphs, columns } = look;
  const mark = glyphs.ellipsis;
  const name =
    frame.analyzer === null ? '' : plain(plant.analyzers.get(frame.analyzer)?.name || String(frame.analyzer));
  const tone = frame.direction === 'junk' ? 'bad' : frame.direction === 'request' ? 'dim' : 'plain';
  const arrow = frame.direction === 'request' ? glyphs.request : frame.direction === 'answer' ? glyphs.answer : '?';
  const took = frame.tookMs === null ? '' : `${Math.round(frame.tookMs)} ms`;
  // the words are read first; bytes have what is left, where that is enough for a frame
  const rest = columns - 13 - 2 - NAME - 1 - 8;
  const words = columns < BYTES_FROM ? Math.max(10, rest) : Math.min(64, Math.floor(rest * 0.5));
  const spans = [
    span(`${frame.at.slice(11, 23)} `, 'dim'),
    span(`${arrow} `, tone),
    span(`${left(name, NAME, mark)} `),
    span(`${right(took, 7, mark)} `, 'dim'),
    span(`${left(plain(frame.words), words, mark)} `, tone),
    ...(columns < BYTES_FROM ? [] : [span(plain(frame.bytes), 'dim')]),
  ];
  return cutSpans(spans, columns, mark);
}
