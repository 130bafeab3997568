import { eventView } from '../../central/cost/event-schemas.ts';
import { createMeters } from '../../central/cost/meters.ts';
import type { EventRow } from '../../central/cost/ports.ts';
import { noNode } from '../../central/registry/nodes.ts';
import { eventWords } from '../../domain/cost-event.ts';
import type { OffsetAt } from '../../domain/grid.ts';
import { zoneOffset } from '../../zone.ts';
import { type EventWords, eventKind, eventOf } from '../event-words.ts';
import type { PlaceOptions } from './options.ts';
import { type Opened, withCentre } from './place.ts';
import { printDone, printRows } from './print.ts';
import { analyzerWord, nodeWord, whole } from './words.ts';

type Words = readonly string[];
type EventOptions = PlaceOptions & EventWords;

const ID_MAX = 2_147_483_647;

/** `lector central event list [node]` */
export function listEvents(options: PlaceOptions, [id]: Words): Promise<number> {
  const node = id === undefined ? null : nodeWord(id);
  return withCentre(options, async ({ database, registry }) => {
    const [events, nodes] = await Promise.all([createMeters({ database }).events(node), registry.nodes()]);
    const clocks = new Map(nodes.map((each) => [each.id, zoneOffset(each.timezone)]));
    printRows(options, {
      documents: events.map(eventView),
      rows: events.map((row) => ({
        ...{ node: row.node, id: row.event.id, analyzer: row.event.analyzerId },
        'entered at': row.origin === 'site' ? 'the site' : 'this centre',
        event: eventWords(row.event, clocks.get(row.node) ?? (() => 0)),
      })),
      nothing: 'no events; lectors tell those of lector event, and lector central event add enters one',
    });
    return 0;
  });
}

/** `lector central event add exchange 4 1 --at "2026-03-02 10:30" --old 10342.5 --new 0` */
export function addEvent(options: EventOptions, [word = '', nodeId, id]: Words): Promise<number> {
  const kind = eventKind(word);
  const [node, analyzer] = [nodeWord(nodeId), analyzerWord(id)];
  return withCentre(options, async (opened) => {
    const offsetAt = await clockOf(opened, node);
    const asked = { kind, analyzerId: analyzer, options, counter: options.counter ?? null };
    const event = eventOf({ ...asked, offsetAt, now: opened.clock.now() });
    const row = await createMeters(opened).addEvent(node, event);
    printDone(options, sentence(row, offsetAt), eventView(row));
    return 0;
  });
}

/** `lector central event remove 4 1` */
export function removeEvent(options: PlaceOptions, [nodeId, word]: Words): Promise<number> {
  const [node, id] = [nodeWord(nodeId), whole(word, 'the number of an event', 1, ID_MAX)];
  return withCentre(options, async (opened) => {
    const offsetAt = await clockOf(opened, node);
    const row = await createMeters(opened).removeEvent(node, id);
    printDone(options, `removed: ${sentence(row, offsetAt)}`, { ...eventView(row), removed: true });
    return 0;
  });
}

const sentence = ({ node, event }: EventRow, offsetAt: OffsetAt): string =>
  `event ${event.id} of node ${node}, analyzer ${event.analyzerId}: ${eventWords(event, offsetAt)}`;

/** People write times by the clocks of the site. */
async function clockOf({ registry }: Opened, node: number): Promise<OffsetAt> {
  const row = await registry.node(node);
  if (row === null) throw noNode(node);
  return zoneOffset(row.timezone);
}
