import type { LectorClient } from '../../src/client/types.ts';
import { instantOf } from '../formats/time.ts';
import { appended, RECORDS_MAX, type SeenAnalyzer, withEntry } from './plant.ts';
import type { ScreenStore } from './screen-store.ts';
import type { Opened } from './ui.ts';

/** What is being asked, by name, so that a slow answer is waited for; and which analyzer was asked about whole. */
export type Asked = { open: number | null; readonly under: Set<string> };

const HISTORY_SECONDS = 3_600;

/** Asks for what the screen in front shows and nobody pushes. An answer that does not come leaves what was there. */
export function askAbout(client: LectorClient, store: ScreenStore, asked: Asked): void {
  const once = (name: string, ask: () => Promise<void>): void => {
    if (asked.under.has(name)) return;
    asked.under.add(name);
    ask()
      .catch(() => undefined)
      .finally(() => asked.under.delete(name));
  };
  const { screen, opened } = store.ui();
  if (screen === 'lines' || screen === 'analyzer') {
    once('lines', async () => {
      const lines = await client.lines();
      store.learn((plant) => ({ ...plant, lines }));
    });
  }
  if (screen === 'tree') {
    once('tree', async () => {
      const tree = await client.tree();
      store.learn((plant) => ({ ...plant, tree }));
    });
  }
  if (screen === 'overview') {
    for (const id of triedBy(store)) once(`status ${id}`, () => askStatus(client, store, id));
  }
  if (screen !== 'analyzer') asked.open = null;
  if (screen !== 'analyzer' || opened === null) return;
  const { id } = opened;
  once(`status ${id}`, () => askStatus(client, store, id));
  once(`why ${id}`, async () => {
    const why = await client.why(id);
    learnOpened(store, id, (each) => ({ ...each, why }));
  });
  if (asked.open !== id) {
    asked.open = id;
    once(`whole ${id}`, () => askWhole(client, store, id));
  }
}

/** So many a second: of a plant that is all down, some each time. */
const TRIED_MAX = 4;

/** Lost meters whose next try has passed: when they are tried again is pushed by nobody. Of many, others each time. */
function triedBy(store: ScreenStore): readonly number[] {
  const { analyzers, skewMs } = store.plant();
  const now = store.now() + skewMs;
  const passed = ({ state, nextTry }: SeenAnalyzer): boolean =>
    state === 'failed' && (nextTry === null || instantOf(nextTry) < now);
  const all = [...analyzers.values()].filter(passed).map(({ id }) => id);
  const from = all.length > TRIED_MAX ? Math.floor(now / 1_000) % all.length : 0;
  return [...all.slice(from), ...all.slice(0, from)].slice(0, TRIED_MAX);
}

/** What no event brings: counters of errors, and when a lost meter is tried next. */
async function askStatus(client: LectorClient, store: ScreenStore, id: number): Promise<void> {
  const { state, errors, attempt, nextTry } = await client.status(id);
  store.learn((plant) => {
    const known = plant.analyzers.get(id);
    if (known === undefined || known.state !== state) return plant;
    return { ...plant, analyzers: withEntry(plant.analyzers, id, { ...known, errors, attempt, nextTry }) };
  });
}

/** What changes slowly, or comes by event from then on. */
async function askWhole(client: LectorClient, store: ScreenStore, id: number): Promise<void> {
  const meter = await client.meterStatus(id).catch(() => null);
  learnOpened(store, id, (each) => ({ ...each, meter }));
  const records = await client.records(id, RECORDS_MAX).catch(() => null);
  if (records) {
    store.learn((plant) => ({
      ...plant,
      records: withEntry(plant.records, id, appended([], records.records, RECORDS_MAX)),
    }));
  }
  for (const code of codesOf(store, id)) {
    if (store.ui().opened?.id !== id) return;
    const history = await client.history(id, code, HISTORY_SECONDS).catch(() => null);
    if (history) learnOpened(store, id, (each) => ({ ...each, history: { ...each.history, [code]: history } }));
  }
}

function codesOf(store: ScreenStore, id: number): readonly string[] {
  const analyzer = store.plant().analyzers.get(id);
  return Object.keys(analyzer?.lastReading?.values ?? analyzer?.today.range ?? {});
}

/** Not for one that was closed meanwhile. */
function learnOpened(store: ScreenStore, id: number, change: (opened: Opened) => Opened): void {
  store.note((ui) => (ui.opened?.id === id ? { ...ui, opened: change(ui.opened) } : ui));
}
