import { createServer } from 'node:net';
import { registerTable } from './register-table.ts';

/*
 * A Modbus TCP server of few words, in a process of its own: any read is answered at once, with the registers that a
 * simulated meter of `tcp-server.ts MODEL` had at its start, but for a counter in one of them. Prints its port, ends
 * with its input.
 */
const HEAD = 6;
const COUNTER = 21;
const ILLEGAL_FUNCTION = 1;

const { words: tables } = registerTable(process.argv[2]);

let served = 0;
/** The answer to the request at the start of `asked`, which holds it whole. */
function answer(asked: Buffer): Buffer {
  const table = tables[asked[7] ?? 0];
  const count = table === undefined ? 0 : asked.readUInt16BE(10);
  const bytes = Buffer.allocUnsafe(HEAD + 3 + 2 * count);
  bytes[8] = table === undefined ? ILLEGAL_FUNCTION : 2 * count;
  asked.copy(bytes, 0, 0, HEAD + 2);
  bytes.writeUInt16BE(bytes.length - HEAD, 4);
  if (table === undefined) {
    bytes[7] = (asked[7] ?? 0) | 0x80;
    return bytes;
  }
  const address = asked.readUInt16BE(8);
  for (let n = 0; n < count; n += 1) bytes.writeUInt16BE(table[address + n] ?? 0, HEAD + 3 + 2 * n);
  served += 1;
  // the low half of a float, so that nothing stands still
  if (count > COUNTER) bytes.writeUInt16BE(served & 0xffff, HEAD + 3 + 2 * COUNTER);
  return bytes;
}

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD && rest.length >= HEAD + rest.readUInt16BE(4)) {
      socket.write(answer(rest));
      rest = rest.subarray(HEAD + rest.readUInt16BE(4));
    }
  });
});
server.listen(0, '127.0.0.1', 4096, () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
