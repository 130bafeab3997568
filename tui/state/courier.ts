import type { LectorClient } from '../../src/client/types.ts';
import { toFailure } from '../../src/domain/errors.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { type Asked, askAbout } from './ask.ts';
import { withEntry } from './plant.ts';
import type { ScreenStore } from './screen-store.ts';

/** How often what is not pushed is asked for, while it is in sight. */
const ASK_EVERY_MS = 1_000;
/** After a subscription that failed for good, before the next one. */
const AGAIN_MS = 2_000;

export type Courier = { start(): void; stop(): void };

/** Brings the screen what its client says: the subscription, what each screen asks for, frames while they are seen. */
export function createCourier(o: {
  readonly client: LectorClient;
  readonly store: ScreenStore;
  readonly clock: Clock;
}): Courier {
  const { client, store, clock } = o;
  const ended = new AbortController();
  const asked: Asked = { open: null, under: new Set() };
  let timer: unknown = null;
  let bus: { readonly device: number; readonly stop: AbortController } | null = null;

  async function follow(what: readonly string[], signal: AbortSignal): Promise<void> {
    for await (const event of client.subscribe(what, { signal })) {
      if (signal.aborted) return;
      store.event(event);
      if (event.event === 'snapshot' && event.data.list !== null) void arrive();
      if (event.event === 'installation') void learnVariables();
    }
  }

  async function subscribe(): Promise<void> {
    while (!ended.signal.aborted) {
      const reason = await follow(['all'], ended.signal).then(
        () => null,
        (error: unknown) => toFailure(error).message,
      );
      if (ended.signal.aborted) return;
      store.event({ event: 'disconnected', data: { message: reason ?? '' } });
      await new Promise<void>((resolve) => clock.setTimeout(() => resolve(), AGAIN_MS));
    }
  }

  async function arrive(): Promise<void> {
    const version = await client.version().catch(() => null);
    if (version) store.learn((plant) => ({ ...plant, mayCommand: version.access === 'full' }));
    await learnVariables();
  }

  /** What the values of each profile are: asked once for all analyzers that have it. */
  async function learnVariables(): Promise<void> {
    for (const { id, profile } of store.plant().analyzers.values()) {
      if (store.plant().variables.has(profile)) continue;
      const defs = await client.defs(id).catch(() => null);
      if (!defs) continue;
      store.learn((plant) => ({ ...plant, variables: withEntry(plant.variables, profile, defs.variables) }));
    }
  }

  function watchFrames(): void {
    const { screen, bus: wanted } = store.ui();
    const device = screen === 'bus' ? wanted : null;
    if (device === (bus?.device ?? null)) return;
    bus?.stop.abort();
    bus = null;
    if (device === null) return;
    const stop = new AbortController();
    bus = { device, stop };
    follow([`frames:${device}`], stop.signal).catch(() => {
      // said by the subscription that is there always
      if (bus?.stop === stop) bus = null;
    });
  }

  function tick(): void {
    timer = clock.setTimeout(tick, ASK_EVERY_MS);
    watchFrames();
    if (store.plant().link.kind === 'live') askAbout(client, store, asked);
  }

  return {
    start() {
      void subscribe();
      tick();
    },
    stop() {
      ended.abort();
      bus?.stop.abort();
      clock.clearTimeout(timer);
    },
  };
}
