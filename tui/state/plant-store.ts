import type { ClientEvent } from '../../src/client/types.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { ReadingEvent } from '../../src/protocol/events.ts';
import { applied, withReadings } from './apply.ts';
import { emptyPlant, type PlantState } from './plant.ts';

/** What is known of the plant, as it comes. */
export type PlantStore = {
  /** As it is now; another object after each change. */
  now(): PlantState;
  event(event: ClientEvent): void;
  learn(change: (plant: PlantState) => PlantState): void;
};

export function createPlantStore(clock: Clock): PlantStore {
  let plant = emptyPlant(clock.now());
  /** Readings that nobody looked at yet: most of all that comes, taken together when somebody does. */
  let unread: ReadingEvent[] = [];
  const now = (): PlantState => {
    plant = withReadings(plant, unread);
    unread = [];
    return plant;
  };
  return {
    now,
    event(event) {
      if (event.event === 'reading') unread.push(event.data);
      else plant = applied(now(), event, clock.now());
    },
    learn(change) {
      plant = change(now());
    },
  };
}
