import type { ClientEvent, LectorClient, ListView } from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import { failing } from '../ctl/failure.ts';
import { type Names, NO_NAMES, namesOf } from './completion.ts';
import { type Console, slugOf } from './session.ts';

/** What the shell knows of the plant behind the server. */
export type Plant = {
  /** For the prompt: the node's name, or where it is, and whether it is there. */
  readonly name: string;
  readonly names: Names;
  /** What the server tells by itself arrives here. */
  readonly isFollowed: boolean;
  /** The server's clock, ms. */
  now(): number;
  learn(list: ListView): void;
  /**
   * Follows the server's states until `stop`, and says when it goes away and comes back. Resolves when it is known
   * whether it is there.
   */
  follow(client: LectorClient): Promise<void>;
  /** The server has just answered: where it was lost it is followed again at once. */
  heard(client: LectorClient): Promise<void>;
  stop(): void;
};

export function createPlant(place: string, console: Console): Plant {
  let names: Names = NO_NAMES;
  let name = slugOf(place) || place;
  let aheadMs = 0;
  /** null: not followed. */
  let isLost: boolean | null = null;
  let ending = new AbortController();

  const learn = (list: ListView) => {
    names = namesOf(list);
    name = slugOf(list.node.name) || name;
    aheadMs = Date.parse(list.node.now) - Date.now();
  };
  // what changed is known before it is said: saying it draws the prompt
  const onEvent = (event: ClientEvent) => {
    const wasLost = isLost;
    switch (event.event) {
      case 'snapshot':
        isLost = false;
        if (event.data.list !== null) learn(event.data.list);
        if (wasLost) console.notice('connected again');
        return;
      case 'installation':
        return learn(event.data);
      case 'disconnected':
        isLost = true;
        if (!wasLost) console.notice(`${safe(event.data.message)}; it is tried again`);
        return;
      case 'shutdown':
        console.notice(safe(event.data.words));
    }
  };
  const listen = async (client: LectorClient, signal: AbortSignal, onFirst: () => void) => {
    for await (const event of client.subscribe(['states'], { signal })) {
      onEvent(event);
      onFirst();
    }
  };
  const follow = (client: LectorClient): Promise<void> => {
    ending.abort();
    ending = new AbortController();
    return new Promise((resolve) => {
      listen(client, ending.signal, resolve).then(resolve, (error: unknown) => {
        console.notice(failing(error)?.text ?? String(error));
        resolve();
      });
    });
  };
  return {
    get name() {
      return isLost ? `${name} (not connected)` : name;
    },
    get names() {
      return names;
    },
    get isFollowed() {
      return isLost === false;
    },
    now: () => Date.now() + aheadMs,
    learn,
    follow,
    heard: async (client) => {
      if (isLost) await follow(client);
    },
    stop: () => ending.abort(),
  };
}
