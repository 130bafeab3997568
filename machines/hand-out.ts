import type { Due } from '../src/domain/schedule.ts';
import { type AnySystem, analyzerName, type Sender, tell } from './events.ts';
import type { RootNews, TimeNews, WindowOf } from './root-setup.ts';

/** Gives what is due to whom it is due for; a window of an analyzer that is not there is recorded all the same. */
export function handOut(enqueue: Sender, system: AnySystem, due: Due): void {
  switch (due.kind) {
    case 'reading': {
      const { analyzerId, kind: _, at: __, ...read } = due;
      tell(enqueue, system, analyzerName(analyzerId), { type: 'READ', due: read });
      return;
    }
    case 'recording': {
      const { analyzerId, window } = due;
      const told = tell(enqueue, system, analyzerName(analyzerId), { type: 'RECORD', window });
      if (!told) say(enqueue, 'recordHeld', { analyzerId, window });
      return;
    }
    case 'gap':
    case 'clockBack':
      say(enqueue, 'noteTime', due);
  }
}

/** Runs a slot of this setup from inside one of its actions, which XState's types do not know of yet. */
export function say(enqueue: Sender, type: 'announce', params: RootNews): void;
export function say(enqueue: Sender, type: 'noteTime', params: TimeNews): void;
export function say(enqueue: Sender, type: 'recordHeld', params: WindowOf): void;
export function say(enqueue: Sender, type: string, params: unknown): void {
  (enqueue as unknown as (action: { type: string; params: unknown }) => void)({ type, params });
}
