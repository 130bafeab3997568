import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type BenchLine, median } from './bench.ts';
import { hasSocat, nodeCommand, startContestant } from './contestant.ts';
import type { ScreenReport } from './screen-process.ts';
import { bundled, openScreen, type ScreenTerminal } from './screen-terminal.ts';
import { percentile } from './table.ts';

const ROUNDS = 3;
const HZ = 2;
const WARM_MS = 4_000;
const MEASURED_MS = 10_000;
const MINUTE_MS = 60_000;

/** What moves, and the most that it may cost. */
const SCENES = [
  { name: '20 rows, all changing', meters: 20, changing: 20, cpuMax: 5, bytesMax: 8_000 },
  { name: '20 rows, one changing', meters: 20, changing: 1, cpuMax: null, bytesMax: 1_000 },
  { name: '200 analyzers, all changing', meters: 200, changing: 200, cpuMax: 7, bytesMax: 16_000 },
  { name: '20 rows, nothing changing', meters: 20, changing: 0, cpuMax: null, bytesMax: 0 },
] as const;
type Scene = (typeof SCENES)[number];
type Stretch = { readonly cpu: number; readonly listening: number; readonly bytes: number };

const KEYS = 60;
const KEY_EVERY_MS = 230;
const PAINT = { median: 20, p95: 35 } as const;

/** More than 3,600, in two halves that are each longer than the caches of Ink take to fill and to be emptied. */
const TICKS = 4_800;
const TICKS_BEFORE = 1_200;
/** So many times as fast as a screen runs. */
const SPEED = 25;
const LOOK_EVERY_MS = 3_000;
const GROWTH_MAX_MIB = 1;

type Stage = { readonly program: string; readonly folder: string };

/** With an invented server, and whatever looks at it, until `work` is done. */
async function withServer<T>(
  { folder }: Stage,
  numbers: readonly number[],
  work: (port: number) => Promise<T>,
): Promise<T> {
  const socket = join(folder, 'lector.sock');
  const server = startContestant(nodeCommand('screen-server.ts', socket, ...numbers.map(String)));
  try {
    return await work((await server.next<{ readonly port: number }>()).port);
  } finally {
    await server.end();
  }
}

/** What cost the screen, and beside it a process that takes the same events and draws nothing. */
function measured(scene: Scene, stage: Stage): Promise<Stretch> {
  const { program, folder } = stage;
  return withServer(stage, [scene.meters, scene.changing, HZ], async (port) => {
    const screen = await openScreen({ program, port, report: join(folder, 'screen.json') });
    const control = await openScreen({ program, port, report: join(folder, 'listen.json'), kind: 'listen' });
    try {
      await screen.shows(/Floor 1 panel 20/);
      await sleep(WARM_MS);
      // the clock of the header and the sparklines move once a minute: that is not what is measured
      const toTurn = MINUTE_MS - (Date.now() % MINUTE_MS);
      if (toTurn < MEASURED_MS + 1_000) await sleep(toTurn + 1_500);
      const before = [screen.cpuMs(), control.cpuMs(), screen.bytes(), performance.now()] as const;
      await sleep(MEASURED_MS);
      const tookMs = performance.now() - before[3];
      return {
        cpu: ((screen.cpuMs() - before[0]) / tookMs) * 100,
        listening: ((control.cpuMs() - before[1]) / tookMs) * 100,
        bytes: ((screen.bytes() - before[2]) / tookMs) * 1000,
      };
    } finally {
      await screen.end();
      await control.end();
    }
  });
}

async function sceneLines(scene: Scene, stage: Stage): Promise<readonly BenchLine[]> {
  const rounds: Stretch[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measured(scene, stage));
  const of = (pick: keyof Stretch): number => median(rounds.map((round) => round[pick]));
  const bytes = of('bytes');
  return [
    {
      ...{ name: `B7 ${scene.name}: CPU`, ours: of('cpu'), control: of('listening'), unit: '% of a core' },
      ratio: median(rounds.map(({ cpu, listening }) => cpu / listening)),
      target: scene.cpuMax === null ? '' : `<= ${scene.cpuMax} %`,
      pass: null,
      note: 'control: a process that takes the same events and draws nothing',
    },
    {
      ...{ name: `B7 ${scene.name}: to the terminal`, ours: bytes, control: null, ratio: null, unit: 'B/s' },
      target: `<= ${scene.bytesMax} B/s`,
      pass: bytes <= scene.bytesMax,
    },
  ];
}

/** From a key to the first byte of the row that it selects, while all rows change. */
function paintLines(stage: Stage): Promise<readonly BenchLine[]> {
  const { program, folder } = stage;
  return withServer(stage, [20, 20, HZ], async (port) => {
    const screen = await openScreen({ program, port, report: join(folder, 'screen.json') });
    try {
      await screen.shows(/Floor 1 panel 20/);
      await sleep(WARM_MS);
      const took: number[] = [];
      for (let n = 0; n < KEYS; n += 1) took.push(await keyMs(screen, n));
      const row = (name: string, ours: number, target: string): BenchLine => ({
        ...{ name: `B7 key to paint, ${name}`, ours, control: null, ratio: null, unit: 'ms', target, pass: null },
      });
      return [
        row('median', median(took), `<= ${PAINT.median} ms`),
        { ...row('p95', percentile(took, 0.95), `<= ${PAINT.p95} ms`), note: `${KEYS} keys, all 20 rows changing` },
      ];
    } finally {
      await screen.end();
    }
  });
}

/** Down ten rows, up ten rows: the next row is known by its number. */
async function keyMs(screen: ScreenTerminal, n: number): Promise<number> {
  const isDown = n % 20 < 10;
  const row = isDown ? (n % 10) + 2 : 10 - (n % 10);
  await sleep(KEY_EVERY_MS);
  const from = performance.now();
  screen.press(isDown ? 'j' : 'k');
  return (await screen.shows(new RegExp(`▶ . polling +${row} `))) - from;
}

function heapLine(stage: Stage): Promise<BenchLine> {
  const { program, folder } = stage;
  return withServer(stage, [20, 20, HZ * SPEED], async (port) => {
    const screen = await openScreen({ program, port, report: join(folder, 'screen.json'), speed: SPEED });
    try {
      const seen: ScreenReport[] = [];
      for (let last = 0; last < TICKS_BEFORE + TICKS; last = seen.at(-1)?.ticks ?? 0) {
        await sleep(LOOK_EVERY_MS);
        seen.push(await screen.report());
      }
      const most = (from: number, to: number): number =>
        Math.max(...seen.filter(({ ticks }) => ticks >= from && ticks < to).map(({ heapUsed }) => heapUsed)) / 2 ** 20;
      const half = TICKS_BEFORE + TICKS / 2;
      const [first, second] = [most(TICKS_BEFORE, half), most(half, Number.POSITIVE_INFINITY)];
      return {
        ...{ name: `B7 heap over ${TICKS} ticks, most of the second half`, ours: second, control: first },
        ...{ ratio: second / first, unit: 'MiB', target: 'flat', pass: second - first <= GROWTH_MAX_MIB },
        note: `${SPEED} times as fast as a screen runs; control: most of the first half`,
      };
    } finally {
      await screen.end();
    }
  });
}

export const bench: Bench = {
  id: 'screen',
  title: 'B7 the overview at 160x50, twice a second',
  target: '5 % and 8 kB/s with 20 rows, 7 % and 16 kB/s with 200 analyzers, nothing where nothing changes',
  async run() {
    if (!hasSocat()) return [];
    const folder = mkdtempSync(join(tmpdir(), 'lector-bench-'));
    try {
      const stage: Stage = { program: await bundled(folder), folder };
      const lines: BenchLine[] = [];
      for (const scene of SCENES) lines.push(...(await sceneLines(scene, stage)));
      return [...lines, ...(await paintLines(stage)), await heapLine(stage)];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
