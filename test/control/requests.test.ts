import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLASSIC, idText } from '../../src/protocol/classic-answers.ts';
import { isClassicCommand } from '../../src/protocol/commands.ts';
import { createRequestLines, type RequestLine } from '../../src/protocol/request-lines.ts';
import { startControl } from './running-control.ts';

const pass = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('F60 what is no proper command', () => {
  it.each([
    ['$GE', 'TID@1;\r'],
    ['$GETID@1;', '\r'],
    ['$', 'GETID@1;\r'],
    ['\n$GETID@1', ';\r'],
  ])('F60 a command in two pieces, %j and %j, is one', async (first, second) => {
    const { classic } = await startControl();
    const client = await classic();
    client.send(first);
    for (let n = 0; n < 5; n += 1) await pass();
    client.send(second);
    expect(await client.line()).toBe('Meter number 1  ');
  });

  it.each([
    ['$GETID@1;\r\n$GETID@2;\r\n', 'Meter number 1  \rMeter number 2  \r'],
    ['$GETID1;\r', 'Meter number 1  \r'],
    ['$GETID@1;tail\r', 'Meter number 1  \r'],
    ['$GE$TID@1;\r', 'FORMAT_ERROR\r'],
    ['$GETID@$1;\r', 'FORMAT_ERROR\r'],
    ['$GETID\x001;\r', 'Meter number 1  \r'],
    ['\0$GETID@1;\r', 'FORMAT_ERROR\r'],
    ['$GETID@1\r', 'FORMAT_ERROR\r'],
    ['GETID@1;\r', 'FORMAT_ERROR\r'],
    ['\r', 'FORMAT_ERROR\r'],
    ['$GETID@\xc3\xa9;\r', 'FORMAT_ERROR\r'],
    ['$;\r', 'FORMAT_ERROR\r'],
    ['$GETID@12345678901;\r', 'INT_ERR\r'],
    ['$GETID@1234567890123456;\r', 'FORMAT_ERROR\r'],
  ])('F60 %j is answered %j, and the connection stays', async (sent, answer) => {
    const { classic } = await startControl();
    const client = await classic();
    client.send(`${sent}$QUIT;\r`);
    expect(await client.rest()).toBe(`${answer}DISCONNECTED!\r`);
  });

  /** What the server must answer, from the parser alone. */
  function expected(lines: readonly RequestLine[]): string {
    const wrong = { form: 0, command: 0 };
    let text = '';
    for (const line of lines) {
      if (line.kind === 'command' && isClassicCommand(line.name)) {
        if (line.name === 'QUIT') return `${text}${CLASSIC.disconnected}\r`;
        const isKnown = /^0*[123]$/.test(line.argument);
        text += `${isKnown ? idText(`Meter number ${Number(line.argument)}  `) : 'INT_ERR'}\r`;
        continue;
      }
      const kind = line.kind === 'command' ? 'command' : 'form';
      wrong[kind] += 1;
      if (wrong[kind] > 10) return `${text}${CLASSIC.disconnected}\r`;
      text += `${kind === 'command' ? CLASSIC.unknownCommand : CLASSIC.formatError}\r`;
    }
    return text;
  }

  it('F60 whatever bytes come, in whatever pieces, are answered as the parser says, line by line', async () => {
    const { dial } = await startControl();
    const piece = fc.oneof(
      fc.constantFrom('$GETID@1;\r', '$getid@2;\r\n', '$GETID@9;\r', '$', ';', '\r', '\n', '@', '\0', '$NO;\r', '\xe9'),
      fc.string({ minLength: 1, maxLength: 25, unit: 'binary-ascii' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        const bytes = Buffer.from(`${pieces.join('')}\r$QUIT;\r`, 'latin1');
        const lines = createRequestLines('classic').feed(bytes);
        // of the real commands only this one and QUIT have an answer that is known here
        const isOurs = (line: RequestLine) =>
          line.kind === 'malformed' || !isClassicCommand(line.name) || /^(GETID|QUIT)$/.test(line.name);
        fc.pre(lines.every(isOurs));
        const client = await dial();
        client.send('#$');
        for (let at = 0; at < bytes.length; at += 1 + (at % 13)) client.send(bytes.subarray(at, at + 1 + (at % 13)));
        expect(await client.rest()).toBe(`$#${expected(lines)}`);
      }),
      { numRuns: 150 },
    );
  });

  it('F60 in the JSON dialect whatever comes is answered in JSON or closed, and nothing is in the log', async () => {
    const { dial, log } = await startControl();
    const before = log.lines.length;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 15 }), async (texts) => {
        const client = await dial();
        client.send('#J');
        for (const text of texts) client.send(Buffer.from(`$STATUS@${text};\r`));
        client.send('$QUIT;\r');
        const answers = (await client.rest()).slice(2).split('\r\n');
        expect(answers.pop()).toBe('');
        for (const each of answers) expect(JSON.parse(each)).toHaveProperty('ok');
      }),
      { numRuns: 60 },
    );
    expect(log.lines.slice(before)).toEqual([]);
  });
});
