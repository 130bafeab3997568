import type { FaultKind } from '../domain/installation.ts';
import type { AnalyzerId, DeviceId } from '../domain/units.ts';
import { epochMs } from '../domain/units.ts';
import type { DoneView, FaultView } from '../protocol/answers.ts';
import type { Answered, Operator } from '../protocol/operator.ts';
import type { AnalyzerState } from '../protocol/views.ts';
import { analyzerState } from './analyzer-view.ts';
import type { AnalyzerTrack } from './ledger.ts';
import { createLineCommands } from './line-commands.ts';
import { pauseEndText, tell, tellPause } from './orders.ts';
import { ok, refused, SHUTTING_DOWN } from './refusals.ts';
import { analyzerContext, labelOf, type Scene } from './scene.ts';
import { findAnalyzer, findDevice, onward } from './targets.ts';

export type Commands = Pick<Operator, 'start' | 'startAll' | 'stop' | 'pause' | 'resume' | 'readNow' | 'fault'>;

/** What people may do. The root acts at once, so that an answer tells how it is now. */
export function createCommands(scene: Scene): Commands {
  const { ledger } = scene;
  const lines = createLineCommands(scene);
  const about = (id: AnalyzerId, act: (track: AnalyzerTrack) => Answered<DoneView>): Answered<DoneView> => {
    if (isEnding(scene)) return SHUTTING_DOWN;
    return onward(findAnalyzer(ledger, id), (track) => (track.device.enabled ? act(track) : disabled(scene, track)));
  };
  const aboutLine = (id: DeviceId, act: typeof lines.pause | typeof lines.resume, seconds: number | null) =>
    isEnding(scene) ? SHUTTING_DOWN : onward(findDevice(ledger, id), (track) => act(track, seconds));
  return {
    start: (id) => about(id, (track) => start(scene, track)),
    startAll: () => (isEnding(scene) ? SHUTTING_DOWN : startAll(scene)),
    stop: (id) => about(id, (track) => stop(scene, track)),
    pause: ({ kind, id }, seconds) =>
      kind === 'device' ? aboutLine(id, lines.pause, seconds) : about(id, (track) => pause(scene, track, seconds)),
    resume: ({ kind, id }) =>
      kind === 'device' ? aboutLine(id, lines.resume, null) : about(id, (track) => resume(scene, track)),
    readNow: (id) => about(id, (track) => readNow(scene, track)),
    fault(id, kind, seconds) {
      if (isEnding(scene)) return SHUTTING_DOWN;
      return onward(findAnalyzer(ledger, id), (track) => fault(scene, track, kind, seconds));
    },
  };
}

/** It is being stopped, or was: nothing begins any more. */
export function isEnding({ o, ledger }: Scene): boolean {
  const { state } = o.root();
  return ledger.isEnding || state === 'draining' || state === 'stopped';
}

/** What was done, in the words of how it is now. */
export function done(scene: Scene, track: AnalyzerTrack, words: string): Answered<DoneView> {
  return ok({ analyzers: [track.config.id], words: `${labelOf(scene, track)} ${words}` });
}

export function disabled(scene: Scene, track: AnalyzerTrack): Answered<never> {
  const message = `${labelOf(scene, track)} is on device ${track.device.id}, which has enabled="false"`;
  return refused('DISABLED', message, 'change it in config.xml, then: lector ctl reload');
}

export function stopped(scene: Scene, track: AnalyzerTrack): Answered<never> {
  const id = track.config.id;
  return refused('NOT_STARTED', `${labelOf(scene, track)} is stopped`, `start it first: lector ctl start ${id}`);
}

function start(scene: Scene, track: AnalyzerTrack): Answered<DoneView> {
  const state = analyzerState(scene, track);
  const { id } = track.config;
  switch (state) {
    case 'held':
      tell(scene, track, { type: 'START' });
      return done(scene, track, 'was held and is started again');
    case 'stopped':
      tell(scene, track, { type: 'START' });
      return done(scene, track, 'is started');
    case 'paused':
      return refused('ALREADY_STARTED', `${labelOf(scene, track)} is paused`, `resume it: lector ctl resume ${id}`);
    default:
      return refused('ALREADY_STARTED', `${labelOf(scene, track)} runs already: it is ${state}`);
  }
}

function startAll(scene: Scene): Answered<DoneView> {
  const all = [...scene.ledger.analyzers.values()];
  const started = all.filter((track) => {
    const state = analyzerState(scene, track);
    if (state !== 'stopped' && state !== 'held') return false;
    tell(scene, track, { type: 'START' });
    return true;
  });
  const { length } = started;
  const words =
    length === 0 ? 'none was stopped' : `${length} ${length === 1 ? 'analyzer is' : 'analyzers are'} started`;
  return ok({ analyzers: started.map(({ config }) => config.id), words });
}

function stop(scene: Scene, track: AnalyzerTrack): Answered<DoneView> {
  if (analyzerState(scene, track) === 'stopped') return done(scene, track, 'was stopped already');
  tell(scene, track, { type: 'STOP' });
  return done(scene, track, 'is stopped until it is started');
}

function pause(scene: Scene, track: AnalyzerTrack, seconds: number | null): Answered<DoneView> {
  if (analyzerState(scene, track) === 'stopped') return stopped(scene, track);
  const until = seconds === null ? null : epochMs(scene.o.clock.now() + seconds * 1000);
  tellPause(scene, track, { until, by: 'analyzer' });
  return done(scene, track, `is paused ${untilWords(scene, track)}`);
}

/** `until 2026-11-25 18:15:00`, or `until it is resumed`. */
function untilWords(scene: Scene, track: AnalyzerTrack): string {
  const end = pauseEndText(scene, analyzerContext(scene, track)?.pausedUntil ?? null);
  return end === null ? 'until it is resumed' : `until ${end}`;
}

function resume(scene: Scene, track: AnalyzerTrack): Answered<DoneView> {
  switch (analyzerState(scene, track)) {
    case 'stopped':
      return stopped(scene, track);
    case 'paused':
      tell(scene, track, { type: 'RESUME' });
      return done(scene, track, 'is resumed');
    case 'held':
      tell(scene, track, { type: 'RESUME' });
      return done(scene, track, 'was held and is started again');
    default:
      return done(scene, track, 'was not paused');
  }
}

const READ_WORDS: Partial<Readonly<Record<AnalyzerState, string>>> = {
  failed: 'is not read at present: it is tried now',
  connecting: 'is read as soon as it is identified',
};

function readNow(scene: Scene, track: AnalyzerTrack): Answered<DoneView> {
  const state = analyzerState(scene, track);
  const { id } = track.config;
  if (state === 'stopped') return stopped(scene, track);
  if (state === 'paused') {
    return refused('PAUSED', `${labelOf(scene, track)} is paused`, `resume it first: lector ctl resume ${id}`);
  }
  tell(scene, track, { type: 'READ_NOW' });
  return done(scene, track, READ_WORDS[state] ?? 'is read now');
}

function fault(scene: Scene, track: AnalyzerTrack, kind: FaultKind, seconds: number): Answered<FaultView> {
  const { id, deviceId } = track.config;
  if (!track.device.enabled) return disabled(scene, track);
  if (track.device.endpoint.type !== 'simulated') {
    return refused('NOT_SIMULATED', `${labelOf(scene, track)} is a real meter`, 'faults are for simulated meters');
  }
  const forMs = seconds * 1000;
  if (!scene.o.fault(id, kind, forMs)) {
    const hint = 'try again once its analyzers are read';
    return refused('NOT_READY', `device ${deviceId} was never open`, hint);
  }
  const words = `${labelOf(scene, track)} has the fault ${kind} for ${seconds} s`;
  return ok({ analyzers: [id], words, kind, forMs });
}
