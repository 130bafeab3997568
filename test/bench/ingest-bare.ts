/** The control without a database: node:http alone, which decodes the form and the readings. Prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let id = 0;
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const form = new URLSearchParams(body);
  const values: unknown = JSON.parse(form.get('LECTURA') ?? '');
  id += 1;
  response.statusCode = typeof values === 'object' && form.get('DATA_HORA') !== null ? 201 : 400;
  response.end(`#Saved:${id}`);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
