import { bytesText, type Framing, frameWords } from '../domain/frame-words.ts';
import type { DeviceConfig } from '../domain/installation.ts';
import type { LineFrame } from '../domain/transaction.ts';
import type { AnalyzerId, DeviceId, EpochMs, UnitId } from '../domain/units.ts';
import type { FrameView } from '../protocol/events.ts';
import type { IsoTime } from '../protocol/views.ts';
import type { Ledger } from './ledger.ts';

export type Frames = {
  saw(deviceId: DeviceId, frame: LineFrame): void;
  watch(deviceId: DeviceId, listener: (frame: FrameView) => void): () => void;
};

type Watch = {
  readonly listeners: Set<(frame: FrameView) => void>;
  /** The request that an answer may be to. */
  asked: { readonly at: EpochMs; readonly unit: UnitId | null } | null;
};

/** Puts the frames of a line into words while somebody looks, and costs nothing otherwise. */
export function createFrames(ledger: Ledger, iso: (at: EpochMs) => IsoTime): Frames {
  const watches = new Map<DeviceId, Watch>();

  const viewOf = (watch: Watch, deviceId: DeviceId, { direction, bytes, at }: LineFrame): FrameView => {
    const framing = framingOf(ledger, deviceId);
    const { words, unit } = frameWords({ direction, bytes }, framing);
    const { asked } = watch;
    if (direction === 'request') watch.asked = { at, unit };
    const isAnswer = direction === 'answer' && asked !== null && asked.unit === unit;
    if (isAnswer) watch.asked = null;
    return {
      ...{ device: deviceId, at: iso(at), direction, bytes: bytesText(bytes, framing), words },
      analyzer: analyzerOf(ledger, deviceId, unit ?? (direction === 'junk' ? null : (asked?.unit ?? null))),
      tookMs: isAnswer ? Math.max(0, at - asked.at) : null,
    };
  };
  return {
    saw(deviceId, frame) {
      const watch = watches.get(deviceId);
      if (watch === undefined) return;
      const view = viewOf(watch, deviceId, frame);
      for (const listener of watch.listeners) {
        try {
          listener(view);
        } catch {
          // whoever looks must never hurt what it looks at
          watch.listeners.delete(listener);
        }
      }
    },
    watch(deviceId, listener) {
      const watch = watches.get(deviceId) ?? { listeners: new Set(), asked: null };
      watches.set(deviceId, watch);
      const own = (frame: FrameView) => listener(frame);
      watch.listeners.add(own);
      return () => {
        watch.listeners.delete(own);
        if (watch.listeners.size === 0 && watches.get(deviceId) === watch) watches.delete(deviceId);
      };
    },
  };
}

function framingOf({ devices, analyzers }: Ledger, deviceId: DeviceId): Framing {
  const device = devices.get(deviceId);
  if (device === undefined) return 'rtu';
  if (isTcp(device.config)) return 'tcp';
  return analyzers.get(device.analyzerIds[0] ?? Number.NaN)?.profile.protocol === 'cvm' ? 'cvm' : 'rtu';
}

function isTcp({ endpoint }: DeviceConfig): boolean {
  return endpoint.type === 'tcp' || (endpoint.type === 'simulated' && endpoint.protocol === 'tcp');
}

function analyzerOf({ devices, analyzers }: Ledger, deviceId: DeviceId, unit: UnitId | null): AnalyzerId | null {
  const ids = devices.get(deviceId)?.analyzerIds ?? [];
  return ids.find((id) => analyzers.get(id)?.config.address === unit) ?? null;
}
