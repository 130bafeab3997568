import { describe, expect, it } from 'vitest';
import { mouseKeys, startMouse } from '../../tui/mouse.ts';

/** A stream that gives these chunks, and what was written to the terminal beside it. */
function streams(chunks: readonly string[]) {
  const waiting = [...chunks];
  const written: string[] = [];
  return {
    stdin: { read: () => waiting.shift() ?? (null as never) } as Pick<NodeJS.ReadableStream, 'read'>,
    stdout: { write: (text: string | Uint8Array) => written.push(String(text)) > 0 } as Pick<
      NodeJS.WriteStream,
      'write'
    >,
    written,
  };
}

describe('the mouse', () => {
  it.each([
    ['\x1b[<0;10;5M', ['click:4'], ''],
    ['\x1b[<0;10;5m', [], ''],
    ['\x1b[<2;10;5M', [], ''],
    ['j\x1b[<64;1;1M\x1b[<65;300;1Mk', ['wheelup', 'wheeldown'], 'jk'],
    ['\x1b[A', [], '\x1b[A'],
  ])('%j is %j, and %j was typed', (text, keys, rest) => expect(mouseKeys(text)).toEqual({ keys, rest }));

  it('is taken out of what is read, also in pieces, and turned off as it was', () => {
    const { stdin, stdout, written } = streams(['a\x1b[<0;1', ';8Mb', '\x1b[<65;1;1M']);
    const before = stdin.read;
    const keys: string[] = [];
    const stop = startMouse(stdin, stdout, (key) => keys.push(key));
    expect([stdin.read(), stdin.read(), stdin.read()]).toEqual(['a', 'b', null]);
    expect(keys).toEqual(['click:7', 'wheeldown']);
    stop();
    expect(stdin.read).toBe(before);
    expect(written).toEqual(['\x1b[?1000h\x1b[?1006h', '\x1b[?1006l\x1b[?1000l']);
  });
});
