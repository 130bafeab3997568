import { describe, expect, it } from 'vitest';
import { CODE, filesIn, type SourceFile } from './tree.ts';

const FILE_LINES_MAX = 300;
const MACHINE_LINES_MAX = 200;
const LINE_COLUMNS_MAX = 120;

function tooLong({ path, text }: SourceFile): readonly string[] {
  const lines = text.trimEnd().split('\n');
  const max = path.startsWith('machines/') ? MACHINE_LINES_MAX : FILE_LINES_MAX;
  const wide = lines.flatMap((line, n) =>
    line.length > LINE_COLUMNS_MAX ? [`${path}:${n + 1} is ${line.length} wide`] : [],
  );
  return lines.length > max ? [`${path} has ${lines.length} lines, at most ${max}`, ...wide] : wide;
}

describe('sizes', () => {
  it('no file, and no line, is longer than people like to read', () => {
    expect(filesIn([...CODE, 'test']).flatMap(tooLong)).toEqual([]);
  });

  it('a machine may have fewer lines than other files', () => {
    const text = 'x\n'.repeat(250);
    expect(tooLong({ path: 'machines/device.ts', text })).toEqual(['machines/device.ts has 250 lines, at most 200']);
    expect(tooLong({ path: 'src/app.ts', text })).toEqual([]);
  });
});
