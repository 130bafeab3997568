import { safe } from '../domain/safe.ts';
import type { ParkedRecord } from '../domain/store-port.ts';
import type { ParkedRecordView, ParkedView } from '../protocol/answers.ts';
import type { Answered, Operator } from '../protocol/operator.ts';
import { isEnding } from './commands.ts';
import { owedOf } from './delivery-view.ts';
import type { DeliveryTrack } from './ledger.ts';
import { ok, refused, SHUTTING_DOWN, thereAre } from './refusals.ts';
import { isHeld, type Scene } from './scene.ts';

/** Records that are listed of one destination. */
const LISTED_MAX = 1000;

/** What people see and do about records that are refused. */
export function createDeliveryCommands(scene: Scene): Pick<Operator, 'parked' | 'retry'> {
  const { ledger, o } = scene;
  return {
    parked(asked) {
      if (asked === null)
        return ok({ deliveries: [...ledger.deliveries.values()].map((track) => viewOf(scene, track)) });
      const found = findDelivery(scene, asked);
      return found.ok ? ok({ deliveries: [viewOf(scene, found.data)] }) : found;
    },
    async retry(asked) {
      if (isEnding(scene)) return SHUTTING_DOWN;
      const found = findDelivery(scene, asked);
      if (!found.ok) return found;
      const { name, config } = found.data;
      const owedAgain = await o.store.outbox.unpark(config.id);
      if (isHeld(scene, found.data) !== null) o.send({ type: 'UNHOLD', systemId: name });
      o.retry(name, config.id);
      const records = `${owedAgain} ${owedAgain === 1 ? 'record' : 'records'} that it refused`;
      const again = owedAgain === 0 ? '' : `; ${records} ${owedAgain === 1 ? 'is' : 'are'} owed again`;
      const words = `${safe(config.id)} is tried now${again}`;
      return ok({ analyzers: [...config.analyzerIds], words, exporter: config.id, owedAgain });
    },
  };
}

function viewOf(scene: Scene, { config }: DeliveryTrack): ParkedView['deliveries'][number] {
  const { parked } = owedOf(scene, config.id);
  const records = parked === 0 ? [] : scene.o.store.outbox.parked(config.id, LISTED_MAX);
  return { exporter: config.id, parked, records: records.map((record) => recordView(scene, record)) };
}

const recordView = ({ iso }: Scene, { analyzerId, end, reason }: ParkedRecord): ParkedRecordView => ({
  analyzer: analyzerId,
  end: iso(end),
  reason: safe(reason),
});

/** By its id, else its type, else any part of its id that no other has; capitals do not count. */
function findDelivery({ ledger }: Scene, asked: string): Answered<DeliveryTrack> {
  const all = [...ledger.deliveries.values()];
  const text = asked.trim().toLowerCase();
  const tests: readonly ((track: DeliveryTrack) => boolean)[] = [
    ({ config }) => config.id.toLowerCase() === text,
    ({ config }) => config.type.toLowerCase() === text,
    ({ config }) => text !== '' && config.id.toLowerCase().includes(text),
  ];
  for (const test of tests) {
    const [first, ...more] = all.filter(test);
    if (first === undefined) continue;
    if (more.length === 0) return ok(first);
    const ids = [first, ...more].map(({ config }) => safe(config.id)).join(', ');
    return refused(
      'BAD_ARGUMENT',
      `several exporters match "${safe(asked, 40)}": ${ids}`,
      'name one by more of its id',
    );
  }
  const ids = all.map(({ config }) => safe(config.id));
  return refused('NO_SUCH_EXPORTER', `no exporter "${safe(asked, 40)}"; ${thereAre(ids)}`);
}
