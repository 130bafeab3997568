import type { CentralRecord } from '../ports.ts';

type Identity = Pick<CentralRecord, 'node' | 'analyzer' | 'end' | 'generation'>;

/** What a record is known by, as a key. */
export const keyOf = ({ node, analyzer, end, generation }: Identity): string =>
  `${node}/${analyzer}/${end}/${generation}`;

/** One order for all processes: two that store the same records wait for each other, and never in a circle. */
export function byIdentity(a: Identity, b: Identity): number {
  return a.node - b.node || a.analyzer - b.analyzer || a.end - b.end || a.generation - b.generation;
}
