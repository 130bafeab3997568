import { describe, expect, it } from 'vitest';
import { ask, counterOf, ENERGY, lineWith, request, VOLTAGES } from './line-rig.ts';

const SECOND_METER = request(2, 4, 0, 4);
const silent = { length: 0 };

describe('a line whose meters are others from now on', () => {
  it('is answered by those that are there, and the line goes on', async () => {
    const rig = lineWith();
    const [first, second] = rig.meters;
    expect((await ask(rig, SECOND_METER)).bytes).toHaveLength(13);
    rig.line.populate([first!]);
    expect((await ask(rig, SECOND_METER)).bytes).toMatchObject(silent);
    expect((await ask(rig, VOLTAGES)).bytes).toHaveLength(11);
    expect(() => rig.line.fault(2, 'silence', 1)).toThrow(/no simulated analyzer 2 here; there are 1/);
    rig.line.populate([{ ...first!, unit: 9 }, second!]);
    expect((await ask(rig, VOLTAGES)).bytes).toMatchObject(silent);
    expect((await ask(rig, request(9, 3, 4032, 3))).bytes).toHaveLength(11);
    expect((await ask(rig, SECOND_METER)).bytes).toHaveLength(13);
  });

  it('a meter that stays keeps its trouble: it started anew, and its counters are 0 once', async () => {
    const rig = lineWith({ faults: [{ analyzerId: 1, kind: 'reboot', fromMs: 100, forMs: 1000 }] });
    await rig.clock.advance(200);
    expect((await ask(rig, ENERGY)).bytes).toMatchObject(silent);
    await rig.clock.advance(1000);
    rig.line.populate([rig.meters[0]!]);
    expect(counterOf((await ask(rig, ENERGY)).bytes)).toBe(0);
    rig.line.populate(rig.meters);
    expect(counterOf((await ask(rig, ENERGY)).bytes)).toBeGreaterThan(0);
  });
});
