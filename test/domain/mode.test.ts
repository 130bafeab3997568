import { describe, expect, it } from 'vitest';
import { type Mode, type ModeCommand, modeAfter, RUNNING, STOPPED } from '../../src/domain/mode.ts';
import { epochMs } from '../../src/domain/units.ts';

const until = epochMs(1000);
const paused = (by: 'analyzer' | 'line', end: typeof until | null = null): Mode => ({
  ...{ mode: 'paused', pausedUntil: end, pausedBy: by },
});
const pause = (by?: 'analyzer' | 'line'): ModeCommand => ({ type: 'PAUSE', until, ...(by && { by }) });

describe('the mode of an analyzer', () => {
  it.each([
    [RUNNING, pause(), paused('analyzer', until)],
    [RUNNING, pause('line'), paused('line', until)],
    [RUNNING, { type: 'STOP' }, STOPPED],
    [paused('line'), pause('line'), paused('line', until)],
    [paused('line'), pause(), paused('analyzer', until)],
    [paused('analyzer'), pause(), paused('analyzer', until)],
    [paused('analyzer'), { type: 'RESUME' }, RUNNING],
    [paused('line'), { type: 'RESUME', by: 'line' }, RUNNING],
    [paused('line'), { type: 'STOP' }, STOPPED],
    [STOPPED, { type: 'START' }, RUNNING],
  ] as const)('%j and %j: %j', (before, command, after) => {
    expect(modeAfter(before, command)).toEqual(after);
  });

  it.each([
    [RUNNING, { type: 'START' }],
    [RUNNING, { type: 'RESUME' }],
    [paused('analyzer'), pause('line')],
    [paused('analyzer'), { type: 'RESUME', by: 'line' }],
    [paused('line'), { type: 'START' }],
    [STOPPED, pause()],
    [STOPPED, { type: 'RESUME' }],
    [STOPPED, { type: 'STOP' }],
  ] as const)('%j is left as it is by %j', (before, command) => {
    expect(modeAfter(before, command)).toBe(before);
  });
});
