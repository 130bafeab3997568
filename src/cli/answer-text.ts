import type {
  AlarmsView,
  AnalyzerView,
  DefsView,
  DeviceView,
  DoneView,
  HelpView,
  HistoryView,
  IdentificationView,
  LinesView,
  ListView,
  MeterStatusView,
  OwedView,
  ParkedView,
  RecordsView,
  ReloadView,
  TreeNode,
  VarsView,
  VersionView,
  WhyView,
} from '../client/index.ts';
import { safe } from '../domain/safe.ts';
import type { CommandName } from '../protocol/commands.ts';
import { analyzerCard, deviceCard, type Fact, factsText, versionCard } from './answer-cards.ts';
import { analyzersText } from './ctl/analyzer-table.ts';
import { timeText } from './ctl/human.ts';
import { jsonText } from './ctl/json-text.ts';
import { alarmsText, linesText, owedText, parkedText, treeText, whyText } from './ctl/plant-tables.ts';
import { reloadText } from './ctl/reload-text.ts';
import type { Screen } from './ctl/screen.ts';
import { tableText } from './ctl/table.ts';
import { definitionsText, historyText, recordsText, valuesText } from './ctl/value-tables.ts';
import { virtualViews } from './ctl/virtual-text.ts';

export type AnswerTextOptions = {
  /** Width to keep to; null: none. */
  readonly columns: number | null;
  /** false: tabs between columns, numbers and times as they are. */
  readonly tty: boolean;
  readonly color?: boolean;
  /** The server's clock, ms: how long ago things were. */
  readonly now: number;
};

/** Wider than any table. */
const NO_LIMIT = 10_000;

/** How each command's `data` is printed; SUBSCRIBE and UNSUBSCRIBE, which push, are not here. */
type Printers = { readonly [Name in CommandName]?: (data: never, screen: Screen, now: number) => string };

const words = ({ words }: DoneView) => `${safe(words)}\n`;
const identification = ({ identification }: IdentificationView) => `${safe(identification).trimEnd()}\n`;

const PRINTERS = {
  VERSION: (data: VersionView, screen) => versionCard(data, screen.columns),
  LIST: (list: ListView, screen) =>
    analyzersText(list.analyzers, Date.parse(list.node.now), screen, virtualViews(list)),
  STATUS: (data: AnalyzerView | DeviceView, screen, now) => statusText(data, screen, now),
  GETID: identification,
  GETVARS: (data: VarsView & { readonly defs?: DefsView }, screen, now) =>
    valuesText([{ ...data, defs: data.defs ?? { ...NO_DEFS, id: data.id } }], screen, now),
  GETDEFS: (data: DefsView, screen) => definitionsText([data], screen),
  GETSTATUS: (data: MeterStatusView, screen) => factsText(meterFacts(data), screen.columns),
  GETCONF: (data: unknown) => jsonText(data),
  HISTORY: (data: HistoryView, screen, now) => historyText([data], screen, now),
  RECORDS: (data: RecordsView, screen, now) => recordsText([data], screen, now),
  TREE: (data: TreeNode, screen, now) => treeText(data, now, screen),
  WHY: (data: WhyView, screen, now) => whyText([data], screen, now),
  OWED: ({ deliveries }: OwedView, screen, now) => owedText(deliveries, now, screen),
  PARKED: ({ deliveries }: ParkedView, screen) => parkedText(deliveries, screen),
  ALARMS: ({ alarms }: AlarmsView, screen, now) => alarmsText(alarms, now, screen),
  LINES: ({ lines }: LinesView, screen) => linesText(lines, screen),
  START: words,
  STARTALL: words,
  STOP: words,
  PAUSE: words,
  RESUME: words,
  FORCEREQ: words,
  IDENT: identification,
  RELOAD: (data: ReloadView, screen) => reloadText(data, screen),
  RETRY: words,
  SHUTDOWN: words,
  FAULT: words,
  HELP: ({ commands }: HelpView, screen) => helpText(commands, screen),
} as const satisfies Printers;

/**
 * The `data` of an answer of the JSON dialect as people read it: tables with units, sentences, a card for one analyzer.
 * Ends in a line end; every text in it is safe for a terminal. Commands without a form of their own, and data that is
 * not what it should be (another version of the server), are printed as JSON.
 */
export function answerText(command: string, data: unknown, o: AnswerTextOptions): string {
  const screen = { tty: o.tty, columns: o.columns ?? NO_LIMIT, color: o.color ?? false };
  const printers: Readonly<Record<string, (data: never, screen: Screen, now: number) => string>> = PRINTERS;
  const print = Object.hasOwn(printers, command) ? printers[command] : undefined;
  try {
    return print?.(safely(data) as never, screen, o.now) ?? jsonText(data);
  } catch {
    return jsonText(data);
  }
}

/** Longest text that an answer may bring. */
const TEXT_MAX = 4000;

/** Data with every text in it safe for a terminal, whoever prints which part of it. */
function safely(data: unknown): unknown {
  if (typeof data === 'string') return safe(data, TEXT_MAX);
  if (Array.isArray(data)) return data.map(safely);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, safely(value)]));
}

const NO_DEFS: Omit<DefsView, 'id'> = { profile: '', model: '', variables: [], definitions: {} };

function statusText(data: AnalyzerView | DeviceView, screen: Screen, now: number): string {
  if ('analyzers' in data) return deviceCard(data, now, screen.columns);
  return screen.tty ? analyzerCard(data, now, screen.columns) : analyzersText([data], now, screen);
}

function meterFacts({ lastTime, HMU, ERR, ERR_MSG, VSO, NSN }: MeterStatusView): readonly Fact[] {
  const errors = ERR_MSG === null ? null : ERR_MSG.length === 0 ? 'none' : ERR_MSG.join(', ');
  return [
    ['last read', timeText(lastTime)],
    ['hours of use', HMU === null ? null : `${HMU[0]} h ${HMU[1]} min`],
    ['errors', ERR === null || errors === null ? errors : `${errors} (${ERR})`],
    ['firmware', VSO === null ? null : String(VSO)],
    ['serial number', NSN === null ? null : String(NSN)],
  ];
}

type Command = HelpView['commands'][number];

const helpText = (commands: readonly Command[], screen: Screen): string =>
  tableText(
    [
      { title: 'command', plain: ({ name }: Command) => name },
      { title: 'argument', plain: ({ argument }: Command) => argument },
      { title: 'what it does', plain: ({ words }: Command) => words, narrowest: 20, wraps: true },
    ],
    commands,
    screen,
  );
