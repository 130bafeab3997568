/**
 * Old lectors at once: CONNECTIONS keep-alive connections, each an analyzer that posts one reading after the other.
 *
 *   node ingest-client.ts PORT SECONDS FIRST_SECOND
 *
 * Prints one JSON line: { perSecond, p50, p99, failed, all }, `all` with those while it warms up. What it sends lies
 * behind FIRST_SECOND, so that no two runs send the same reading.
 */
import { connect, type Socket } from 'node:net';
import { percentile } from './table.ts';

const CONNECTIONS = 32;
const WARM_MS = 500;
const [port = 0, seconds = 3, first = 0] = process.argv.slice(2).map(Number);

const pad = (value: number) => String(value).padStart(2, '0');

/** `dd/mm/YYYY HH:MM:SS`, of which each second is another reading. */
function stamp(second: number): string {
  const at = new Date(Date.UTC(2026, 0, 1) + second * 1000);
  const day = `${pad(at.getUTCDate())}/${pad(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`;
  return `${day} ${at.toISOString().slice(11, 19)}`;
}

/** Twenty values, as a PM710 with ten variables sends them. */
const values = (n: number) =>
  JSON.stringify({
    TPF: [230.12 + (n % 10), 229.8, 231.02],
    IPF: [12.5, 11.75, 13.1 + (n % 7), 0.4],
    ...{ FRE: [50.01], PAF: [2.81, 2.63, 3.02], PAT: [8.46], PRT: [1.2], FPT: [0.98], THDV: [2.1, 2.2, 2.3] },
    ...{ CEA: [123_456.7 + n], CER: [4_567.8], PAP: [8.6] },
  });

function request(analyzer: number, n: number): string {
  const form = new URLSearchParams({ DATA_HORA: stamp(first + n), LECTURA: values(n), MODEL: 'PM710' });
  const utc = new Date(Date.UTC(2026, 0, 1) + (first + n) * 1000).toISOString().replace('.000Z', 'Z');
  form.set('DATA_HORA_UTC', utc);
  const body = form.toString();
  return (
    `POST /ws/v2/history/save/1/${analyzer}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
    `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

type Count = { all: number; done: number; failed: number; readonly waits: number[] };

/** One answer; its body is of the length that it says. */
async function answer(socket: Socket): Promise<number> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const head = text.indexOf('\r\n\r\n');
    if (head < 0) continue;
    const length = Number(/content-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
    if (text.length >= head + 4 + length) return Number(text.slice(9, 12));
  }
  return 0;
}

async function post(analyzer: number, count: Count, from: number, until: number): Promise<void> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(true);
  for (let n = 0; performance.now() < until; n += 1) {
    const began = performance.now();
    socket.write(request(analyzer, n));
    const status = await answer(socket);
    count.all += 1;
    if (began < from) continue;
    if (status === 201) count.done += 1;
    else count.failed += 1;
    count.waits.push(performance.now() - began);
    if (status === 0) break;
  }
  socket.destroy();
}

const count: Count = { all: 0, done: 0, failed: 0, waits: [] };
const from = performance.now() + WARM_MS;
const all = Array.from({ length: CONNECTIONS }, (_, index) => post(index + 1, count, from, from + seconds * 1000));
await Promise.all(all);
const took = (performance.now() - from) / 1000;
const [p50, p99] = [0.5, 0.99].map((share) => percentile(count.waits, share));
const { all: sent, done, failed } = count;
process.stdout.write(`${JSON.stringify({ perSecond: done / took, p50, p99, failed, all: sent })}\n`);
