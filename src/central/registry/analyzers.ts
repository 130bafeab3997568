import type { Selectable } from 'kysely';
import { safe } from '../../domain/safe.ts';
import type { AnalyzerChange, AnalyzerRow, ModelRow, Registry } from '../ports.ts';
import type { AnalyzersTable } from '../schema/tables.ts';
import { type ModelsByName, modelsByName, variablesOr } from './models.ts';
import { noNode } from './nodes.ts';
import { checkId, checkText, epochOf, type RegistryParts, refused } from './parts.ts';
import { removeRecords } from './removal.ts';

type Analyzers = Pick<Registry, 'analyzers' | 'analyzer' | 'addAnalyzer' | 'changeAnalyzer' | 'removeAnalyzer'>;

export function createAnalyzers({ database }: RegistryParts, models: () => Promise<readonly ModelRow[]>): Analyzers {
  const { db } = database;
  const selected = () => db.selectFrom('analyzers').selectAll().orderBy('node_id').orderBy('id');
  const analyzer = async (node: number, id: number): Promise<AnalyzerRow | null> => {
    const row = await selected().where('node_id', '=', node).where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : analyzerRow(row, modelsByName(await models()));
  };
  const known = async (node: number, id: number): Promise<AnalyzerRow> => {
    const found = await analyzer(node, id);
    if (found === null) throw noAnalyzer(node, id);
    return found;
  };
  const columnsOf = async ({ name, location, model }: AnalyzerChange) => ({
    ...(name === undefined ? {} : { name }),
    ...(location === undefined ? {} : { location }),
    ...(model === undefined ? {} : modelColumns(model, modelsByName(await models()))),
  });
  return {
    async analyzers(node) {
      const all = node === null ? selected() : selected().where('node_id', '=', node);
      const rows = await all.execute();
      const byName = modelsByName(rows.length === 0 ? [] : await models());
      return rows.map((row) => analyzerRow(row, byName));
    },
    analyzer,
    async addAnalyzer(node, id, about) {
      checkId('node', node);
      checkId('analyzer', id);
      checkChange(about);
      const values = { name: `Analyzer ${id}`, location: '', vendor: '', model: '', ...(await columnsOf(about)) };
      const there = await db.selectFrom('nodes').select('id').where('id', '=', node).executeTakeFirst();
      if (there === undefined) throw noNode(node);
      const added = await db
        .insertInto('analyzers')
        .values({ node_id: node, id, ...values })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (added.numInsertedOrUpdatedRows !== 1n) throw refused(`node ${node} has an analyzer ${id} already`);
      return known(node, id);
    },
    async changeAnalyzer(node, id, change) {
      checkChange(change);
      await known(node, id);
      const columns = await columnsOf(change);
      if (Object.keys(columns).length > 0) {
        await db.updateTable('analyzers').set(columns).where('node_id', '=', node).where('id', '=', id).execute();
      }
      return known(node, id);
    },
    async removeAnalyzer(node, id, withRecords) {
      await known(node, id);
      await removeRecords(database, { node, analyzer: id }, withRecords);
    },
  };
}

/** What an old lector, or a person, asks for that is not here, and how it comes here. */
export const analyzerMissing = (node: number, id: number): string =>
  `no analyzer ${id} of node ${node} here: add it with lector central analyzer add ${node} ${id} --model PM710`;

const noAnalyzer = (node: number, id: number) => refused(analyzerMissing(node, id));

function analyzerRow(row: Selectable<AnalyzersTable>, modelOf: ModelsByName): AnalyzerRow {
  const { node_id: node, id, name, location, model } = row;
  const known = modelOf(model);
  return {
    ...{ node, id, name, location, vendor: row.vendor === '' ? (known?.vendor ?? '') : row.vendor, model },
    recordingMs: row.recording_ms,
    variables: variablesOr(row.variables, known),
    lastEnd: epochOf(row.last_end),
  };
}

function checkChange({ name, location, model }: AnalyzerChange): void {
  checkText('the name of an analyzer', name);
  checkText('the location of an analyzer', location);
  checkText('the model of an analyzer', model);
}

/** Another model measures other things: what the lector told of the one before no longer holds. */
function modelColumns(model: string, modelOf: ModelsByName) {
  const known = modelOf(model);
  if (model !== '' && known === null) {
    const todo = 'leave the model out, or make it known with lector central model add';
    throw refused(`no model ${safe(model, 60)} here (lector central model list shows them): ${todo}`);
  }
  return { model: known?.name ?? '', vendor: known?.vendor ?? '', variables: null };
}
