import type { AnalyzerNews } from '../../machines/analyzer-setup.ts';
import { safe } from '../domain/safe.ts';
import type { Session } from '../domain/session.ts';
import type { AnalyzerId, MonoMs } from '../domain/units.ts';
import type { IdentificationView } from '../protocol/answers.ts';
import type { Answered } from '../protocol/operator.ts';
import { analyzerState } from './analyzer-view.ts';
import { disabled, isEnding, stopped } from './commands.ts';
import type { AnalyzerTrack } from './ledger.ts';
import { tell } from './orders.ts';
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

/** A meter that said what it is so short ago is not asked again: each time costs it a reading. */
const FRESH_MS = 10_000;

/** Asks meters again what they are, and waits for what comes of it; who asks meanwhile waits for the same. */
export function createIdentify(scene: Scene): Identify {
  const waiters = new Map<AnalyzerId, Set<Waiter>>();
  /** What each said, and when: of the track that it was then. */
  const fresh = new WeakMap<AnalyzerTrack, { readonly text: string; readonly at: MonoMs }>();
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
      if (analyzerState(scene, track) !== 'connecting') tell(scene, track, { type: 'IDENTIFY' });
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
        case 'polling':
        case 'recording': {
          const said = fresh.get(track);
          const isFresh = said !== undefined && scene.o.clock.mono() - said.at < FRESH_MS;
          return isFresh ? ok({ id, identification: said.text }) : wait(track, limitMs);
        }
        default:
          return wait(track, limitMs);
      }
    },
    heard(session, { news, failure }) {
      const { analyzerId } = session.spec;
      const own = waiters.get(analyzerId);
      const track = scene.ledger.analyzers.get(analyzerId);
      if (track === undefined) return;
      const text = session.identity?.text ?? '';
      if (news === 'polling') fresh.set(track, { text, at: scene.o.clock.mono() });
      for (const waiter of [...(own ?? [])]) {
        if (news === 'polling') {
          waiter.answer(ok({ id: analyzerId, identification: text }));
        } else if (news === 'failed') {
          waiter.answer(failed(track, safe(failure?.message ?? 'no reason was given')));
        } else if (news === 'paused' || news === 'stopped') waiter.answer(failed(track, `it was ${news}`));
      }
    },
  };
}
