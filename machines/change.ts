import type { AnyActorRef } from 'xstate';
import { jobsOf } from '../src/domain/session-jobs.ts';
import type { AnalyzerContext } from './analyzer-setup.ts';
import { type AnalyzerEvent, type AnySystem, type DeviceEvent, deviceName, type RootEvent } from './events.ts';
import { type Child, type Children, modeOf, type Supervision } from './supervision.ts';

type Change = Pick<Extract<RootEvent, { type: 'CHANGE' }>, 'children' | 'restart'>;

/** What a child that goes on is told of its new input. */
type Told = Extract<DeviceEvent, { type: 'MEMBERS' }> | Extract<AnalyzerEvent, { type: 'CADENCE' }>;

/** What becomes of the root's children when the configuration changes. */
export type ChangePlan = {
  readonly children: Children;
  /** Names to stop: analyzers first, for they tell their device; then devices and deliveries. */
  readonly stop: readonly string[];
  /** Names to start, in the order of the children: devices before analyzers. */
  readonly start: readonly string[];
  /** What those that go on are told. */
  readonly told: readonly { readonly name: string; readonly event: Told }[];
};

/**
 * Compares the children with those that are wanted. Who is named in `restart` is stopped and started anew, and so are
 * the analyzers of a device that is: their requests went with it. An analyzer keeps its mode, as the root knows it.
 */
export function planChange(before: Children, { children: wanted, restart }: Change): ChangePlan {
  const children = Object.fromEntries(
    Object.entries(wanted).map(([name, child]) => [name, withModeOf(before[name], child)]),
  );
  const named = new Set(restart);
  const isAnew = (name: string): boolean => {
    const [old, child] = [before[name], children[name]];
    if (named.has(name) || old?.kind !== child?.kind) return true;
    if (old?.kind !== 'analyzer' || child?.kind !== 'analyzer') return false;
    const device = deviceName(child.input.spec.deviceId);
    return old.input.spec.deviceId !== child.input.spec.deviceId || named.has(device);
  };
  const anew = new Set(Object.keys(children).filter((name) => before[name] === undefined || isAnew(name)));
  const stopped = Object.keys(before).filter((name) => children[name] === undefined || anew.has(name));
  const isAnalyzer = (name: string) => before[name]?.kind === 'analyzer';
  return {
    children,
    stop: [...stopped.filter(isAnalyzer), ...stopped.filter((name) => !isAnalyzer(name))],
    start: [...anew],
    told: Object.entries(children).flatMap(([name, child]) =>
      anew.has(name) ? [] : newsFor(name, before[name], child),
    ),
  };
}

function withModeOf(old: Child | undefined, child: Child): Child {
  if (old?.kind !== 'analyzer' || child.kind !== 'analyzer') return child;
  return { ...child, input: { ...child.input, ...modeOf(old.input) } };
}

function newsFor(name: string, old: Child | undefined, child: Child): ChangePlan['told'] {
  if (old?.kind === 'device' && child.kind === 'device') {
    const { analyzers } = child.input;
    const isSame =
      analyzers.length === old.input.analyzers.length && analyzers.every((id, n) => id === old.input.analyzers[n]);
    return isSame ? [] : [{ name, event: { type: 'MEMBERS', analyzers } }];
  }
  if (old?.kind === 'analyzer' && child.kind === 'analyzer') {
    const { readingMs, rapidMs } = child.input;
    const isSame = readingMs === old.input.readingMs && rapidMs === old.input.rapidMs;
    return isSame ? [] : [{ name, event: { type: 'CADENCE', readingMs, rapidMs } }];
  }
  return [];
}

/** What the root knows of its children without those names: another configuration is another chance. */
export function withoutPast({ restarts, held }: Supervision, names: readonly string[]) {
  const gone = new Set(names);
  const others = <T>(all: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !gone.has(name)));
  return { restarts: others(restarts), held: others(held) };
}

/** What a child is started with: an analyzer that takes the place of one that runs gets what that had to do still. */
export function inputFor(child: Child, system: AnySystem, name: string): Child['input'] {
  const actor = system.get(name) as AnyActorRef | undefined;
  if (child.kind !== 'analyzer' || actor === undefined) return child.input;
  const { session, windows } = actor.getSnapshot().context as AnalyzerContext;
  return { ...child.input, left: { jobs: jobsOf(session), windows } };
}
