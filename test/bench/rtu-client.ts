import modbusSerial from 'modbus-serial';
import { createSerialLine } from '../../drivers/lines/serial-line.ts';
import { createRtuLink } from '../../drivers/modbus/rtu-link.ts';
import { systemClock } from '../../src/clock.ts';
import { continueConnecting, startConnecting } from '../../src/domain/connect.ts';
import { toFailure } from '../../src/domain/errors.ts';
import type { Conversation, Reply } from '../../src/domain/meter.ts';
import { meterSpec } from '../../src/domain/meter-spec.ts';
import { serialPace } from '../../src/domain/pace.ts';
import type { Link } from '../../src/domain/ports.ts';
import { continueReading, startReading } from '../../src/domain/read.ts';
import type { Ask } from '../../src/domain/transaction.ts';
import { analyzerConfig, deviceConfig, PROFILES } from '../support/installation.ts';
import type { Exchange } from './table.ts';

/*
 * The master of a serial line: `rtu-client.ts KIND PATH BAUD COUNT REGISTERS`. KIND: ours (one read after the other
 * through link and line), library (modbus-serial by its own port), cycle (the shipped PM710 job, reading after
 * reading, REGISTERS unused). Prints what it took.
 */
export type Cycles = { readonly cycleMs: readonly number[]; readonly exchanges: readonly Exchange[] };

const [kind = '', path = '', ...numbers] = process.argv.slice(2);
const [baud = 0, count = 0, registers = 0] = numbers.map(Number);
const JOB = ['TPF', 'IPF', 'FRE', 'PAF', 'PAT', 'PRT', 'FPT', 'THDV', 'CEA', 'CER'];
const clock = systemClock();
const frames: { readonly direction: string; readonly length: number }[] = [];

async function ownLink(): Promise<Link> {
  const line = createSerialLine({ settings: { port: path, baud, bits: 8, parity: 'E', stop: 1 }, clock });
  const observer = {
    onFrame: ({ direction, bytes }: { readonly direction: string; readonly bytes: Uint8Array }) => {
      if (kind === 'cycle') frames.push({ direction, length: bytes.length });
    },
  };
  // patient, so that a busy machine that holds up the meter's bytes costs time but no reading
  const link = createRtuLink({ line, clock, baud, gapMs: 0, idleMs: 200, observer });
  await link.open();
  return link;
}

async function ours(): Promise<() => Promise<boolean>> {
  const link = await ownLink();
  const of = (words: number) => ({ kind: 'registers', unit: 1, function: 3, address: 3999, count: words }) as const;
  const ask: Ask = { transaction: of(registers), reserved: of(1), timeoutMs: 1000 };
  return async () => {
    const answer = await link.transact(ask);
    return answer.kind === 'words' && answer.words.length === registers;
  };
}

async function library(): Promise<() => Promise<boolean>> {
  const client = new modbusSerial.default();
  await client.connectRTUBuffered(path, { baudRate: baud, parity: 'even' });
  client.setID(1);
  client.setTimeout(1000);
  return async () => (await client.readHoldingRegisters(3999, registers)).data.length === registers;
}

/** Runs a conversation to its end. */
async function talk<State, Result>(
  link: Link,
  begun: Conversation<State, Result>,
  goOn: (state: State, reply: Reply) => Conversation<State, Result>,
): Promise<Result> {
  let now = begun;
  while (now.kind === 'asking') {
    const reply: Promise<Reply> = link.transact(now.ask).then(
      (answer) => ({ kind: 'answered', answer }),
      (error: unknown) => ({ kind: 'failed', failure: toFailure(error) }),
    );
    now = goOn(now.state, await reply);
  }
  return now.result;
}

async function cycle(): Promise<Cycles> {
  const link = await ownLink();
  const analyzer = analyzerConfig({ model: 'PM710', consultes: JOB });
  const profile = PROFILES.get(analyzer.profileId)!;
  const spec = { ...meterSpec(analyzer, deviceConfig({ gapMs: 0 }), profile), pace: serialPace(baud) };
  const connecting = startConnecting(spec, null, clock.now());
  const connected = await talk(link, connecting, (state, reply) => continueConnecting(state, reply, clock.now()));
  if (connected.kind === 'failed') throw new Error(connected.failure.message);
  let { meter } = connected;
  const read = async (): Promise<void> => {
    const reading = startReading(spec, meter, 'normal', clock.now());
    const result = await talk(link, reading, (state, reply) => continueReading(state, reply, clock.now()));
    if (result.lost) throw new Error(result.failure?.message);
    // with what it has learnt, as a session does
    meter = result.meter;
  };
  for (let warm = 0; warm < 3; warm += 1) await read();
  frames.length = 0;
  const cycleMs: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const startedAt = performance.now();
    await read();
    cycleMs.push(performance.now() - startedAt);
  }
  const once = frames.slice(0, frames.length / count);
  const exchanges = once.flatMap(({ direction, length }, n): Exchange[] =>
    direction === 'request' ? [{ requestBytes: length, answerBytes: once[n + 1]?.length ?? 0 }] : [],
  );
  return { cycleMs, exchanges };
}

async function cost(reader: () => Promise<boolean>) {
  for (let warm = 0; warm < 5; warm += 1) await reader();
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  let good = 0;
  for (let n = 0; n < count; n += 1) good += Number(await reader());
  const { user, system } = process.cpuUsage(cpu);
  return { good, wallMs: performance.now() - startedAt, cpuUs: user + system };
}

const result = kind === 'cycle' ? await cycle() : await cost(await (kind === 'ours' ? ours() : library()));
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
