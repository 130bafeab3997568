import { describe, expect, it } from 'vitest';
import {
  answered,
  failed,
  forgetMs,
  formOf,
  isFresh,
  NEW_UNIT,
  nextRequest,
  passed,
  reopened,
  sent,
  type UnitStep,
} from '../../../drivers/cvm/unit-step.ts';
import { monoMs } from '../../../src/domain/units.ts';
import { type Command, command } from './cvm-bus.ts';

const FORGET = 10_000;
const VER = command(3, 'VER');

type Happening = `${Command} ${'ok' | 'lost' | 'bent'}` | 'reopened';

/** What is known of a unit after requests, one a second, that ended as told. */
function history(...happenings: readonly Happening[]): {
  readonly step: UnitStep;
  readonly now: ReturnType<typeof monoMs>;
} {
  let step = NEW_UNIT;
  let ms = 0;
  for (const happening of happenings) {
    ms += 1_000;
    const now = monoMs(ms);
    if (happening === 'reopened') {
      step = reopened(step);
      continue;
    }
    const [name, end] = happening.split(' ') as [Command, string];
    const asked = command(3, name);
    const fresh = isFresh(step, formOf(asked), now, FORGET);
    step = sent(step, formOf(asked), now);
    if (end === 'ok') step = answered(step, asked, fresh, now);
    else step = failed(step, formOf(asked), end === 'lost', now);
  }
  return { step, now: monoMs(ms + 1_000) };
}

describe('what is sent before a command', () => {
  it.each<[readonly Happening[], Command, string]>([
    // nothing but the reserved command at first, after a failure and after an opening
    [[], 'RVI', 'VER'],
    [[], 'VER', 'ask'],
    [['VER ok', 'RVI ok', 'reopened'], 'RFI', 'VER'],
    [['VER ok', 'RVI bent'], 'RFI', 'VER'],
    [['VER lost'], 'RVI', 'VER'],
    [['VER lost', 'VER lost'], 'VER', 'ask'],
    // in step: only an answer of the same length must be separated
    [['VER ok'], 'RVI', 'ask'],
    [['VER ok', 'RVI ok'], 'RFI', 'ask'],
    [['VER ok', 'RVI ok'], 'RVI', 'VER'],
    [['VER ok', 'RVI ok'], 'RPI', 'VER'],
    [['VER ok', 'RVI ok', 'VER ok'], 'RPI', 'ask'],
    // the reserved command was surely answered by its own answer
    [['VER ok', 'RFI ok', 'RVI lost', 'VER ok'], 'RVI', 'ask'],
    // perhaps by an older one: what is not owed may be asked, else something else must prove it
    [['VER lost', 'VER ok'], 'RVI', 'ask'],
    [['VER ok', 'RFI ok', 'RVI lost', 'VER lost', 'VER ok'], 'RWH', 'ask'],
    [['VER ok', 'RFI ok', 'RVI ok', 'RWH lost', 'VER lost', 'VER ok'], 'RWH', 'RFI'],
    [['VER ok', 'RVI lost', 'VER lost', 'VER ok'], 'RVI', 'RHI'],
    [['VER ok', 'RVI lost', 'VER lost', 'VER ok', 'RHI lost', 'VER ok'], 'RVI', 'RFI'],
    [['VER ok', 'RVI lost', 'VER lost', 'VER ok', 'RHI ok'], 'RVI', 'ask'],
    // nothing can be told apart any more: what is owed must grow old
    [['VER ok', 'RVI lost', 'VER ok', 'RHI lost', 'VER ok', 'RFI lost', 'VER ok'], 'RVI', 'wait'],
  ])('after %j, before %s: %s', (happenings, name, expected) => {
    const { step, now } = history(...happenings);
    const next = nextRequest(step, command(3, name), VER, now, FORGET);
    expect(next.kind === 'first' ? next.command.command : next.kind).toBe(expected);
  });

  it('is nothing any more when what is owed has grown old, and the wait says when', () => {
    const { step, now } = history('VER ok', 'RVI lost', 'VER ok', 'RHI lost', 'VER ok', 'RFI lost', 'VER ok');
    const wait = nextRequest(step, command(3, 'RVI'), VER, now, FORGET);
    expect(wait).toMatchObject({ kind: 'wait' });
    const then = monoMs(now + (wait.kind === 'wait' ? wait.ms : 0));
    expect(nextRequest(step, command(3, 'RVI'), VER, then, FORGET)).toEqual({ kind: 'ask' });
  });

  it('with RHI reserved, its own values are never those of an older request', () => {
    const { step, now } = history('RHI lost');
    const RHI = command(3, 'RHI');
    expect(nextRequest(NEW_UNIT, RHI, RHI, now, FORGET)).toEqual({ kind: 'ask' });
    expect(nextRequest(step, RHI, RHI, now, FORGET)).toMatchObject({ kind: 'first', command: RHI });
    const heard = history('RHI lost', 'RHI ok');
    expect(nextRequest(heard.step, RHI, RHI, heard.now, FORGET)).toMatchObject({ command: { command: 'RFI' } });
  });
});

describe('what a unit owes', () => {
  it('is remembered for 20 timeouts, and 10 s at least', () => {
    expect([forgetMs(100), forgetMs(1_000), forgetMs(4_000)]).toEqual([10_000, 20_000, 80_000]);
  });

  it('ends its quiet window when the answer that a timeout missed has passed, not when another has', () => {
    const { step, now } = history('VER ok', 'RVI lost');
    expect(passed(step, 12, now)).toBe(step);
    expect(passed(step, 36, now)).toMatchObject({ quietUntil: now, missed: null, state: 'out' });
    expect(passed(history('VER ok', 'RVI bent').step, 36, now)).toMatchObject({ state: 'out', missed: null });
  });
});
