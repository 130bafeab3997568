import type { AnalyzerNews } from '../../machines/analyzer-setup.ts';
import { safe } from '../domain/safe.ts';
import type { Session } from '../domain/session.ts';
import type { AnalyzerId } from '../domain/units.ts';
import type { IdentificationView } from '../protocol/answers.ts';
import type { Answered } from '../protocol/operator.ts';
import { analyzerState } from './analyzer-view.ts';
import { disabled, isEnding, stopped, tell } from './commands.ts';
import type { AnalyzerTrack } from './ledger.ts';
import { ok, refused, SHUTTING_DOWN } from './refusals.ts';
import { labelOf, type Scene } from './scene.ts';
import { findAnalyzer } from './targets.ts';

export type Identify = {
  identify(id: AnalyzerId, limitMs: number): Promise<Answered<IdentificationView>>;
  /** What an analyzer said: whoever waits for it is answered. */
  heard(session: Session, news: AnalyzerNews): void;
};

type Waiter = {
  readonly answer: (answered: Answered<IdentificationView>) => void;
};

/** Asks meters again what they are, and waits for what comes of it. */
export function createIdentify(scene: Scene): Identify {
  const waiters = new Map<AnalyzerId, Set<Waiter>>();
  const failed = (track: AnalyzerTrack, why: string) =>
    refused('IDENTIFY_FAILED', `${labelOf(scene, track)} was not identified: ${why}`);

  const wait = (track: AnalyzerTrack, limitMs: number) =>
    new Promise<Answered<IdentificationView>>((resolve) => {
      const { id } = track.config;
      const own = waiters.get(id) ?? new Set<Waiter>();
      waiters.set(id, own);
      const timer = scene.o.clock.setTimeout(
        () => waiter.answer(failed(track, `no answer within ${limitMs / 1000} s`)),
        limitMs,
      );
      const waiter: Waiter = {
        answer(answered) {
          scene.o.clock.clearTimeout(timer);
          own.delete(waiter);
          if (own.size === 0 && waiters.get(id) === own) waiters.delete(id);
          resolve(answered);
        },
      };
      own.add(waiter);
      // on a line that is not there it fails at once
      tell(scene, track, { type: 'IDENTIFY' });
    });

  return {
    async identify(id, limitMs) {
      if (isEnding(scene)) return SHUTTING_DOWN;
      const found = findAnalyzer(scene.ledger, id);
      if (!found.ok) return found;
      const track = found.data;
      switch (analyzerState(scene, track)) {
        case 'disabled':
          return disabled(scene, track);
        case 'stopped':
          return stopped(scene, track);
        case 'paused':
          return refused('PAUSED', `${labelOf(scene, track)} is paused`, `resume it first: lector ctl resume ${id}`);
        default:
          return wait(track, limitMs);
      }
    },
    heard(session, { news, failure }) {
      const { analyzerId } = session.spec;
      const own = waiters.get(analyzerId);
      const track = scene.ledger.analyzers.get(analyzerId);
      if (own === undefined || track === undefined) return;
      for (const waiter of [...own]) {
        if (news === 'polling') {
          waiter.answer(ok({ id: analyzerId, identification: session.identity?.text ?? '' }));
        } else if (news === 'failed') {
          waiter.answer(failed(track, safe(failure?.message ?? 'no reason was given')));
        } else if (news === 'paused' || news === 'stopped') waiter.answer(failed(track, `it was ${news}`));
      }
    },
  };
}
