import { afterEach, describe, expect, it, vi } from 'vitest';
import { runLector } from '../../src/cli/main.ts';

afterEach(() => vi.restoreAllMocks());

describe('the command line of lector cost', () => {
  it.each([
    [['--by', 'day', '--open', 'P3'], '--by <part>', '--open <line>'],
    [['--what-if', 'other.json', '--by', 'period'], '--what-if <file>', '--by <part>'],
    [['--csv', '--json'], '--csv', '--json'],
    [['--invoice', '100', '--open', 'P3'], '--open <line>', '--invoice <file or total>'],
  ])('has one view of a bill, and one form: %j are two', async (words, one, other) => {
    let said = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += text;
      return true;
    });
    expect(await runLector(['cost', ...words])).toBe(2);
    expect(said).toContain(`option '${one}' cannot be used with option '${other}'`);
  });
});
