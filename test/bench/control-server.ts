import { createServer } from 'node:net';

/*
 * The control of B5: says the welcome, and after each request one of two texts that it was given, by its first letters.
 * control-server.ts GETID_TEXT_BASE64 GETVARS_TEXT_BASE64 -> prints its port.
 */
const [identification, values] = process.argv.slice(2).map((each) => Buffer.from(each ?? '', 'base64'));

const server = createServer((socket) => {
  let isGreeted = false;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    if (!isGreeted) {
      isGreeted = true;
      socket.write('$#');
      return;
    }
    socket.write(bytes.includes('GETVARS') ? (values ?? '') : (identification ?? ''));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
