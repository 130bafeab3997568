import type { Destination } from '../domain/destinations.ts';
import { toFailure } from '../domain/errors.ts';
import type { AnalyzerId } from '../domain/units.ts';
import { openCentre } from '../reconcile/centre-link.ts';
import { firstRecord, type Need, sendRecords } from '../reconcile/records.ts';
import { createTally, isWhole, type Tally, tallyLines } from '../reconcile/tally.ts';
import { counted, grouped } from '../reconcile/voice.ts';
import type { StoreReader } from '../store/reader.ts';
import { type DeliveryOptions, type DeliverySetup, deliverySetup, minuteText, withRecords } from './delivery-setup.ts';

/**
 * `lector reconcile`: compares what was recorded here with what each centre of ours holds, and sends what it is
 * missing; also beside a running server. Resolves with 1 when something could not be compared or sent.
 */
export async function reconcile(options: DeliveryOptions): Promise<number> {
  const setup = await deliverySetup(options, ['clientRest']);
  return withRecords(setup, async (reader) => {
    let isAllWell = true;
    for (const destination of setup.destinations) {
      const isWell = await reconcileOne(setup, destination, reader, options.plan === true).catch((error: unknown) => {
        setup.voice.say(`${destination.id}: ${toFailure(error, 'EXPORT_FAILED').message}`);
        return false;
      });
      isAllWell = isAllWell && isWell;
    }
    return isAllWell ? 0 : 1;
  });
}

async function reconcileOne(
  setup: DeliverySetup,
  destination: Destination,
  reader: StoreReader,
  plan: boolean,
): Promise<boolean> {
  const { voice, offsetAt } = setup;
  const centre = await openCentre(setup.contextOf(destination));
  try {
    if (centre.version === null) {
      const rest = `lector backfill --exporter ${destination.config.target} sends it everything`;
      voice.say(`${destination.id} is no centre of Lector: it cannot say what it holds; ${rest}`);
      return false;
    }
    const analyzerIds = destination.analyzers.map(({ id }) => id);
    const from = firstRecord(reader, analyzerIds, setup.from ?? setup.start, setup.to);
    if (from === null) {
      voice.say(`${destination.id}: nothing is recorded here in that time`);
      return true;
    }
    voice.say(`${destination.id}: ${minuteText(from, offsetAt)} to ${minuteText(setup.to, offsetAt)}`);
    const { holdings, send, batchMax } = centre;
    const range = { source: reader, node: setup.installation.node.id, analyzerIds, from, to: setup.to, plan };
    const told = { clock: setup.clock, voice, dayText: (at: typeof from) => minuteText(at, offsetAt).slice(0, 10) };
    const sender = { holdings, send, batchMax };
    return await tallied(setup, { plan, knows: true }, (tally) => sendRecords({ ...range, ...told, ...sender }, tally));
  } finally {
    await centre.close();
  }
}

/** `knows`: the other end can say what it holds, so that what is sent is what it was missing. */
type How = { readonly plan: boolean; readonly knows: boolean };

/** Runs it, and says what came of it in any case. */
export async function tallied(
  { voice }: Pick<DeliverySetup, 'voice'>,
  { plan, knows }: How,
  run: (tally: Tally) => Promise<ReadonlyMap<AnalyzerId, Need>>,
): Promise<boolean> {
  const tally = createTally();
  try {
    for (const line of needLines(await run(tally), { plan, knows })) voice.say(line);
  } catch (error) {
    if (!plan) for (const line of tallyLines(tally)) voice.say(line);
    throw error;
  }
  if (!plan) for (const line of tallyLines(tally)) voice.say(line);
  return isWhole(tally);
}

/** One line for each analyzer that something is to be sent of, and what that is in all. */
function needLines(needs: ReadonlyMap<AnalyzerId, Need>, { plan, knows }: How): readonly string[] {
  const some = [...needs].filter(([, { missing }]) => missing > 0);
  const lines = some.map(
    ([id, { recorded, missing }]) =>
      `  analyzer ${id}: ${grouped(missing)} of ${counted(recorded, 'record')} ${knows ? 'missing there' : 'to send'}`,
  );
  const total = some.reduce((sum, [, { missing }]) => sum + missing, 0);
  if (total === 0) return [knows ? 'nothing is missing there' : 'nothing is to be sent'];
  return plan ? [...lines, `${counted(total, 'record')} would be sent; without --plan they are`] : lines;
}
