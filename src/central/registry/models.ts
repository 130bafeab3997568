import { findProfile, loadProfiles } from '../../../drivers/profiles/load.ts';
import { safe } from '../../domain/safe.ts';
import type { VariableView } from '../../protocol/answers.ts';
import type { ModelRow, Registry } from '../ports.ts';
import { checkText, type RegistryParts, refused } from './parts.ts';

type Models = Pick<Registry, 'models' | 'putModel' | 'removeModel'>;

export function createModels({ database }: RegistryParts): Models {
  const { db } = database;
  return {
    models: () => db.selectFrom('models').selectAll().orderBy('name').execute(),
    async putModel(model) {
      checkText('the name of a model', model.name);
      checkText('the vendor of a model', model.vendor);
      if (model.name.trim() === '') throw refused('expected the name of a model, saw none');
      const { vendor, profile } = model;
      const columns = { vendor, profile, variables: JSON.stringify(model.variables), edited: true };
      await db
        .insertInto('models')
        .values({ name: model.name, ...columns })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(columns))
        .execute();
    },
    async removeModel(name) {
      const user = await db
        .selectFrom('analyzers')
        .select(['node_id', 'id'])
        .where('model', '=', name)
        .limit(1)
        .execute();
      const [first] = user;
      if (first !== undefined) {
        const by = `analyzer ${first.id} of node ${first.node_id}`;
        throw refused(`model ${safe(name)} is that of ${by}, for one: give it another model first`);
      }
      const { numDeletedRows } = await db.deleteFrom('models').where('name', '=', name).executeTakeFirst();
      if (numDeletedRows !== 1n) throw refused(`no model ${safe(name, 60)} here: lector central model list shows them`);
    },
  };
}

/** Finds what a name of a model stands for: that name, or what its profile calls it. */
export type ModelsByName = (name: string) => ModelRow | null;

const folded = (name: string): string => name.toLowerCase().replace(/[\s\-_./]/g, '');

export function modelsByName(models: readonly ModelRow[]): ModelsByName {
  const exact = new Map(models.map((model) => [model.name, model] as const));
  const near = new Map(models.map((model) => [folded(model.name), model] as const));
  return (name) => {
    const found = exact.get(name) ?? near.get(folded(name));
    if (found !== undefined || name === '') return found ?? null;
    return exact.get(findProfile(loadProfiles().profiles, name)?.model ?? '') ?? null;
  };
}

/** Its own variables, else those of its model, else none. */
export function variablesOr(own: readonly VariableView[] | null, model: ModelRow | null): readonly VariableView[] {
  return own ?? model?.variables ?? [];
}
