import { STANDARD_CODES } from '../../../../drivers/profiles/codes.ts';
import { QUANTITY_FACTS } from '../../../../drivers/profiles/quantities.ts';
import type { OffsetAt } from '../../../domain/grid.ts';
import type { Aggregate } from '../../../domain/profile.ts';
import { createShortMemory } from '../../registry/short-memory.ts';
import { createZones } from '../../zones.ts';
import type { CentreDeps } from '../app-types.ts';

/** What an old lector's reading is read with. */
export type OldPlace = {
  readonly model: string;
  readonly offsetAt: OffsetAt;
  aggregateOf(code: string): Aggregate;
};

export type OldPlaces = {
  /** What is remembered; null: it must be found. */
  known(node: number, analyzer: number): OldPlace | null;
  /** null: there is no such analyzer. */
  find(node: number, analyzer: number): Promise<OldPlace | null>;
  /** It may have been removed: looked up anew the next time. */
  forget(node: number, analyzer: number): void;
};

/** Analyzers as the registry has them, remembered for some seconds: each reading is a call of its own. */
export function createOldPlaces({ registry, clock, zoneOffset }: CentreDeps): OldPlaces {
  const memory = createShortMemory<string, OldPlace>(clock);
  const zoneOf = createZones(zoneOffset);
  const read = async (node: number, analyzer: number): Promise<OldPlace | null> => {
    const [nodeRow, row] = await Promise.all([registry.node(node), registry.analyzer(node, analyzer)]);
    if (nodeRow === null || row === null) return null;
    const aggregates = new Map(row.variables.map(({ code, aggregate }) => [code, aggregate]));
    const aggregateOf = (code: string) => aggregates.get(code) ?? usualAggregate(code);
    const place = { model: row.model, offsetAt: zoneOf(nodeRow.timezone), aggregateOf };
    memory.set(`${node}-${analyzer}`, place);
    return place;
  };
  return {
    known: (node, analyzer) => memory.get(`${node}-${analyzer}`) ?? null,
    find: async (node, analyzer) => memory.get(`${node}-${analyzer}`) ?? (await read(node, analyzer)),
    forget: (node, analyzer) => memory.delete(`${node}-${analyzer}`),
  };
}

/** Of a code that its model does not tell: what it is on every meter. A mean of a counter would be no energy. */
const usualAggregate = (code: string): Aggregate => USUAL.get(code) ?? 'mean';

const USUAL: ReadonlyMap<string, Aggregate> = new Map(
  Object.entries(STANDARD_CODES).map(([code, { aggregate, quantity }]) => [
    code,
    aggregate ?? QUANTITY_FACTS[quantity].aggregate,
  ]),
);
