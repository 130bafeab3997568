import type { AnalyzerConfig, ExportConfig } from './installation.ts';

/** One destination with the analyzers that export to it. */
export type Destination = {
  readonly id: string;
  readonly config: ExportConfig;
  readonly analyzers: readonly AnalyzerConfig[];
};

/** What identifies a destination: `localFile:/var/lib/lector/dades`, `clientRest:https://centre.example/ws/v2`. */
export const exporterIdOf = ({ type, path, target }: ExportConfig): string => `${type}:${path ?? target}`;

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
