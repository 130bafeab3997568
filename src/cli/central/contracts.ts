import { createContracts, noContract } from '../../central/cost/contracts.ts';
import type { Assignment, ContractRow, Contracts } from '../../central/cost/ports.ts';
import { contractView, listedView } from '../../central/cost/schemas.ts';
import { EVER } from '../../central/cost/terms.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { dayOf } from '../../tariff/local-day.ts';
import { nameOfFile, writtenContract } from './contract-files.ts';
import type { PlaceOptions } from './options.ts';
import { withCentre } from './place.ts';
import { counted, printDone, printRows, timeText } from './print.ts';
import { analyzerWord, nodeWord } from './words.ts';

type Words = readonly string[];
type NameOptions = PlaceOptions & { readonly name?: string };
type DateOptions = PlaceOptions & { readonly from?: string };

const withContracts = (options: PlaceOptions, use: (contracts: Contracts) => Promise<void>): Promise<number> =>
  withCentre(options, async ({ database }) => {
    await use(createContracts({ database }));
    return 0;
  });

/** `lector central contract list` */
export function listContracts(options: PlaceOptions): Promise<number> {
  return withContracts(options, async (contracts) => {
    const [all, assignments] = await Promise.all([contracts.contracts(), contracts.assignments(null)]);
    const chargedBy = (name: string) => assignments.filter(({ contract }) => contract === name);
    printRows(options, {
      documents: all.map((row) => ({ ...listedView(row), charges: chargedBy(row.name) })),
      rows: all.map((row) => ({
        ...('contract' in row
          ? told(row)
          : { contract: row.name, title: row.unreadable, tariff: null, currency: null }),
        changed: timeText(row.changedAt),
        charges: chargedBy(row.name).map(chargedText).join('; ') || null,
      })),
      nothing: 'no contract yet; lector central contract add FILE adds one',
    });
  });
}

const told = ({ name, contract: { name: title, tariff, currency } }: ContractRow) => ({
  ...{ contract: name, title, tariff, currency },
});

const subject = (node: number, analyzer: number | null): string =>
  analyzer === null ? `node ${node}` : `analyzer ${analyzer} of node ${node}`;

const chargedText = ({ node, analyzer, from }: Assignment): string =>
  `${subject(node, analyzer)}${from === EVER ? '' : ` from ${from}`}`;

/** `lector central contract show school`: as it was written. */
export function showContract(options: PlaceOptions, [name = '']: Words): Promise<number> {
  return withContracts(options, async (contracts) => {
    const row = await contracts.contract(name);
    if (row === null) throw new LectorError('CENTRE_REFUSED', noContract(name));
    process.stdout.write(`${row.written.json.trimEnd()}\n`);
  });
}

/** `lector central contract add tariffs/school.json`: adds it, or takes the place of the one of that name. */
export function addContract(options: NameOptions, [file = '']: Words): Promise<number> {
  const written = writtenContract(file);
  const name = options.name ?? nameOfFile(file);
  return withContracts(options, async (contracts) => {
    const before = await contracts.contract(name).catch(() => null);
    const row = await contracts.putContract(name, written);
    const done = before === null ? 'is there' : 'was there, and is replaced';
    const todo = before === null ? `; lector central contract assign ${safe(name)} NODE charges a site by it` : '';
    printDone(options, `contract ${safe(name)} (${safe(row.contract.name)}) ${done}${todo}`, contractView(row));
  });
}

/** `lector central contract remove school` */
export function removeContract(options: PlaceOptions, [name = '']: Words): Promise<number> {
  return withContracts(options, async (contracts) => {
    await contracts.removeContract(name);
    printDone(options, `contract ${safe(name)} is removed`, { name, removed: true });
  });
}

/** `lector central contract assign school 4 1 --from 2026-01-01` */
export function assignContract(options: DateOptions, [name = '', nodeId, id]: Words): Promise<number> {
  const [node, analyzer] = [nodeWord(nodeId), id === undefined ? null : analyzerWord(id)];
  const assignment = { node, analyzer, from: dateWord(options.from) ?? EVER, contract: name };
  return withContracts(options, async (contracts) => {
    await contracts.assign(assignment);
    printDone(options, `${chargedText(assignment)} is charged by ${safe(name)}`, assignment);
  });
}

/** `lector central contract unassign 4 1` */
export function unassignContract(options: DateOptions, [nodeId, id]: Words): Promise<number> {
  const [node, analyzer] = [nodeWord(nodeId), id === undefined ? null : analyzerWord(id)];
  const from = dateWord(options.from);
  return withContracts(options, async (contracts) => {
    const count = await contracts.unassign(node, analyzer, from);
    const words = `${subject(node, analyzer)} is charged by nothing of its own`;
    if (count === 0) throw new LectorError('CENTRE_REFUSED', `${words}${from === null ? '' : ` from ${from} on`}`);
    printDone(options, `${counted(count, 'contract')} of ${subject(node, analyzer)} no longer counts`, {
      ...{ node, analyzer, from, removed: count },
    });
  });
}

function dateWord(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!Number.isNaN(dayOf(text))) return text;
  throw new LectorError('USAGE', `--from: expected a date such as 2026-01-01, saw "${safe(text, 40)}"`);
}
