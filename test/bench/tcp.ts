import { type Bench, type BenchLine, median } from './bench.ts';
import {
  type Command,
  compiledControl,
  hasPymodbus,
  nodeCommand,
  onCore,
  pythonCommand,
  resultOf,
  startContestant,
} from './contestant.ts';

const REGISTERS = 52;
const READS = 12_000;
const READS_IN_PYTHON = 3_000;
const ROUNDS = 5;
const LEAST = 0.4;
/** Client and server take turns, so they share a core: no time is lost in waking another. */
const CORE = 0;

type Cost = { readonly good: number; readonly wallMs: number; readonly cpuUs: number };
type Speed = { readonly perSecond: number; readonly cpuUs: number };
type Reader = { readonly name: string; readonly reads: number; readonly command: Command };

async function speedOf({ command, reads }: Reader): Promise<Speed> {
  const { good, wallMs, cpuUs } = await resultOf<Cost>(onCore(CORE, command));
  if (good !== reads) throw new Error(`${reads - good} of ${reads} reads failed`);
  return { perSecond: (reads * 1000) / wallMs, cpuUs: cpuUs / reads };
}

function readersOf(port: number): { readonly own: Reader; readonly controls: readonly Reader[] } {
  const program = compiledControl();
  const node = (kind: string): Reader => ({
    name: kind,
    reads: READS,
    command: nodeCommand('tcp-client.ts', kind, `${port}`, `${READS}`, `${REGISTERS}`),
  });
  const own = node('ours');
  const inC: Command = [program ?? '', 'tcp', `${port}`, `${READS}`, `${REGISTERS}`];
  const python = pythonCommand('tcp-control.py', `${port}`, `${READS_IN_PYTHON}`, `${REGISTERS}`);
  const controls = [
    ...(program === null ? [] : [{ name: 'libmodbus', reads: READS, command: inC }]),
    { ...node('bare'), name: 'bare node:net' },
    { ...node('library'), name: 'modbus-serial' },
    ...(hasPymodbus() ? [{ name: 'pymodbus', reads: READS_IN_PYTHON, command: python }] : []),
  ];
  return { own, controls };
}

type Round = { readonly own: Speed; readonly control: Speed };

function linesOf(name: string, rounds: readonly Round[]): readonly BenchLine[] {
  const row = (what: string, unit: string, pick: (speed: Speed) => number, least: number | null): BenchLine => {
    const ratio = median(rounds.map(({ own, control }) => pick(own) / pick(control)));
    return {
      name: `B3 ${what}, against ${name}`,
      ours: median(rounds.map(({ own }) => pick(own))),
      control: median(rounds.map(({ control }) => pick(control))),
      ratio,
      unit,
      target: least === null ? 'reported' : `>= ${least} x`,
      pass: least === null ? null : ratio >= least,
    };
  };
  return [
    row('reads', 'reads/s', ({ perSecond }) => perSecond, name === 'libmodbus' ? LEAST : null),
    row('CPU of the client', 'us/read', ({ cpuUs }) => cpuUs, null),
  ];
}

export const bench: Bench = {
  id: 'tcp',
  title: 'B3 reads of 52 registers, one connection flat out',
  target: `>= ${LEAST} x libmodbus (C)`,
  async run() {
    const server = startContestant(onCore(CORE, nodeCommand('tcp-server.ts')));
    try {
      const { port } = await server.next<{ readonly port: number }>();
      const { own, controls } = readersOf(port);
      const rounds = new Map<string, Round[]>(controls.map(({ name }) => [name, []]));
      for (let round = 0; round < ROUNDS; round += 1) {
        const ownSpeed = await speedOf(own);
        for (const each of controls) rounds.get(each.name)?.push({ own: ownSpeed, control: await speedOf(each) });
      }
      return [...rounds].flatMap(([name, measured]) => linesOf(name, measured));
    } finally {
      await server.end();
    }
  },
};
