import type { ClientOptions } from '../client/index.ts';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { Owed } from '../domain/store-port.ts';
import type { OwedView } from '../protocol/answers.ts';
import { holderOf } from '../store/folder-lock.ts';
import { openStoreReader } from '../store/reader.ts';
import { type Host, processHost } from './ctl/host.ts';
import { agoText } from './ctl/human.ts';
import { jsonText } from './ctl/json-text.ts';
import { owedText } from './ctl/plant-tables.ts';
import type { Screen } from './ctl/screen.ts';
import { type Column, tableText } from './ctl/table.ts';
import type { ConfigOptions } from './options.ts';
import { type ServerAddress, serverPlaces } from './server-address.ts';

export type OwedOptions = ConfigOptions & { readonly json?: boolean };

/**
 * `lector owed`: what each destination was not sent yet, as the server of this configuration says, else as it stands
 * in the store. Resolves with 0. Rejects CONFIG_INVALID without a configuration, STORE_FAILED where neither can tell.
 */
export async function owed(options: OwedOptions): Promise<number> {
  const host = processHost();
  try {
    return await owedOn(options, host);
  } finally {
    host.release();
  }
}

/** The same on another host. */
export async function owedOn(options: OwedOptions, host: Host): Promise<number> {
  const { dataDir, addresses } = serverPlaces(options, host.env, host.cwd);
  const server = await askServer(addresses, await holderOf(dataDir), host);
  if (server.said !== null) {
    const { now, view } = server.said;
    const isPaid = view.deliveries.every(({ owed, parked }) => owed + parked === 0);
    const table = () => owedText(view.deliveries, now, host.screen);
    host.out(
      options.json === true ? jsonText({ source: 'server', ...view }) : withVerdict(table(), isPaid, host.screen),
    );
    return 0;
  }
  const rows = await inStore(dataDir);
  if (options.json === true) host.out(jsonText({ source: 'store', deliveries: rows.map(storedView) }));
  else {
    const isPaid = rows.every(({ owed: { count, parked } }) => count + parked === 0);
    host.out(withVerdict(tableText(columns(host.now()), rows, host.screen), isPaid, host.screen));
    host.err(`lector: ${server.why}; this is what the store in ${safe(dataDir)} says\n`);
  }
  return 0;
}

type Said = { readonly now: number; readonly view: OwedView };

/**
 * Who answers first says it; a server that is there and does not answer is told from none. At a port that of another
 * configuration may answer: only the process that holds the data folder, `holder`, is asked there.
 */
async function askServer(
  addresses: readonly ServerAddress[],
  holder: number | null,
  host: Host,
): Promise<{ readonly said: Said | null; readonly why: string }> {
  let why = 'no server runs';
  for (const { words, ...address } of addresses) {
    const client = await host.connect({ ...address, reconnect: false } satisfies ClientOptions);
    try {
      if (address.port !== undefined && (await client.version()).pid !== holder) continue;
      const view = await client.owed();
      return { said: { view, now: client.answeredAt === null ? host.now() : Date.parse(client.answeredAt) }, why };
    } catch (error) {
      if (!(error instanceof LectorError)) throw error;
      if (error.code !== 'NO_SERVER') why = `the server at ${words} does not answer`;
    } finally {
      client.close();
    }
  }
  return { said: null, why };
}

type Row = { readonly exporterId: string; readonly owed: Owed };

async function inStore(dir: string): Promise<readonly Row[]> {
  const reader = openStoreReader({ dir });
  try {
    return reader.exporters();
  } finally {
    await reader.close();
  }
}

const isoOf = ({ oldestEnd }: Owed): string | null => (oldestEnd === null ? null : new Date(oldestEnd).toISOString());

const storedView = ({ exporterId, owed }: Row) => ({
  exporter: exporterId,
  owed: owed.count,
  oldest: isoOf(owed),
  parked: owed.parked,
});

const columns = (now: number): readonly Column<Row>[] => [
  { title: 'exporter', plain: ({ exporterId }) => exporterId, narrowest: 12 },
  { title: 'owed', align: 'right', plain: ({ owed }) => owed.count },
  {
    title: 'oldest',
    align: 'right',
    plain: ({ owed }) => isoOf(owed),
    shown: ({ owed }) => agoText(isoOf(owed), now),
  },
  { title: 'parked', align: 'right', plain: ({ owed }) => owed.parked },
];

/** A person is told that all is paid. */
const withVerdict = (table: string, isPaid: boolean, { tty }: Screen): string =>
  tty && isPaid ? `${table}Nothing is owed.\n` : table;
