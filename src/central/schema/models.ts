import type pg from 'pg';
import { loadProfiles } from '../../../drivers/profiles/load.ts';
import type { Profile } from '../../domain/profile.ts';
import { indexOf } from '../../domain/profile-index.ts';
import type { VariableView } from '../../protocol/answers.ts';

const SEED = `INSERT INTO models AS old (name, vendor, profile, variables)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) AS seed (name, vendor, profile, variables)
  ORDER BY name
  ON CONFLICT (name) DO UPDATE
    SET vendor = excluded.vendor, profile = excluded.profile, variables = excluded.variables
    WHERE NOT old.edited AND (old.vendor, old.profile, old.variables)
      IS DISTINCT FROM (excluded.vendor, excluded.profile, excluded.variables)`;

/** Makes a model of each profile that ships; one that was changed by hand stays as it is. */
export async function seedModels(pool: pg.Pool): Promise<void> {
  // a later profile of the same model replaces an earlier one, as it does for a lector
  const byModel = new Map([...loadProfiles().profiles.values()].map((profile) => [profile.model, profile] as const));
  const profiles = [...byModel.values()];
  await pool.query(SEED, [
    profiles.map(({ model }) => model),
    profiles.map(({ vendor }) => vendor),
    profiles.map(({ id }) => id),
    profiles.map((profile) => JSON.stringify(variablesOf(profile))),
  ]);
}

/** What a model measures, in the order of its profile. */
export function variablesOf(profile: Profile): readonly VariableView[] {
  const { register } = indexOf(profile);
  return profile.variables.map(({ code, quantity, unit, description, aggregate, registers }) => ({
    ...{ code, quantity, unit, description, aggregate },
    phases: registers.map((id) => register.get(id)?.phase ?? 'none'),
  }));
}
