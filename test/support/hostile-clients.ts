/**
 * Clients of the control port that mean no good, in a process of their own, so that what they cost themselves slows
 * nobody: `hostile-clients.ts KIND PORT SECONDS`. Prints what came of it as one line of JSON, and ends.
 *
 * endless: 64 MB without the end of a line, in both dialects and without a hello. slow: 500 sockets that send a byte a
 * second and finish nothing. storm: 1,000 connections a second, most of them reset in the middle of an answer. flood:
 * one client that asks LIST as fast as it is answered, 64 requests ahead. deaf: one that subscribes to everything, asks
 * for more and never reads. heavy: 32 clients that ask for what takes longest, each again and again.
 * reload: one that asks again and again what a reload would change.
 */
import { connect, type Socket } from 'node:net';

const [kind = '', portText = '', secondsText = ''] = process.argv.slice(2);
const port = Number(portText);
const seconds = Number(secondsText);

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Whatever becomes of it is no error here. */
function dial(onConnected: (socket: Socket) => void): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.once('connect', () => onConnected(socket));
  return socket;
}

/** Calls `piece` every few ms, so often that it comes to `aSecond` calls in each second. */
async function evenly(aSecond: number, piece: (n: number) => void): Promise<number> {
  const from = performance.now();
  let done = 0;
  for (let passed = 0; passed < seconds * 1000; passed = performance.now() - from) {
    for (; done < (passed * aSecond) / 1000; done += 1) piece(done);
    await sleep(5);
  }
  return done;
}

const CHUNK = Buffer.alloc(256 * 1024, '$GETVARS@1');
const ENDLESS_CHUNKS = 256;

function endless(hello: string): Promise<{ readonly sentBytes: number; readonly answer: string }> {
  return new Promise((resolve) => {
    let answer = '';
    let chunks = 0;
    const more = (socket: Socket) => {
      while (chunks < ENDLESS_CHUNKS && !socket.destroyed) {
        chunks += 1;
        if (!socket.write(CHUNK)) return;
      }
      socket.end();
    };
    const client = dial((socket) => {
      socket.write(hello);
      socket.on('drain', () => more(socket));
      more(socket);
    });
    client.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    client.on('close', () => resolve({ sentBytes: client.bytesWritten, answer }));
  });
}

/** The last two are what a byte more does not end. */
const BEGINNINGS = ['', '#', '#$', '#J', '#$$', '#J$LIST@'];
const HELLO_LENGTH = 2;
const SLOW = 500;

async function slow(): Promise<unknown> {
  let closed = 0;
  const all = Array.from({ length: SLOW }, (_, n) => {
    const beginning = BEGINNINGS[n % BEGINNINGS.length] ?? '';
    const client = dial((socket) => socket.write(beginning));
    client.resume().once('close', () => {
      closed += 1;
    });
    return { client, isDripping: beginning.length > HELLO_LENGTH };
  });
  for (let passed = 0; passed < seconds; passed += 1) {
    await sleep(1000);
    for (const { client, isDripping } of all) if (isDripping && !client.destroyed) client.write('A');
  }
  const stayed = SLOW - closed;
  for (const { client } of all) client.destroy();
  return { stayed };
}

const STORM_WORDS = ['#$$GETCONF;\r$GETDEFS@1;\r', '#J$LIST;\r$LIST;\r', '#J$SUBSCRIBE@all,frames:1;\r', '#', ''];

async function storm(): Promise<unknown> {
  let answered = 0;
  const open = new Set<Socket>();
  const connections = await evenly(1_000, (n) => {
    const words = STORM_WORDS[n % STORM_WORDS.length] ?? '';
    const client = dial((socket) => {
      if (words.length > 2) socket.write(words);
      else if (n % 2 === 0) socket.destroy();
      else socket.resetAndDestroy();
    });
    open.add(client);
    client.once('close', () => open.delete(client));
    client.once('data', () => {
      answered += 1;
      client.resetAndDestroy();
    });
  });
  // those that wait for an answer that does not come are closed as this process ends
  for (let tries = 0; tries < 40 && open.size > 0; tries += 1) await sleep(5);
  return { connections, answered };
}

const AHEAD = 64;

async function flood(): Promise<unknown> {
  let answers = 0;
  const client = dial((socket) => socket.write(`#J${'$LIST;\r'.repeat(AHEAD)}`));
  client.on('data', (bytes) => {
    const ended = bytes.toString('latin1').split('\r\n').length - 1;
    answers += ended;
    client.write('$LIST;\r'.repeat(ended));
  });
  await sleep(seconds * 1000);
  client.destroy();
  return { answers };
}

async function deaf(): Promise<unknown> {
  let isConnected = false;
  const client = dial((socket) => {
    isConnected = true;
    socket.pause();
    socket.write(`#J$SUBSCRIBE@all,frames:1;\r${'$LIST;\r'.repeat(40_000)}`);
  });
  client.pause();
  await sleep(seconds * 1000);
  client.destroy();
  return { isConnected };
}

const HEAVY = ['HISTORY@1:TPF:172800', 'RECORDS@1:1000', 'TREE', 'LINES', 'GETCONF', 'GETDEFS@1'];
const HEAVY_CLIENTS = 32;

async function again(requests: readonly string[], clients: number): Promise<unknown> {
  let answers = 0;
  const all = Array.from({ length: clients }, (_, n) => {
    let at = n;
    const ask = () => client.write(`$${requests[at++ % requests.length]};\r`);
    const client = dial((socket) => {
      socket.write('#J');
      ask();
    });
    return client.on('data', (bytes) => {
      if (!bytes.includes('\r\n')) return;
      answers += 1;
      ask();
    });
  });
  await sleep(seconds * 1000);
  for (const client of all) client.destroy();
  return { answers };
}

const KINDS: Readonly<Record<string, () => Promise<unknown>>> = {
  endless: () => Promise.all(['#$', '#J', 'xx'].map(endless)),
  slow,
  storm,
  flood,
  deaf,
  heavy: () => again(HEAVY, HEAVY_CLIENTS),
  reload: () => again(['RELOAD@plan'], 1),
};

const result = await KINDS[kind]?.();
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
