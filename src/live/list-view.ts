import { safe } from '../domain/safe.ts';
import type { ListView, NodeView } from '../protocol/views.ts';
import { analyzerView } from './analyzer-view.ts';
import { deliveryView } from './delivery-view.ts';
import { deviceView } from './device-view.ts';
import type { Scene } from './scene.ts';

export function nodeView({ o, ledger, iso }: Scene): NodeView {
  const { node, configFile } = ledger.plant.installation;
  return {
    ...{ id: node.id, name: node.name, location: node.location, timezone: node.timezone },
    version: o.version,
    now: iso(o.clock.now()),
    startedAt: iso(o.startedAt),
    configFile,
    state: o.root().state,
    troubles: o.troubles().map((text) => safe(text)),
  };
}

/** Everything, in the order of the file. */
export function listView(scene: Scene): ListView {
  const { analyzers, devices, deliveries } = scene.ledger;
  return {
    node: nodeView(scene),
    devices: [...devices.values()].map((track) => deviceView(scene, track)),
    analyzers: [...analyzers.values()].map((track) => analyzerView(scene, track)),
    deliveries: [...deliveries.values()].map((track) => deliveryView(scene, track)),
  };
}
