import { createMeters } from '../../central/cost/meters.ts';
import type { Meters } from '../../central/cost/ports.ts';
import { virtualView } from '../../central/cost/schemas.ts';
import { safe } from '../../domain/safe.ts';
import type { PlaceOptions } from './options.ts';
import { withCentre } from './place.ts';
import { printDone, printRows } from './print.ts';
import { analyzerWord, nodeWord } from './words.ts';

type Words = readonly string[];
type VirtualOptions = PlaceOptions & { readonly name?: string; readonly location?: string };

const withMeters = (options: PlaceOptions, use: (meters: Meters) => Promise<void>): Promise<number> =>
  withCentre(options, async ({ database }) => {
    await use(createMeters({ database }));
    return 0;
  });

/** `lector central virtual list [node]` */
export function listVirtuals(options: PlaceOptions, [id]: Words): Promise<number> {
  const node = id === undefined ? null : nodeWord(id);
  return withMeters(options, async (meters) => {
    const virtuals = await meters.virtuals(node);
    printRows(options, {
      documents: virtuals.map(virtualView),
      rows: virtuals.map(({ terms: _, id: virtual, of, origin, ...each }) => ({
        ...{ node: each.node, virtual, name: each.name, location: each.location, 'sum of': of },
        'told by': origin === 'site' ? 'its lector' : 'this centre',
      })),
      nothing: 'no virtual meters; lectors tell those of their config.xml, and lector central virtual add makes one',
    });
  });
}

/** `lector central virtual add 4 100 "1 - 5" --name Building` */
export function addVirtual(options: VirtualOptions, [nodeId, id, of = '']: Words): Promise<number> {
  const [node, virtual] = [nodeWord(nodeId), analyzerWord(id)];
  const { name = '', location = '' } = options;
  return withMeters(options, async (meters) => {
    const before = await meters.virtual(node, virtual);
    const row = await meters.putVirtual({ node, id: virtual, name, location, of });
    const done = before === null ? 'is there' : 'was there, and is replaced';
    printDone(options, `virtual meter ${virtual} of node ${node} (${safe(row.of)}) ${done}`, virtualView(row));
  });
}

/** `lector central virtual remove 4 100` */
export function removeVirtual(options: PlaceOptions, [nodeId, id]: Words): Promise<number> {
  const [node, virtual] = [nodeWord(nodeId), analyzerWord(id)];
  return withMeters(options, async (meters) => {
    await meters.removeVirtual(node, virtual);
    printDone(options, `virtual meter ${virtual} of node ${node} is removed`, { node, id: virtual, removed: true });
  });
}
