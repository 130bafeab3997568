import type { AnalyzerRow, NodeRow, Registry } from '../../ports.ts';
import { problem } from '../problems.ts';

/** The node of a path; rejects with the problem `not-found`. */
export async function existingNode(registry: Registry, id: number): Promise<NodeRow> {
  const row = await registry.node(id);
  if (row !== null) return row;
  throw problem('not-found', `there is no node ${id}; /api/v1/nodes says which there are`);
}

/** The analyzer of a path; rejects with the problem `not-found`. */
export async function existingAnalyzer(registry: Registry, node: number, id: number): Promise<AnalyzerRow> {
  const row = await registry.analyzer(node, id);
  if (row !== null) return row;
  throw problem('not-found', `node ${node} has no analyzer ${id}; /api/v1/analyzers says which there are`);
}
