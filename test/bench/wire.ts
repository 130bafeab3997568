import { type Bench, type BenchLine, median } from './bench.ts';
import { hasSocat, nodeCommand, resultOf } from './contestant.ts';
import { openPacedLine } from './paced-line.ts';
import type { SlaveReport } from './paced-slave.ts';
import type { Cycles } from './rtu-client.ts';
import { silenceMs, type WirePace, wireLimitMs } from './table.ts';

const TURNAROUND_MS = 5;
const RATIO_MAX = 1.03;
const CYCLES = 15;
/** Rounds at each speed. The gate is the speed that most lines have. */
const SPEEDS = [
  { baud: 19_200, rounds: 5, isGate: true },
  { baud: 9_600, rounds: 2, isGate: false },
  { baud: 38_400, rounds: 2, isGate: false },
] as const;

type Round = { readonly cycleMs: number; readonly limitMs: number; readonly slave: SlaveReport };

async function measure(pace: WirePace): Promise<Round> {
  const line = await openPacedLine(pace.baud, pace.turnaroundMs);
  try {
    const { cycleMs, exchanges } = await resultOf<Cycles>(
      nodeCommand('rtu-client.ts', 'cycle', line.path, `${pace.baud}`, `${CYCLES}`),
    );
    return { cycleMs: median(cycleMs), limitMs: wireLimitMs(exchanges, pace), slave: await line.end() };
  } catch (error) {
    await line.end().catch(() => undefined);
    throw error;
  }
}

function linesOf(pace: WirePace, rounds: readonly Round[], isGate: boolean): readonly BenchLine[] {
  const ratio = median(rounds.map(({ cycleMs, limitMs }) => cycleMs / limitMs));
  const silence = Math.min(...rounds.map(({ slave }) => slave.shortestSilenceMs));
  const least = silenceMs(pace);
  const late = Math.max(...rounds.map(({ slave }) => slave.latestByteMs));
  return [
    {
      name: `B1 cycle of a PM710 at ${pace.baud} baud`,
      ours: median(rounds.map(({ cycleMs }) => cycleMs)),
      control: median(rounds.map(({ limitMs }) => limitMs)),
      ratio,
      unit: 'ms',
      target: isGate ? `<= ${RATIO_MAX} x the wire's limit` : "the wire's limit",
      pass: isGate ? ratio <= RATIO_MAX : null,
      note: `the meter's own bytes were up to ${late.toFixed(1)} ms late`,
    },
    {
      name: `B1 shortest silence at ${pace.baud} baud`,
      ours: silence,
      control: least,
      ratio: silence / least,
      unit: 'ms',
      target: '>= 3.5 characters (1.75 ms above 19200)',
      pass: silence >= least,
    },
  ];
}

export const bench: Bench = {
  id: 'wire',
  title: 'B1 poll cycle of the shipped PM710 job, against what its bytes take on the wire',
  target: `<= ${RATIO_MAX} x the limit at 19200 baud, silence never shorter than 3.5 characters`,
  async run() {
    if (!hasSocat()) return [];
    const lines: BenchLine[] = [];
    for (const { baud, rounds, isGate } of SPEEDS) {
      const pace = { baud, charBits: 11, turnaroundMs: TURNAROUND_MS };
      const measured: Round[] = [];
      for (let round = 0; round < rounds; round += 1) measured.push(await measure(pace));
      lines.push(...linesOf(pace, measured, isGate));
    }
    return lines;
  },
};
