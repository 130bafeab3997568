import type { ListView } from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import type { VirtualConfig } from '../../domain/virtual.ts';
import { type MissingTerm, type VirtualNow, virtualNow } from '../../protocol/virtual-view.ts';

/** A sum of analyzers with what it says now. */
export type VirtualView = VirtualConfig & VirtualNow;

/** Every sum of a plant, by the server's clock. */
export function virtualViews({ node, analyzers, virtuals = [] }: ListView): readonly VirtualView[] {
  if (virtuals.length === 0) return [];
  const byId = new Map(analyzers.map((each) => [each.id, each]));
  const now = Date.parse(node.now);
  return virtuals.map((virtual) => ({ ...virtual, ...virtualNow(virtual, byId, { now }) }));
}

const WHY: Readonly<Partial<Record<MissingTerm['why'], string>>> = {
  absent: 'is not there',
  unread: 'was not read yet',
  old: 'was last read too long ago',
};

/** `not known: analyzer 5 (Workshop) is failed`; null: nothing is missing. */
export function missingText({ missing }: Pick<VirtualNow, 'missing'>): string | null {
  if (missing.length === 0) return null;
  const each = missing.map(({ id, name, why }) => {
    const who = name === '' ? `analyzer ${id}` : `analyzer ${id} (${safe(name, 40)})`;
    return `${who} ${WHY[why] ?? `is ${why}`}`;
  });
  return `not known: ${each.join(', ')}`;
}

/** Why a sum that has a contract has no cost. */
export function costMissingText({ costMissing, tariff }: VirtualView): string | null {
  switch (costMissing) {
    case null:
      return null;
    case 'otherContract':
      return `not known: not all of its analyzers have the contract ${safe(tariff ?? '', 80)}`;
    case 'unknown':
      return 'not known of all of its analyzers';
  }
}
