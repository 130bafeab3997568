/**
 * The control with a database: Fastify, and one INSERT a request, each durable before its answer.
 *
 *   node ingest-fastify.ts DATABASE_URL
 *
 * Prints its port.
 */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import pg from 'pg';

const POOL = 10;
const pool = new pg.Pool({ connectionString: process.argv[2] ?? '', max: POOL });
await pool.query(
  'CREATE TABLE IF NOT EXISTS readings (node int, analyzer int, at timestamptz, model text, values jsonb, ' +
    'PRIMARY KEY (node, analyzer, at))',
);

const app = Fastify();
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
  done(null, new URLSearchParams(String(body)));
});
app.post('/ws/v2/history/save/:node/:analyzer/', async (request, reply) => {
  const { node, analyzer } = request.params as { readonly node: string; readonly analyzer: string };
  const form = request.body as URLSearchParams;
  const { rowCount } = await pool.query({
    name: 'save',
    text: 'INSERT INTO readings VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
    values: [node, analyzer, form.get('DATA_HORA_UTC'), form.get('MODEL'), form.get('LECTURA')],
  });
  return reply.code(rowCount === 1 ? 201 : 409).send(rowCount === 1 ? '#Saved:1' : '#there already');
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ port: (app.server.address() as AddressInfo).port })}\n`);
