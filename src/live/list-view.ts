import { safe } from '../domain/safe.ts';
import type { ListView, NodeView } from '../protocol/views.ts';
import { analyzerView } from './analyzer-view.ts';
import { deliveryView } from './delivery-view.ts';
import { deviceView } from './device-view.ts';
import type { WatchedScene } from './scene.ts';

/** More alarms at once are counted by nobody: ALARMS has them all. */
const ALARMS_MAX = 100;

export function nodeView({ o, ledger, iso, raised }: WatchedScene): NodeView {
  const { node, configFile } = ledger.plant.installation;
  const alarms = raised().slice(0, ALARMS_MAX);
  return {
    ...{ id: node.id, name: node.name, location: node.location, timezone: node.timezone },
    version: o.version,
    now: iso(o.clock.now()),
    startedAt: iso(o.startedAt),
    configFile,
    state: o.root().state,
    troubles: o.troubles().map((text) => safe(text)),
    ...(alarms.length > 0 && { alarms: alarms.map(({ view }) => view) }),
  };
}

/** Everything, in the order of the file. */
export function listView(scene: WatchedScene): ListView {
  const { analyzers, devices, deliveries, plant } = scene.ledger;
  const { virtuals = [] } = plant.installation;
  return {
    node: nodeView(scene),
    devices: [...devices.values()].map((track) => deviceView(scene, track)),
    analyzers: [...analyzers.values()].map((track) => analyzerView(scene, track)),
    deliveries: [...deliveries.values()].map((track) => deliveryView(scene, track)),
    ...(virtuals.length > 0 && { virtuals }),
  };
}
