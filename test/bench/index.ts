import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchLine } from './bench.ts';
import { bench as command } from './command.ts';
import { bench as control } from './control.ts';
import { bench as cost } from './cost.ts';
import { bench as costCentral } from './cost-central.ts';
import { bench as flood } from './crowd-control.ts';
import { bench as fanIn } from './fan-in.ts';
import { bench as history } from './history.ts';
import { bench as ingest } from './ingest.ts';
import { bench as record } from './record.ts';
import { bench as scale } from './scale.ts';
import { bench as screen } from './screen.ts';
import { bench as start } from './start.ts';
import { chosen, tableText } from './table.ts';
import { bench as tcp } from './tcp.ts';
import { bench as wire } from './wire.ts';
import { bench as wireCpu } from './wire-cpu.ts';

/*
 * `npm run bench` runs them all, `npm run bench -- wire tcp` those; one at a time, for they measure the same machine.
 * Prints one table, writes bench.json, and fails when a gate does.
 */
const BENCHES: readonly Bench[] = [
  wire,
  wireCpu,
  tcp,
  scale,
  control,
  flood,
  record,
  ingest,
  fanIn,
  history,
  cost,
  costCentral,
  command,
  start,
  screen,
];
const FILE = join(fileURLToPath(new URL('../..', import.meta.url)), 'bench.json');

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function runOne(bench: Bench): Promise<readonly BenchLine[]> {
  const startedAt = performance.now();
  say(`${bench.title} ...`);
  // what cannot be measured fails by itself, and the others are measured all the same
  const lines = await bench.run().catch((error: unknown) => [unmeasured(bench, error)]);
  say(`  took ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  return lines;
}

function unmeasured({ title, target }: Bench, error: unknown): BenchLine {
  const note = error instanceof Error ? error.message : String(error);
  const nothing = { ours: Number.NaN, control: null, ratio: null, unit: '' };
  return { name: title, ...nothing, target, pass: false, note };
}

async function main(names: readonly string[]): Promise<number> {
  const lines: BenchLine[] = [];
  const load = loadavg();
  for (const bench of chosen(BENCHES, names)) lines.push(...(await runOne(bench)));
  const machine = { node: process.version, cores: cpus().length, model: cpus()[0]?.model ?? '', loadBefore: load };
  writeFileSync(FILE, `${JSON.stringify({ at: new Date().toISOString(), machine, lines }, null, 2)}\n`);
  const loads = load.map((each) => each.toFixed(1)).join(' ');
  say(`\n${tableText(lines)}\n\nload before: ${loads} on ${machine.cores} cores; written to bench.json`);
  return lines.some(({ pass }) => pass === false) ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2).filter((word) => word !== '--small'));
