import type pg from 'pg';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { parseVirtual } from '../../domain/virtual.ts';
import type { VirtualRow } from '../cost/ports.ts';
import type { AnalyzerRow, NodeRow } from '../ports.ts';
import type { Rule } from './rule.ts';

type Site = Pick<NodeRow, 'id' | 'name' | 'timezone'>;

/** An analyzer, or a virtual meter (`isSum`). */
export type Subject = {
  readonly node: Site;
  readonly id: number;
  readonly name: string;
  readonly isSum: boolean;
  /** Until then there may be records of all of it; null: of one of them there is none. */
  readonly lastEnd: EpochMs | null;
};

export type Here = {
  readonly nodes: readonly Site[];
  readonly analyzers: readonly Pick<AnalyzerRow, 'node' | 'id' | 'name' | 'lastEnd'>[];
  readonly virtuals: readonly Pick<VirtualRow, 'node' | 'id' | 'name' | 'terms'>[];
};

type Row = { readonly node: number; readonly id: number; readonly name: string };

/** All that a rule may be about: of a thousand analyzers nothing but what is needed, for it is asked all the time. */
export async function readHere({ query }: { query: (text: string) => Promise<pg.QueryResult> }): Promise<Here> {
  const nodes = await query('SELECT id, name, timezone FROM nodes');
  const analyzers = await query('SELECT node_id AS node, id, name, last_end FROM analyzers ORDER BY node_id, id');
  const virtuals = await query('SELECT node_id AS node, id, name, terms FROM virtuals ORDER BY node_id, id');
  return {
    nodes: nodes.rows,
    analyzers: analyzers.rows.map(({ last_end: end, ...row }: Row & { last_end: Date | null }) => {
      return { ...row, lastEnd: end === null ? null : epochMs(end.getTime()) };
    }),
    virtuals: virtuals.rows.map(({ terms, ...row }: Row & { terms: string }) => {
      return { ...row, terms: parseVirtual(terms) ?? [] };
    }),
  };
}

/** Whom a rule is about. */
export function subjectsOf({ node, analyzer }: Pick<Rule, 'node' | 'analyzer'>, here: Here): readonly Subject[] {
  const isMeant = (each: { readonly node: number; readonly id: number }) =>
    (node === null || each.node === node) && (analyzer === null || each.id === analyzer);
  const sites = new Map(here.nodes.map((each) => [each.id, each]));
  const ends = new Map(here.analyzers.map(({ node: of, id, lastEnd }) => [`${of} ${id}`, lastEnd]));
  const meant = [
    ...here.analyzers.filter(isMeant).map((each) => ({ ...each, isSum: false })),
    ...here.virtuals.filter(isMeant).map((each) => {
      const lastEnd = earliest(each.terms.map((term) => ends.get(`${each.node} ${term.id}`) ?? null));
      return { ...each, isSum: true, lastEnd };
    }),
  ];
  return meant.flatMap(({ node: of, id, name, isSum, lastEnd }) => {
    const site = sites.get(of);
    return site === undefined ? [] : [{ node: site, id, name, isSum, lastEnd }];
  });
}

function earliest(ends: readonly (EpochMs | null)[]): EpochMs | null {
  return ends.reduce((least, end) => (least === null || end === null ? null : end < least ? end : least));
}

/** `analyzer 1 ("Main") of node 4 ("School")`. */
export const subjectText = ({ node, id, name, isSum }: Subject): string =>
  `${isSum ? 'virtual meter' : 'analyzer'} ${id}${quoted(name)} of node ${node.id}${quoted(node.name)}`;

const quoted = (name: string): string => (name === '' ? '' : ` (${JSON.stringify(name)})`);
