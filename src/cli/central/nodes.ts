import { isoOf, nodeView } from '../../central/api/schemas.ts';
import type { NodeChange, NodeRow } from '../../central/ports.ts';
import type { NodeOptions, PlaceOptions } from './options.ts';
import { withCentre } from './place.ts';
import { counted, printDone, printRows, timeText } from './print.ts';
import { lectorWord, nodeWord, someOf } from './words.ts';

type Words = readonly string[];

/** `lector central node list` */
export function listNodes(options: PlaceOptions): Promise<number> {
  return withCentre(options, async ({ registry }) => {
    const nodes = await registry.nodes();
    printRows(options, {
      documents: nodes.map(nodeView),
      rows: nodes.map(rowOf),
      nothing: 'no node yet; a lector that delivers makes its own, or: lector central node add 4 --name School',
    });
    return 0;
  });
}

const rowOf = ({ id, name, location, timezone, lector, version, clockOffsetMs, seenAt, tokens }: NodeRow) => ({
  node: id,
  name,
  location,
  zone: timezone,
  lector: lector === null ? null : `${lector.host}:${lector.port}`,
  version,
  clock: clockOffsetMs === null ? null : `${clockOffsetMs >= 0 ? '+' : ''}${(clockOffsetMs / 1000).toFixed(1)} s`,
  heard: timeText(seenAt),
  tokens,
});

/** `lector central node add 4 --name School`; one that is there already is changed as the options say. */
export function addNode(options: NodeOptions, [id]: Words): Promise<number> {
  const node = nodeWord(id);
  const change = changeOf(options);
  return withCentre(options, async ({ registry }) => {
    const isThere = Object.keys(change).length > 0 && (await registry.node(node)) !== null;
    const row = isThere ? await registry.changeNode(node, change) : await registry.addNode(node, change);
    const advice = `its lector delivers with the token that "lector central node token ${node}" makes`;
    const zone = `its local times are those of ${row.timezone}`;
    const words = isThere ? `node ${node} was there, and is changed` : `node ${node} is there; ${zone}; ${advice}`;
    printDone(options, words, nodeView(row));
    return 0;
  });
}

/** `lector central node change 4 --lector 10.0.0.5:50007` */
export function changeNode(options: NodeOptions, [id]: Words): Promise<number> {
  const node = nodeWord(id);
  const change = someOf(changeOf(options), '--name, --location, --zone or --lector');
  return withCentre(options, async ({ registry }) => {
    const row = await registry.changeNode(node, change);
    // what an old lector delivers is kept under the instant that its stamp meant then
    const kept = change.timezone === undefined ? '' : '; what is stored already keeps its instants';
    printDone(options, `node ${node} is changed${kept}`, nodeView(row));
    return 0;
  });
}

function changeOf({ name, location, zone, lector }: NodeOptions): NodeChange {
  return {
    ...(name === undefined ? {} : { name }),
    ...(location === undefined ? {} : { location }),
    ...(zone === undefined ? {} : { timezone: zone }),
    ...(lector === undefined ? {} : { lector: lectorWord(lector) }),
  };
}

/** `lector central node remove 4` */
export function removeNode(options: NodeOptions, [id]: Words): Promise<number> {
  const node = nodeWord(id);
  return withCentre(options, async ({ registry }) => {
    await registry.removeNode(node, options.withRecords === true);
    const records = options.withRecords === true ? ' with its records' : '';
    printDone(options, `node ${node} is removed${records}`, { node, removed: true });
    return 0;
  });
}

/** `lector central node token 4`: prints the token alone on stdout, so that it can be written into a file. */
export function nodeToken(options: NodeOptions, [id]: Words): Promise<number> {
  const node = nodeWord(id);
  return withCentre(options, async ({ registry, clock }) => {
    const label = options.label ?? `made ${isoOf(clock.now())}`;
    const token = await registry.issueNodeToken(node, label);
    printDone(options, token, { node, token });
    if (options.json !== true) process.stderr.write(`${TOKEN_ADVICE}\n`);
    return 0;
  });
}

const TOKEN_ADVICE = `It is shown this once. On the machine of the lector, put it into a file that only its user
may read, and name that file within the <dataexport type="clientRest"> of its config.xml:
<token_file>centre.token</token_file>`;

/** `lector central node revoke 4` */
export function revokeNode(options: NodeOptions, [id]: Words): Promise<number> {
  const node = nodeWord(id);
  return withCentre(options, async ({ registry }) => {
    const revoked = await registry.revokeNodeTokens(node);
    printDone(options, `${counted(revoked, 'token')} of node ${node} revoked`, { node, revoked });
    return 0;
  });
}

/** `lector central node replace 4` */
export function replaceLector(options: NodeOptions, [id]: Words): Promise<number> {
  const node = nodeWord(id);
  return withCentre(options, async ({ registry }) => {
    await registry.replaceLector(node);
    printDone(options, `the next lector that says it is node ${node} feeds it from then on`, { node, replaced: true });
    return 0;
  });
}
