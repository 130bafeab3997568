import type { DeviceConfig, Installation } from '../domain/installation.ts';
import type { Block } from '../domain/plan.ts';
import { safe } from '../domain/safe.ts';
import { type AnalyzerUse, type DeviceUse, type GridUse, isTcp, type Verdict } from '../line-use.ts';
import { type Column, textTable } from './text-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'id', align: 'right' },
  { title: 'model', align: 'left' },
  { title: 'address', align: 'right' },
  { title: 'requests', align: 'right' },
  { title: 'bytes', align: 'right' },
  { title: 'ms', align: 'right' },
  { title: 'every', align: 'right' },
  { title: 'share', align: 'right' },
  { title: 'name', align: 'left' },
];

/**
 * One device with its analyzers, what is asked of each, and a verdict:
 *
 *   Device 1: simulated RTU line, 19200 baud, 25 ms between requests
 *     id  model  address  requests  bytes   ms  every  share  name
 *      1  PM710        1         2    140  135    2 s    7 %  Main switchboard
 *     1: FC3 3999..4050, FC3 4109..4111
 *     fits: the line is busy 7 % of the time
 */
export function useText(use: DeviceUse): string {
  const rows = use.analyzers.flatMap((analyzer) => analyzer.grids.map((grid) => row(analyzer, grid)));
  const plans = planLines(use.analyzers);
  const lines = [
    ...(rows.length === 0 ? [] : textTable(COLUMNS, rows).trimEnd().split('\n')),
    ...plans,
    verdictText(use.verdict, use.load, use.remedy),
  ];
  return `Device ${use.id}: ${deviceWords(use.device)}\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function row({ id, model, address, name }: AnalyzerUse, { grid, blocks, bytes, ms, everyMs }: GridUse): string[] {
  const share = `${percent(ms / everyMs)} %`;
  const shown = grid === 'rapid' ? `${safe(name, 40)} (rapid)`.trim() : safe(name, 40);
  return [
    String(id),
    model,
    String(address),
    String(blocks.length),
    String(bytes),
    ms.toFixed(0),
    `${everyMs / 1000} s`,
    share,
    shown,
  ];
}

/** Which registers are read: analyzers of equal plans share a line. */
function planLines(analyzers: readonly AnalyzerUse[]): readonly string[] {
  const whose = new Map<string, string[]>();
  for (const { id, grids } of analyzers) {
    for (const { grid, blocks } of grids) {
      const plan = blocks.map(blockText).join(', ');
      whose.set(plan, [...(whose.get(plan) ?? []), grid === 'rapid' ? `${id} rapid` : String(id)]);
    }
  }
  const plans = [...whose].map(([plan, ids]) => `${ids.join(', ')}: ${plan}`);
  const unplannable = analyzers
    .filter((each) => each.unplannable.length > 0)
    .map((each) => `${each.id}: ${each.model} cannot be asked for ${each.unplannable.join(', ')} in one piece`);
  return [...plans, ...unplannable];
}

/** `FC3 3999..4050`, wire addresses; a command of the CVM protocol as it is. */
function blockText(block: Block): string {
  if (block.kind === 'cvm') return block.command;
  const last = block.address + block.count - 1;
  return `FC${block.function} ${block.address}${last > block.address ? `..${last}` : ''}`;
}

/** The verdict on a line as a technician reads it. */
export function verdictText(verdict: Verdict, load: number, remedy: string): string {
  const busy = `the line is busy ${percent(load)} % of the time`;
  switch (verdict) {
    case 'disabled':
      return 'disabled: nothing is read';
    case 'unused':
      return 'no analyzer is on it: nothing is read';
    case 'fits':
      return `fits: ${busy}`;
    case 'tight':
      return `just fits: ${busy}, which leaves little for retries and silent meters; to be at ease, ${remedy}`;
    case 'doesNotFit':
      return `DOES NOT FIT: the line would be busy ${percent(load)} % of the time; ${remedy}`;
  }
}

/** Whole percents, but never 0 for something and never 100 for more. */
function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 1) return '<1';
  return String(share > 1 ? Math.ceil(value) : Math.round(value));
}

function deviceWords(device: DeviceConfig): string {
  const { endpoint, gapMs } = device;
  const gap = `${gapMs} ms between requests`;
  switch (endpoint.type) {
    case 'serial':
      return `${endpoint.port}, ${endpoint.baud} baud ${endpoint.bits}${endpoint.parity}${endpoint.stop}, ${gap}`;
    case 'tcp':
      return `Modbus TCP, ${endpoint.host}:${endpoint.port}, ${gap}; the network adds its own time`;
    case 'rtu-tcp':
      return `RTU over TCP, ${endpoint.host}:${endpoint.port}, ${gap}; taken for 19200 baud behind it`;
    case 'simulated':
      if (isTcp(device)) return `simulated Modbus TCP, ${gap}`;
      return `simulated ${endpoint.protocol.toUpperCase()} line, ${endpoint.baud} baud, ${gap}`;
  }
}

const SUM_COLUMNS: readonly Column[] = [
  { title: 'id', align: 'right' },
  { title: 'of', align: 'left' },
  { title: 'contract', align: 'left' },
  { title: 'name', align: 'left' },
];

/**
 * Sums of analyzers; nothing where there are none:
 *
 *   Sums of analyzers, which are computed:
 *      id  of     contract  name
 *     100  1 - 5  school    Building = Main switchboard - Workshop
 */
export function sumsText({ virtuals = [], analyzers }: Pick<Installation, 'virtuals' | 'analyzers'>): string {
  if (virtuals.length === 0) return '';
  const nameOf = (id: number) => safe(analyzers.find((each) => each.id === id)?.name ?? '', 40) || `analyzer ${id}`;
  const rows = virtuals.map(({ id, name, of, terms, tariff }) => {
    const words = terms.map(({ sign, id: term }, n) => `${sign < 0 ? '- ' : n > 0 ? '+ ' : ''}${nameOf(term)}`);
    return [String(id), safe(of, 60), safe(tariff ?? '-', 80), `${safe(name, 60)} = ${words.join(' ')}`];
  });
  const lines = textTable(SUM_COLUMNS, rows).trimEnd().split('\n');
  return `Sums of analyzers, which are computed:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
