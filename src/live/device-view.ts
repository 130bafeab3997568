import type { Endpoint } from '../domain/installation.ts';
import { safe } from '../domain/safe.ts';
import { LINE_EVENTS, type LineEventKind, type Transaction } from '../domain/transaction.ts';
import type { EpochMs } from '../domain/units.ts';
import type { LineView } from '../protocol/answers.ts';
import type { DeviceState, DeviceView } from '../protocol/views.ts';
import { analyzerState } from './analyzer-view.ts';
import type { DeviceTrack } from './ledger.ts';
import { analyzersOf, deviceContext, errorView, isHeld, isoOrNull, type Scene } from './scene.ts';

/** `/dev/ttyUSB0 19200 8E1`, `192.168.1.20:502`, `simulated rtu 19200`. */
export function describe(endpoint: Endpoint): string {
  switch (endpoint.type) {
    case 'serial':
      return `${endpoint.port} ${endpoint.baud} ${endpoint.bits}${endpoint.parity}${endpoint.stop}`;
    case 'tcp':
    case 'rtu-tcp':
      return `${endpoint.host}:${endpoint.port}`;
    case 'simulated':
      return endpoint.protocol === 'tcp' ? 'simulated tcp' : `simulated ${endpoint.protocol} ${endpoint.baud}`;
  }
}

const STATES: Readonly<Record<string, DeviceState>> = {
  resting: 'resting',
  opening: 'opening',
  open: 'open',
  reopening: 'reopening',
  withdrawing: 'closing',
  closing: 'closing',
  closed: 'closed',
};

/** The state of a device; `paused`: its port is closed because whoever is on it was paused. */
export function deviceState(scene: Scene, track: DeviceTrack): DeviceState {
  if (!track.config.enabled) return 'disabled';
  if (isHeld(scene, track) !== null) return 'held';
  const actor = scene.o.actor(track.name);
  if (actor === null) return scene.o.root().state === 'stopped' ? 'closed' : 'resting';
  const { value } = actor;
  const name = typeof value === 'string' ? value : (Object.keys((value ?? {}) as object)[0] ?? '');
  const state = STATES[name] ?? 'resting';
  return state === 'resting' && isPausedLine(scene, track) ? 'paused' : state;
}

/** Whoever is on it was paused or stopped, and one of them paused. */
export function isPausedLine(scene: Scene, track: DeviceTrack): boolean {
  const states = analyzersOf(scene, track).map((each) => analyzerState(scene, each));
  return states.includes('paused') && states.every((state) => state === 'paused' || state === 'stopped');
}

export function deviceView(scene: Scene, track: DeviceTrack): DeviceView {
  const { config } = track;
  const state = deviceState(scene, track);
  const isDown = state === 'reopening' || state === 'opening';
  const cause = isDown ? (deviceContext(scene, track)?.cause ?? null) : isHeld(scene, track);
  return {
    id: config.id,
    type: config.endpoint.type,
    description: safe(describe(config.endpoint)),
    enabled: config.enabled,
    state,
    since: isoOrNull(scene.iso, sinceOf(scene, track, state)),
    error: errorView(cause),
    analyzers: track.analyzerIds,
  };
}

function sinceOf({ ledger }: Scene, track: DeviceTrack, state: DeviceState): EpochMs | null {
  if (state === 'disabled') return null;
  return state === 'held' ? (ledger.heldAt.get(track.name) ?? null) : track.since;
}

/** A device with what its line did lately. */
export function lineView(scene: Scene, track: DeviceTrack): LineView {
  const { config } = track;
  const use = scene.o.lines.of(config.id);
  const desk = deviceContext(scene, track)?.desk ?? null;
  const { asking } = use;
  return {
    ...deviceView(scene, track),
    utilisation: use.utilisation,
    planned: config.enabled ? scene.o.planned(config.id) : null,
    transactions: { total: use.total, perSecond: use.perSecond },
    errors: sumOf(Object.values(desk?.counts ?? {})),
    asking:
      asking === null || desk?.current == null
        ? null
        : { analyzer: desk.current.analyzerId, what: askWords(asking.ask.transaction), ms: Math.round(asking.ms) },
    waiting: desk?.queue.waiting.length ?? 0,
  };
}

type Counts = Readonly<Partial<Record<LineEventKind, number>>>;

function sumOf(all: readonly Counts[]): Counts {
  const sums: Partial<Record<LineEventKind, number>> = {};
  for (const kind of LINE_EVENTS) {
    const sum = all.reduce((total, counts) => total + (counts[kind] ?? 0), 0);
    if (sum > 0) sums[kind] = sum;
  }
  return sums;
}

/** `4000..4005 (6 registers) of unit 1`. */
export function askWords(transaction: Transaction): string {
  const { unit } = transaction;
  switch (transaction.kind) {
    case 'registers': {
      const { address, count } = transaction;
      const range = count === 1 ? `${address} (1 register)` : `${address}..${address + count - 1} (${count} registers)`;
      return `${range} of unit ${unit}`;
    }
    case 'serverId':
    case 'deviceId':
      return `what unit ${unit} is`;
    case 'cvm':
      return `${transaction.command} of unit ${unit}`;
  }
}
