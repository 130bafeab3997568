import { safe } from '../domain/safe.ts';
import type { Change, WhyView } from '../protocol/answers.ts';
import type { AnalyzerTrack, DeliveryTrack, DeviceTrack, Noted } from './ledger.ts';
import { pauseEndText } from './orders.ts';
import { errorView, isoOrNull, labelOf, placeLabel, type Scene } from './scene.ts';

type Track = AnalyzerTrack | DeviceTrack | DeliveryTrack;

/** The last changes of an actor, newest first, in the words of the log. */
export function whyView(scene: Scene, track: Track): WhyView {
  const noted = scene.ledger.changes.get(track.name) ?? [];
  return {
    name: track.name,
    label: labelOfTrack(scene, track),
    changes: noted.map((change) => changeView(scene, track, change)).reverse(),
  };
}

export function labelOfTrack(scene: Scene, track: Track): string {
  switch (track.kind) {
    case 'analyzer':
      return labelOf(scene, track);
    case 'device':
      return placeLabel(scene, track);
    case 'delivery':
      return safe(track.config.id);
  }
}

function changeView(scene: Scene, track: Track, change: Noted): Change {
  return {
    at: scene.iso(change.at),
    state: change.state,
    words: safe(wordsOf(scene, track, change)),
    cause: errorView(causeOf(change)),
    nextTry: isoOrNull(scene.iso, change.nextTry),
  };
}

function causeOf(change: Noted) {
  switch (change.kind) {
    case 'crash':
      return change.failure;
    case 'device':
      return change.news.cause;
    case 'analyzer':
    case 'delivery':
      return change.news.failure;
  }
}

function wordsOf(scene: Scene, track: Track, change: Noted): string {
  const { words } = scene.o;
  const label = labelOfTrack(scene, track);
  switch (change.kind) {
    case 'analyzer': {
      const { text } = words.analyzerWords(label, change.news, change.identity, change.isFirst);
      return text + pauseText(scene, change);
    }
    case 'device':
      return words.deviceWords(label, change.news).text;
    case 'delivery':
      return words.deliveryWords(label, change.news).text;
    case 'crash': {
      const { news, failure } = change;
      if (news === 'retried' || failure === null) return words.rootWords({ news: 'retried', name: track.name }).text;
      return words.rootWords({ news, name: track.name, failure }).text;
    }
  }
}

/** ` with its line until 2026-11-25 18:15:00`: what the log leaves out. */
function pauseText(scene: Scene, { pause }: Noted & { kind: 'analyzer' }): string {
  if (pause === undefined) return '';
  const line = pause.by === 'line' ? ' with its line' : '';
  return `${line} until ${pauseEndText(scene, pause.until) ?? 'it is resumed'}`;
}
