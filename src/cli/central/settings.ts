import { isNet } from '../../central/api/addresses.ts';
import { applyRetention } from '../../central/schema/retention.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { AdminTokenOptions, AllowOptions, PlaceOptions } from './options.ts';
import { withCentre } from './place.ts';
import { counted, printDone, printRows } from './print.ts';
import { whole } from './words.ts';

type Words = readonly string[];

const DAYS_MAX = 36_500;

/** `lector central allow list` */
export function listAllowed(options: PlaceOptions): Promise<number> {
  return withCentre(options, async ({ registry }) => {
    const allowed = await registry.allowed();
    printRows(options, {
      documents: allowed,
      rows: allowed.map(({ cidr, node }) => ({ from: cidr, 'for node': node === null ? 'any' : String(node) })),
      nothing: 'nobody delivers without a token',
    });
    return 0;
  });
}

/** `lector central allow add 10.0.0.0/24 --node 4` */
export function addAllowed(options: AllowOptions, [cidr = '']: Words): Promise<number> {
  if (!isNet(cidr)) {
    throw new LectorError('USAGE', `expected an address or a net such as 10.0.0.0/24, saw "${safe(cidr, 60)}"`);
  }
  const node = options.node ?? null;
  return withCentre(options, async ({ registry }) => {
    await registry.allow(cidr, node);
    const whose = node === null ? 'any node' : `node ${node}`;
    printDone(options, `${cidr} may deliver for ${whose} without a token`, { cidr, node });
    return 0;
  });
}

/** `lector central allow remove 10.0.0.0/24` */
export function removeAllowed(options: PlaceOptions, [cidr = '']: Words): Promise<number> {
  return withCentre(options, async ({ registry }) => {
    if (!(await registry.disallow(cidr))) {
      const words = `"${safe(cidr, 60)}" is not among those allowed; "lector central allow list" says which are`;
      throw new LectorError('CENTRE_REFUSED', words);
    }
    printDone(options, `${safe(cidr)} delivers with a token only`, { cidr, removed: true });
    return 0;
  });
}

/** `lector central retention [DAYS|forever]`: says or changes how long records are kept; removes what is older. */
export function retention(options: PlaceOptions, [word]: Words): Promise<number> {
  const days = word === undefined || word === 'forever' ? null : whole(word, 'days, or forever', 1, DAYS_MAX);
  return withCentre(options, async ({ registry, database, clock }) => {
    if (word !== undefined) await registry.setRetention(days);
    const now = await registry.retentionDays();
    const removed = word === undefined ? null : await applyRetention(database, clock.now());
    const words = now === null ? 'records are kept for ever' : `records are kept for ${counted(now, 'day')}`;
    const gone = removed === null || removed.partitions + removed.records === 0 ? '' : removedWords(removed);
    printDone(options, `${words}${gone}`, { days: now, removed });
    return 0;
  });
}

const removedWords = ({ partitions, records }: { partitions: number; records: number }): string =>
  `; removed ${counted(partitions, 'whole month')} and ${counted(records, 'record')}`;

/** `lector central admin-token [--revoke]`: prints a new token; or revokes all. */
export function adminToken(options: AdminTokenOptions): Promise<number> {
  return withCentre(options, async ({ registry, clock }) => {
    if (options.revoke === true) {
      const revoked = await registry.revokeAdminTokens();
      printDone(options, `${counted(revoked, 'admin token')} revoked`, { revoked });
      return 0;
    }
    const label = options.label ?? `made ${new Date(clock.now()).toISOString()}`;
    const token = await registry.issueAdminToken(label);
    printDone(options, token, { token });
    if (options.json !== true) process.stderr.write(`${ADVICE}\n`);
    return 0;
  });
}

const ADVICE = `It is shown this once. Whoever has it may read and change everything over the API of the centre:
curl -H "Authorization: Bearer TOKEN" http://127.0.0.1:50080/api/v1/nodes`;
