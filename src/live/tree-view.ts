import { ROOT_NAME } from '../../machines/events.ts';
import { HELD_RETRY_MS, RESTART_WINDOW_MS, RESTARTS_MAX } from '../domain/restart.ts';
import { epochMs } from '../domain/units.ts';
import type { TreeNode } from '../protocol/answers.ts';
import { analyzerState } from './analyzer-view.ts';
import { deliverySince, deliveryState } from './delivery-view.ts';
import { deviceState } from './device-view.ts';
import type { AnalyzerTrack, DeliveryTrack, DeviceTrack } from './ledger.ts';
import { aheadOrNull, analyzersOf, errorView, isHeld, isoOrNull, labelOf, placeLabel, type Scene } from './scene.ts';

/** The supervisor and all that it supervises: analyzers under their device, deliveries last. */
export function treeView(scene: Scene): TreeNode {
  const { ledger, o, iso } = scene;
  const { node } = ledger.plant.installation;
  const children = [
    ...[...ledger.devices.values()].map((track) => deviceNode(scene, track)),
    ...[...ledger.deliveries.values()].map((track) => deliveryNode(scene, track)),
  ];
  return {
    ...{ name: ROOT_NAME, kind: 'root', label: node.name, state: o.root().state, since: iso(o.startedAt) },
    // it has no budget of its own: those that it did for all others
    restarts: { used: restartsIn(children), max: 0 },
    held: null,
    children,
  };
}

const restartsIn = (nodes: readonly TreeNode[]): number =>
  nodes.reduce((sum, { restarts, children }) => sum + restarts.used + restartsIn(children), 0);

function deviceNode(scene: Scene, track: DeviceTrack): TreeNode {
  const children = analyzersOf(scene, track).map((each) => analyzerNode(scene, each));
  return { ...supervised(scene, track), label: placeLabel(scene, track), state: deviceState(scene, track), children };
}

function analyzerNode(scene: Scene, track: AnalyzerTrack): TreeNode {
  return {
    ...supervised(scene, track),
    label: labelOf(scene, track),
    state: analyzerState(scene, track),
    children: [],
  };
}

function deliveryNode(scene: Scene, track: DeliveryTrack): TreeNode {
  const state = deliveryState(scene, track);
  const since = isoOrNull(scene.iso, deliverySince(scene, track, state));
  return { ...supervised(scene, track), label: track.config.id, state, since, children: [] };
}

type Track = AnalyzerTrack | DeviceTrack | DeliveryTrack;

function supervised(
  scene: Scene,
  { name, kind, since }: Track,
): Pick<TreeNode, 'name' | 'kind' | 'since' | 'restarts' | 'held'> {
  const { o, ledger, iso } = scene;
  const cause = errorView(isHeld(scene, { name }));
  const heldAt = ledger.heldAt.get(name) ?? null;
  const counted = o.clock.mono() - RESTART_WINDOW_MS;
  const used = (o.root().restarts[name] ?? []).filter((at) => at > counted).length;
  return {
    ...{ name, kind },
    since: isoOrNull(iso, cause === null ? since : heldAt),
    // the crash that held it went beyond the budget
    restarts: { used: Math.min(used, RESTARTS_MAX), max: RESTARTS_MAX },
    held: cause && { cause, nextTry: aheadOrNull(scene, heldAt === null ? null : epochMs(heldAt + HELD_RETRY_MS)) },
  };
}
