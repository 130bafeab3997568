// A screen over an invented plant, to look at: PLANT=calm|faulty|<meters>. Bundled by esbuild, for Node takes no JSX.
import { systemClock } from '../../src/clock.ts';
import { runTop } from '../../tui/top.tsx';
import { createFakeClient, readingEvent } from './fake-client.ts';
import { calmPlant, faultyPlant, isoOf, largePlant } from './fake-plant.ts';

const clock = systemClock();
const PLANTS = { calm: calmPlant, faulty: faultyPlant };
const { PLANT = 'faulty', EVERY_MS = '2000', LECTOR_LANG, ASCII, READ_ONLY, OWNED } = process.env;
const named = PLANTS[PLANT as keyof typeof PLANTS];
const plant = named ? named(clock.now()) : largePlant(Number(PLANT), clock.now());
const client = createFakeClient(plant, () => clock.now());

const LOGGED = [
  'Kitchen does not answer: tried again in 2 s',
  'record of 18:05:00 is written',
  'serving on 127.0.0.1:50007',
];
let turn = 0;
const readings = setInterval(() => {
  for (const { id, state, profile } of plant.analyzers) {
    if (state === 'polling' && profile !== 'das-8000') client.push(readingEvent(id, clock.now()));
  }
  const at = isoOf(clock.now());
  turn += 1;
  const level = turn % 3 === 0 ? 'warning' : 'info';
  client.push({ event: 'log', data: { at, level, text: LOGGED[turn % 3] ?? '' } });
  const frame = { device: 1, at, analyzer: 1 };
  const asked = { ...frame, direction: 'request' as const, bytes: '01 03 0f a5 00 04 56 f2', words: '', tookMs: null };
  client.push({ event: 'frame', data: { ...asked, words: 'read 4 registers at 4006' } });
  const answer = {
    ...frame,
    direction: 'answer' as const,
    bytes: '01 03 08 00 7b 00 20 00 11 03 cf 5b 9c',
    tookMs: 48,
  };
  client.push({ event: 'frame', data: { ...answer, words: '123 32 17 975' } });
}, Number(EVERY_MS));
// the server goes away and comes back, on SIGUSR2
process.on('SIGUSR2', () =>
  client.push({ event: 'disconnected', data: { message: '127.0.0.1:50007: connection refused' } }),
);

process.exitCode = await runTop({
  connect: () => client,
  server: '127.0.0.1:50007',
  clock,
  env: process.env,
  ascii: ASCII === '1',
  readOnly: READ_ONLY === '1',
  ...(LECTOR_LANG ? { lang: LECTOR_LANG } : {}),
  ...(OWNED ? { owned: { stop: async () => void process.stdout.write('server stopped\n') } } : {}),
});
clearInterval(readings);
