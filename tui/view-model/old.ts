import { isStale } from '../../src/protocol/virtual-view.ts';
import type { SeenAnalyzer } from '../state/plant.ts';

/** Its values are not those of now, whatever its state says; `serverNow`: ms. False where there are none. */
export const isOld = ({ readAt, readingMs }: Pick<SeenAnalyzer, 'readAt' | 'readingMs'>, serverNow: number): boolean =>
  readAt !== null && isStale(serverNow - readAt, readingMs);
