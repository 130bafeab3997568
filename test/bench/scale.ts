import { type Bench, type BenchLine, median } from './bench.ts';
import { nodeCommand, resultOf, startContestant } from './contestant.ts';
import type { Stretch } from './crowd.ts';

const METERS = 1_000;
const ROUNDS = 3;
/** Seconds until the engine knows the way, and seconds measured: a whole minute where records are made. */
const BARE = { warmS: 3, measuredS: 5 } as const;
const OFF = { warmS: 10, measuredS: 8 } as const;
const ON = { warmS: 10, measuredS: 60 } as const;
const RSS_ANON_MAX_MIB = 200;

type Kind = { readonly kind: 'bare' | 'off' | 'on'; readonly warmS: number; readonly measuredS: number };
type Round = { readonly own: Stretch; readonly bare: Stretch };

async function measure(port: number, meters: number, { kind, warmS, measuredS }: Kind): Promise<Stretch> {
  const args = [kind, port, meters, warmS, measuredS].map(String);
  const stretch = await resultOf<Stretch>(nodeCommand('crowd.ts', ...args));
  // a second may begin or end at the edge
  const least = meters * (measuredS - 1);
  if (stretch.readings < least) throw new Error(`${stretch.readings} readings of ${kind}, expected ${least}`);
  return stretch;
}

/** Gates are ratios: 27 % and 40 % of a core where bare sockets take 10 %. */
function cpuLine(name: string, rounds: readonly Round[], max: number | null): BenchLine {
  const ratio = median(rounds.map(({ own, bare }) => own.cpuShare / bare.cpuShare));
  return {
    name: `B4 CPU, ${name}`,
    ours: 100 * median(rounds.map(({ own }) => own.cpuShare)),
    control: 100 * median(rounds.map(({ bare }) => bare.cpuShare)),
    ratio,
    unit: '% of a core',
    target: max === null ? 'reported' : `<= ${max / 10} x bare sockets, ${max} %`,
    pass: max === null ? null : ratio <= max / 10,
  };
}

function restLines(name: string, rounds: readonly Round[]): readonly BenchLine[] {
  const row = (what: string, pick: (stretch: Stretch) => number, unit: string, target: string): BenchLine => ({
    name: `B4 ${what}, ${name}`,
    ours: median(rounds.map(({ own }) => pick(own))),
    control: median(rounds.map(({ bare }) => pick(bare))),
    ratio: null,
    unit,
    target,
    pass: null,
  });
  const memory = median(rounds.map(({ own }) => own.rssAnonMiB));
  const failed = rounds.reduce((sum, { own }) => sum + own.failed, 0);
  return [
    row('event-loop delay p99', ({ delayP99Ms }) => delayP99Ms, 'ms', '5 ms'),
    {
      ...row('RssAnon', ({ rssAnonMiB }) => rssAnonMiB, 'MiB', `<= ${RSS_ANON_MAX_MIB} MiB`),
      pass: memory <= RSS_ANON_MAX_MIB,
    },
    { ...row('latest reading', ({ lateMaxMs }) => lateMaxMs, 'ms', '100 ms'), control: null },
    { ...row('readings that failed', () => failed, '', '0'), control: null, pass: failed === 0 },
  ];
}

async function measureAll(port: number): Promise<readonly BenchLine[]> {
  const off: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = await measure(port, METERS, { kind: 'bare', ...BARE });
    off.push({ bare, own: await measure(port, METERS, { kind: 'off', ...OFF }) });
  }
  const before = await measure(port, METERS, { kind: 'bare', ...BARE });
  const on = [{ bare: before, own: await measure(port, METERS, { kind: 'on', ...ON }) }];
  const bareTwice = await measure(port, 2 * METERS, { kind: 'bare', ...BARE });
  const twice = [{ bare: bareTwice, own: await measure(port, 2 * METERS, { kind: 'off', ...OFF }) }];
  const growth = (twice[0]?.own.cpuShare ?? Number.NaN) / median(off.map(({ own }) => own.cpuShare));
  return [
    cpuLine(`${METERS} meters, recording off`, off, 27),
    ...restLines('off', off),
    cpuLine(`${METERS} meters, recording on`, on, 40),
    ...restLines('on', on),
    {
      ...cpuLine(`${2 * METERS} meters, recording off`, twice, null),
      note: `${growth.toFixed(2)} x what ${METERS} meters take`,
    },
  ];
}

export const bench: Bench = {
  id: 'scale',
  title: `B4 ${METERS} Modbus TCP meters at 1 Hz in one process`,
  target: '27 % of a core, 40 % with recording, where bare sockets take 10 %',
  async run() {
    const server = startContestant(nodeCommand('tcp-server.ts', 'SDM630'));
    try {
      const { port } = await server.next<{ readonly port: number }>();
      return await measureAll(port);
    } finally {
      await server.end();
    }
  },
};
