import { findProfile } from '../../drivers/profiles/load.ts';
import type { Profile } from '../domain/profile.ts';
import { didYouMean, listed, type Report, seen } from './report.ts';

type Names = { readonly model: string; readonly driver: string; readonly dataDriver: string };
type Places = { readonly at: (name: string) => string; readonly model: string };

/**
 * The profile of a model, or null with the reason in the report. `driver` and `dataDriver` may be left out; where a
 * model speaks two protocols they choose, and where they contradict the only profile there is, that is an error.
 */
export function profileOf(
  names: Names,
  places: Places,
  profiles: ReadonlyMap<string, Profile>,
  report: Report,
): Profile | null {
  if (names.model === '') return null;
  const knownDrivers = checkName('driver', names.driver, profiles, places, report);
  const knownFamilies = checkName('dataDriver', names.dataDriver, profiles, places, report);
  const fitting = new Map([...profiles].filter(([, profile]) => fits(profile, names)));
  const found = findProfile(fitting, names.model);
  if (found !== null) return found;
  const other = findProfile(profiles, names.model);
  if (other === null) reportModel(names.model, places.model, profiles, report);
  else if (knownDrivers && knownFamilies) reportContradiction(names, other, places, report);
  return other;
}

const same = (written: string, name: string): boolean => written === '' || written.toLowerCase() === name.toLowerCase();

const fits = (profile: Profile, { driver, dataDriver }: Names): boolean =>
  same(driver, profile.driver) && same(dataDriver, profile.dataDriver);

function checkName(
  kind: 'driver' | 'dataDriver',
  name: string,
  profiles: ReadonlyMap<string, Profile>,
  places: Places,
  report: Report,
): boolean {
  const known = [...new Set([...profiles.values()].map((profile) => profile[kind]))].sort();
  if (name === '' || known.some((each) => same(name, each))) return true;
  const todo = didYouMean(name, known, 'leave it out: the model decides');
  report.error(places.at(kind), `${kind}: ${listed(known, 'or')}`, seen(name), todo);
  return false;
}

function reportModel(model: string, at: string, profiles: ReadonlyMap<string, Profile>, report: Report): void {
  const known = [...new Set([...profiles.values()].map((profile) => profile.model))].sort();
  const names = [...profiles.values()].flatMap((profile) => [profile.model, ...profile.aliases]);
  const otherwise = 'choose the one that it is, or put a profile of it into profiles/ beside config.xml';
  report.error(
    at,
    `a model that there is a profile for: ${listed(known, 'or')}`,
    seen(model),
    didYouMean(model, names, otherwise),
  );
}

function reportContradiction(names: Names, profile: Profile, places: Places, report: Report): void {
  for (const kind of ['driver', 'dataDriver'] as const) {
    if (same(names[kind], profile[kind])) continue;
    const todo = `write ${profile[kind]} or leave ${kind} out, or correct the model`;
    report.error(places.at(kind), `${kind}="${profile[kind]}" for model ${profile.model}`, seen(names[kind]), todo);
  }
}
