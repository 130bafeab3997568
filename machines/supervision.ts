import type { AnyEventObject } from 'xstate';
import type { Failure } from '../src/domain/errors.ts';
import { toFailure } from '../src/domain/errors.ts';
import { isModeCommand, type Mode, modeAfter } from '../src/domain/mode.ts';
import type { AnalyzerId, MonoMs } from '../src/domain/units.ts';
import type { AnalyzerInput } from './analyzer-setup.ts';
import type { DeliveryInput } from './delivery.ts';
import type { DeviceInput } from './device-setup.ts';
import {
  type AnalyzerCommand,
  type AnySystem,
  analyzerName,
  deliveryName,
  deviceName,
  type Sender,
  tell,
} from './events.ts';

/** A child of the root and what it is started with, first and again. */
export type Child =
  | { readonly kind: 'device'; readonly input: DeviceInput }
  | { readonly kind: 'analyzer'; readonly input: AnalyzerInput }
  | { readonly kind: 'delivery'; readonly input: DeliveryInput };

export type Children = Readonly<Record<string, Child>>;

/** What the root knows of how its children fared. */
export type Supervision = {
  readonly children: Children;
  /** Crashes of each child that still count against its budget. */
  readonly restarts: Readonly<Record<string, readonly MonoMs[]>>;
  /** Children that crashed too often, with the last cause: tried again every ten minutes and by hand. */
  readonly held: Readonly<Record<string, Failure>>;
};

export function childName(child: Child): string {
  switch (child.kind) {
    case 'device':
      return deviceName(child.input.deviceId);
    case 'analyzer':
      return analyzerName(child.input.spec.analyzerId);
    case 'delivery':
      return deliveryName(child.input.exporterId);
  }
}

const CRASHED = 'xstate.error.actor.';

/** Whose crash an event of XState tells, and why it crashed. */
export function crashOf(event: AnyEventObject): { readonly name: string; readonly failure: Failure } {
  const failure = toFailure((event as AnyEventObject & { readonly error?: unknown }).error);
  return { name: event.type.slice(CRASHED.length), failure };
}

/**
 * Frees those who waited for a child that crashed: a device's analyzers see their line go down, so that none waits for
 * an answer that cannot come; what an analyzer had waiting is taken off the line.
 */
export function freeOthers(enqueue: Sender, system: AnySystem, child: Child, failure: Failure): void {
  if (child.kind === 'device') {
    const cause: Failure = { ...failure, code: 'LINE_CLOSED' };
    for (const id of child.input.analyzers) tell(enqueue, system, analyzerName(id), { type: 'LINE', up: false, cause });
  } else leaveLine(enqueue, system, child);
}

/** What an analyzer that is gone had waiting is taken off its line. */
export function leaveLine(enqueue: Sender, system: AnySystem, child: Child): void {
  if (child.kind !== 'analyzer') return;
  const { analyzerId, deviceId } = child.input.spec;
  tell(enqueue, system, deviceName(deviceId), { type: 'LEAVE', analyzerId });
}

/** The children with a command remembered, so that one that is started again stays paused or stopped. */
export function withCommand(children: Children, analyzerId: AnalyzerId, command: AnalyzerCommand): Children {
  const child = children[analyzerName(analyzerId)];
  if (child?.kind !== 'analyzer' || !isModeCommand(command)) return children;
  return withMode(children, analyzerId, modeAfter(modeOf(child.input), command));
}

/** The children with one analyzer in another mode. */
export function withMode(children: Children, analyzerId: AnalyzerId, mode: Mode): Children {
  const name = analyzerName(analyzerId);
  const child = children[name];
  if (child?.kind !== 'analyzer') return children;
  return { ...children, [name]: { ...child, input: { ...child.input, ...mode } } };
}

export const modeOf = ({ mode, pausedUntil, pausedBy }: Mode): Mode => ({ mode, pausedUntil, pausedBy });
