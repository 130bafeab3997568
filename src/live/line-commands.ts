import { epochMs } from '../domain/units.ts';
import type { DoneView } from '../protocol/answers.ts';
import type { Answered } from '../protocol/operator.ts';
import { analyzerState } from './analyzer-view.ts';
import type { AnalyzerTrack, DeviceTrack } from './ledger.ts';
import { pauseEndText, tell, tellPause } from './orders.ts';
import { ok, refused } from './refusals.ts';
import { analyzerContext, analyzersOf, isHeld, placeLabel, type Scene } from './scene.ts';

export type LineCommands = {
  /** Pauses all its analyzers that are not paused alone, so that its port is closed. `seconds` null: by hand. */
  pause(track: DeviceTrack, seconds: number | null): Answered<DoneView>;
  /** Resumes those that were paused with it; one that is held is freed. */
  resume(track: DeviceTrack): Answered<DoneView>;
};

/** What is done to a whole line. */
export function createLineCommands(scene: Scene): LineCommands {
  const { o } = scene;
  const isPausedByLine = (track: AnalyzerTrack) =>
    analyzerState(scene, track) === 'paused' && analyzerContext(scene, track)?.pausedBy === 'line';
  const free = (track: DeviceTrack) => {
    const held = [track, ...analyzersOf(scene, track)].filter((each) => isHeld(scene, each) !== null);
    for (const { name } of held) o.send({ type: 'UNHOLD', systemId: name });
    return held.length > 0;
  };
  return {
    pause(track, seconds) {
      if (!track.config.enabled) return disabledLine(scene, track);
      const label = placeLabel(scene, track);
      const all = analyzersOf(scene, track);
      const running = all.filter((each) => analyzerState(scene, each) !== 'stopped');
      if (running.length === 0) {
        const message = `${label} has no analyzer that runs`;
        return refused('NOT_STARTED', message, 'start them first: lector ctl startall');
      }
      free(track);
      const until = seconds === null ? null : epochMs(o.clock.now() + seconds * 1000);
      for (const each of running) tellPause(scene, each, { until, by: 'line' });
      const paused = running.filter(isPausedByLine).map(({ config }) => config.id);
      const rest = all.length - paused.length;
      const others = rest === 0 ? '' : `; ${rest} ${rest === 1 ? 'was' : 'were'} paused or stopped before`;
      const end = `until ${pauseEndText(scene, until) ?? 'they are resumed'}`;
      return ok({ analyzers: paused, words: `${label}: ${counted(paused.length)} paused ${end}${others}` });
    },
    resume(track) {
      if (!track.config.enabled) return disabledLine(scene, track);
      const label = placeLabel(scene, track);
      const wasHeld = free(track);
      const paused = analyzersOf(scene, track).filter(isPausedByLine);
      if (paused.length === 0 && !wasHeld) {
        const hint = 'analyzers that were paused one by one are resumed one by one';
        return refused('NOT_PAUSED', `${label} is not paused`, hint);
      }
      for (const each of paused) tell(scene, each, { type: 'RESUME', by: 'line' });
      const words = `${label}: ${wasHeld ? 'it was held and is started again, ' : ''}${counted(paused.length)} resumed`;
      return ok({ analyzers: paused.map(({ config }) => config.id), words });
    },
  };
}

const counted = (count: number): string => `${count} ${count === 1 ? 'analyzer is' : 'analyzers are'}`;

function disabledLine(scene: Scene, track: DeviceTrack): Answered<never> {
  const message = `${placeLabel(scene, track)} has enabled="false"`;
  return refused('DISABLED', message, 'change it in config.xml, then: lector ctl reload');
}
