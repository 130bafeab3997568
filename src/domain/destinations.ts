import type { AnalyzerConfig, ExportConfig } from './installation.ts';
import { withoutSecrets } from './safe.ts';

/** One destination with the analyzers that export to it. */
export type Destination = {
  readonly id: string;
  readonly config: ExportConfig;
  readonly analyzers: readonly AnalyzerConfig[];
};

/**
 * What identifies a destination: `localFile:/var/lib/lector/dades`, `clientRest:https://centre.example/ws/v2`. It is
 * shown in many places: a key in the query of a target is not in it, `http:https://hook.example/?key=***#1c8b3f0a`.
 */
export const exporterIdOf = ({ type, path, target }: ExportConfig): string => `${type}:${path ?? named(target)}`;

/** Targets that differ in what is not shown are told apart by a number. */
function named(target: string): string {
  const shown = withoutSecrets(target);
  return shown === target ? target : `${shown}#${hash(target).toString(16).padStart(8, '0')}`;
}

/** FNV-1a, 32 bits: too short to tell what it was made of. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (const character of text) sum = Math.imul(sum ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return sum >>> 0;
}

/** The destinations of all analyzers: one for each type and target, in the order of the file. */
export function destinationsOf(analyzers: readonly AnalyzerConfig[]): readonly Destination[] {
  const pairs = analyzers.flatMap((analyzer) => analyzer.exports.map((config) => ({ analyzer, config })));
  const groups = Map.groupBy(pairs, ({ config }) => exporterIdOf(config));
  return [...groups.entries()].map(([id, group]) => ({
    id,
    config: group[0]!.config,
    analyzers: [...new Set(group.map(({ analyzer }) => analyzer))],
  }));
}
