import { resolve } from 'node:path';
import type { Destination } from '../domain/destinations.ts';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import { createDestined } from '../exporters/create.ts';
import { openCentre } from '../reconcile/centre-link.ts';
import { type DadesNeed, sendDades } from '../reconcile/dades.ts';
import { findDades } from '../reconcile/dades-folder.ts';
import { firstRecord, type RecordsOptions, sendRecords } from '../reconcile/records.ts';
import { createTally, isWhole, tallyLines } from '../reconcile/tally.ts';
import { counted, grouped } from '../reconcile/voice.ts';
import { type DeliveryOptions, type DeliverySetup, deliverySetup, minuteText, withRecords } from './delivery-setup.ts';
import { tallied } from './reconcile.ts';

/** `dades`: folder of daily files, instead of what is recorded here. */
export type BackfillOptions = DeliveryOptions & { readonly dades?: string };

/**
 * `lector backfill`: sends a destination what was recorded before it was configured, or the lines of daily files, the
 * predecessor's too. A centre of ours is sent only what it does not hold; who cannot say, everything. Resolves with 1
 * when something could not be sent.
 */
export async function backfill(options: BackfillOptions): Promise<number> {
  const types = options.dades === undefined ? ['clientRest', 'influx', 'http'] : ['clientRest'];
  const setup = await deliverySetup(options, types);
  const [destination, second] = setup.destinations;
  if (destination === undefined || second !== undefined) {
    const names = setup.destinations.map(({ id }) => safe(id)).join(', ');
    throw new LectorError('USAGE', `expected --exporter with one of ${names}`);
  }
  const plan = options.plan === true;
  const isWell =
    options.dades === undefined
      ? await fromRecords(setup, destination, plan)
      : await fromDades(setup, destination, resolve(options.dades), plan);
  return isWell ? 0 : 1;
}

type Sender = Pick<RecordsOptions, 'holdings' | 'send' | 'batchMax'> & { readonly close: () => Promise<void> };

/** How records get there: a centre of ours can say what it has, nobody else can. */
async function openSender(setup: DeliverySetup, destination: Destination): Promise<Sender> {
  const context = setup.contextOf(destination);
  if (destination.config.type === 'clientRest') {
    const centre = await openCentre(context);
    return { ...centre, holdings: centre.version === null ? null : centre.holdings };
  }
  const { exporter } = createDestined(context);
  if (exporter === null) throw new LectorError('USAGE', `${safe(destination.id)} takes no records`);
  return {
    holdings: null,
    batchMax: exporter.batchMax,
    send: (records) => exporter.deliver(records.map((record, sequence) => ({ sequence, record }))),
    close: () => exporter.close(),
  };
}

async function fromRecords(setup: DeliverySetup, destination: Destination, plan: boolean): Promise<boolean> {
  const { voice, offsetAt, to } = setup;
  return withRecords(setup, async (reader) => {
    const analyzerIds = destination.analyzers.map(({ id }) => id);
    const from = firstRecord(reader, analyzerIds, setup.from ?? setup.start, to);
    if (from === null) {
      voice.say(`${destination.id}: nothing is recorded here in that time`);
      return true;
    }
    const sender = await openSender(setup, destination);
    try {
      voice.say(`${destination.id}: ${minuteText(from, offsetAt)} to ${minuteText(to, offsetAt)}`);
      const range = { source: reader, node: setup.installation.node.id, analyzerIds, from, to, plan };
      const told = { clock: setup.clock, voice, dayText: (at: EpochMs) => minuteText(at, offsetAt).slice(0, 10) };
      const how = { plan, knows: sender.holdings !== null };
      return await tallied(setup, how, (tally) => sendRecords({ ...range, ...told, ...sender }, tally));
    } finally {
      await sender.close();
    }
  });
}

async function fromDades(
  setup: DeliverySetup,
  destination: Destination,
  folder: string,
  plan: boolean,
): Promise<boolean> {
  const { voice, offsetAt, clock, to, installation } = setup;
  const analyzers = await findDades(folder);
  const centre = await openCentre(setup.contextOf(destination));
  const tally = createTally();
  const modelOf = (id: number) => installation.analyzers.find((each) => each.id === id)?.model ?? null;
  const range = { centre, analyzers, modelOf, from: setup.from ?? setup.start, to, plan };
  try {
    voice.say(`${destination.id}: daily files of ${counted(analyzers.length, 'analyzer')} in ${folder}`);
    const needs = await sendDades({ ...range, offsetAt, clock, voice }, tally);
    for (const line of dadesLines(needs, plan)) voice.say(line);
  } finally {
    if (!plan) for (const line of tallyLines(tally, 'line')) voice.say(line);
    await centre.close();
  }
  return isWhole(tally);
}

function dadesLines(needs: ReadonlyMap<AnalyzerId, DadesNeed>, plan: boolean): readonly string[] {
  const lines = [...needs].map(([id, { lines: count, missing, skipped, firstSkipped }]) => {
    const stay = skipped === 1 ? 'stays' : 'stay';
    const out = `${counted(skipped, 'line')} of the files could not be read and ${stay} out`;
    const rest = skipped === 0 ? '' : `; ${out}, the first at ${firstSkipped}`;
    return `  analyzer ${id}: ${grouped(missing)} of ${counted(count, 'line')} to send${rest}`;
  });
  const total = [...needs.values()].reduce((sum, { missing }) => sum + missing, 0);
  return plan ? [...lines, `${counted(total, 'line')} would be sent; without --plan they are`] : lines;
}
