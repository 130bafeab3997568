import type { AnalyzerCommand } from '../../machines/events.ts';
import type { EpochMs } from '../domain/units.ts';
import { analyzerState } from './analyzer-view.ts';
import { type AnalyzerTrack, notePause, type Pause } from './ledger.ts';
import { analyzerContext, isHeld, type Scene } from './scene.ts';

/** Tells an analyzer; one that is held is freed first, so that it hears. */
export function tell(scene: Scene, track: AnalyzerTrack, command: AnalyzerCommand): void {
  if (isHeld(scene, track) !== null) scene.o.send({ type: 'UNHOLD', systemId: track.name });
  scene.o.send({ type: 'COMMAND', analyzerId: track.config.id, command });
}

/** Pauses an analyzer. One that is paused just so already, or alone where its line is paused, is told nothing. */
export function tellPause(scene: Scene, track: AnalyzerTrack, { until, by }: Pause): void {
  const context = analyzerState(scene, track) === 'paused' ? analyzerContext(scene, track) : null;
  const isAlone = by === 'line' && context?.pausedBy === 'analyzer';
  if (context !== null && (isAlone || (context.pausedBy === by && context.pausedUntil === until))) return;
  tell(scene, track, { type: 'PAUSE', until, by });
  notePause(scene.ledger, track.name, { until, by });
}

/** `2026-11-25 18:15:00`, as the node's clock shows it; null: the pause ends by hand. */
export const pauseEndText = ({ iso }: Pick<Scene, 'iso'>, until: EpochMs | null): string | null =>
  until === null ? null : `${iso(until).slice(0, 10)} ${iso(until).slice(11, 19)}`;
