import { connect } from 'node:net';
import modbusSerial from 'modbus-serial';
import { createTcpLine } from '../../drivers/lines/tcp-line.ts';
import { createTcpLink } from '../../drivers/modbus/tcp-link.ts';
import { systemClock } from '../../src/clock.ts';
import type { Ask } from '../../src/domain/transaction.ts';

/*
 * One connection, one read after the other: `tcp-client.ts KIND PORT COUNT REGISTERS`. KIND: ours (the whole driver),
 * bare (node:net and the bytes), library (modbus-serial by itself). Prints what the reads cost.
 */
type Reader = () => Promise<boolean>;

async function ours(port: number, registers: number): Promise<Reader> {
  const clock = systemClock();
  const line = createTcpLine({ host: '127.0.0.1', port, clock });
  const link = createTcpLink({ line, clock, gapMs: 0, observer: { onEvent: () => {}, onLost: () => {} } });
  await link.open();
  const of = (count: number) => ({ kind: 'registers', unit: 1, function: 3, address: 0, count }) as const;
  const ask: Ask = { transaction: of(registers), reserved: of(1), timeoutMs: 1000 };
  return async () => {
    const answer = await link.transact(ask);
    return answer.kind === 'words' && answer.words.length === registers;
  };
}

async function bare(port: number, registers: number): Promise<Reader> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise((resolve) => socket.once('connect', resolve));
  const request = Buffer.from([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, registers]);
  const length = 9 + 2 * registers;
  let answered: (good: boolean) => void = () => {};
  let have = 0;
  socket.on('data', (chunk) => {
    have += chunk.length;
    if (have < length) return;
    const words = Array.from({ length: registers }, (_, n) => chunk.readUInt16BE(9 + 2 * n));
    have = 0;
    answered(words.length === registers);
  });
  return () =>
    new Promise((resolve) => {
      answered = resolve;
      socket.write(request);
    });
}

async function library(port: number, registers: number): Promise<Reader> {
  const client = new modbusSerial.default();
  await client.connectTCP('127.0.0.1', { port });
  client.setID(1);
  client.setTimeout(1000);
  return async () => (await client.readHoldingRegisters(0, registers)).data.length === registers;
}

const KINDS: Readonly<Record<string, typeof ours>> = { ours, bare, library };
const [kind = '', ...numbers] = process.argv.slice(2);
const [port = 0, count = 0, registers = 0] = numbers.map(Number);
const reader = KINDS[kind];
if (!reader) throw new Error(`unknown kind ${kind}`);
const read = await reader(port, registers);
// as long as the engine takes to know the way
for (let warm = 0; warm < count; warm += 1) await read();
const startedAt = performance.now();
const cpu = process.cpuUsage();
let good = 0;
for (let n = 0; n < count; n += 1) good += Number(await read());
const { user, system } = process.cpuUsage(cpu);
const result = { good, wallMs: performance.now() - startedAt, cpuUs: user + system };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
