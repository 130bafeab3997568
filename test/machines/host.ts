import { type AnyActorLogic, type AnyEventObject, assign, createActor, createMachine, fromCallback } from 'xstate';
import { analyzerName, ROOT_NAME } from '../../machines/events.ts';
import type { SteppedClock } from '../support/stepped-clock.ts';

/** What was sent to an actor that only listens. */
export type Told = { readonly to: string; readonly event: AnyEventObject };

export type HostOptions = {
  readonly clock: SteppedClock;
  /** The actor under test, under its system name. */
  readonly name: string;
  readonly logic: AnyActorLogic;
  readonly input: unknown;
  /** Names of actors that only note what they are told. */
  readonly listeners: readonly string[];
};

/** A small world around one actor: others are there by name, and note what they hear. */
export function createHost({ clock, name, logic, input, listeners }: HostOptions) {
  const told: Told[] = [];
  const listener = (to: string) =>
    fromCallback(({ receive }) => {
      receive((event) => void told.push({ to, event }));
    });
  const machine = createMachine({
    entry: assign(({ spawn }) => {
      for (const each of listeners) spawn(listener(each), { id: each, systemId: each });
      spawn(logic, { id: name, systemId: name, input });
      return {};
    }),
    on: { '*': { actions: ({ event }) => void told.push({ to: ROOT_NAME, event }) } },
  });
  const root = createActor(machine, { systemId: ROOT_NAME, clock });
  root.start();
  const subject = root.system.get(name);
  return {
    told,
    subject,
    state: () => subject.getSnapshot().value as unknown,
    context: () => subject.getSnapshot().context,
    send: (event: AnyEventObject) => subject.send(event),
    /** Events of one type that a listener was told, oldest first, and forgotten then. */
    heard(to: string, type: string): AnyEventObject[] {
      const found = told.filter((each) => each.to === to && each.event.type === type);
      for (const each of found) told.splice(told.indexOf(each), 1);
      return found.map((each) => each.event);
    },
    stop: () => root.stop(),
  };
}

export const analyzerNames = (ids: readonly number[]): readonly string[] => ids.map(analyzerName);
