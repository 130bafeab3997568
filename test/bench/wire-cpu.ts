import { type Bench, type BenchLine, median } from './bench.ts';
import { type Command, compiledControl, hasSocat, nodeCommand, resultOf } from './contestant.ts';
import { openPacedLine } from './paced-line.ts';

const BAUD = 19_200;
const TURNAROUND_MS = 5;
const READS = 40;
const REGISTERS = 52;
const ROUNDS = 5;
/** 2.2 ms where the control in C takes 1.0. */
const RATIO_MAX = 2.2;

type Cost = { readonly good: number; readonly cpuUs: number };

/** CPU per read in ms; all reads must have been good. */
async function cpuMs(command: (path: string) => Command): Promise<number> {
  const line = await openPacedLine(BAUD, TURNAROUND_MS);
  try {
    const { good, cpuUs } = await resultOf<Cost>(command(line.path));
    if (good !== READS) throw new Error(`${READS - good} of ${READS} reads failed`);
    return cpuUs / READS / 1000;
  } finally {
    await line.end();
  }
}

const ours = (kind: 'ours' | 'library') => (path: string) =>
  nodeCommand('rtu-client.ts', kind, path, `${BAUD}`, `${READS}`, `${REGISTERS}`);

export const bench: Bench = {
  id: 'wire-cpu',
  title: 'B2 CPU per read of 52 registers at 19200 baud',
  target: `<= ${RATIO_MAX} x libmodbus (C)`,
  async run() {
    if (!hasSocat()) return [];
    const program = compiledControl();
    const inC = (path: string): Command => [program ?? '', 'rtu', path, `${BAUD}`, `${READS}`, `${REGISTERS}`];
    const rounds: { readonly own: number; readonly c: number | null; readonly library: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const c = program === null ? null : await cpuMs(inC);
      rounds.push({ own: await cpuMs(ours('ours')), c, library: await cpuMs(ours('library')) });
    }
    const own = median(rounds.map((round) => round.own));
    const against = (name: string, pick: (round: (typeof rounds)[number]) => number, max: number | null): BenchLine => {
      const ratio = median(rounds.map((round) => round.own / pick(round)));
      return {
        name: `B2 CPU per read, against ${name}`,
        ours: own,
        control: median(rounds.map(pick)),
        ratio,
        unit: 'ms',
        target: max === null ? 'reported' : `<= ${max} x`,
        pass: max === null ? null : ratio <= max,
      };
    };
    return [
      ...(program === null ? [] : [against('libmodbus', ({ c }) => c ?? Number.NaN, RATIO_MAX)]),
      against("modbus-serial's own port", ({ library }) => library, null),
    ];
  },
};
