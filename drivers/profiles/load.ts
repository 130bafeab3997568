import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { Problem } from '../../src/domain/problem.ts';
import type { Profile } from '../../src/domain/profile.ts';
import { fillProfile } from './fill.ts';
import { jsonPosition, syntaxPosition } from './json-positions.ts';
import { type Finding, lintProfile } from './lint.ts';
import { profileFile } from './schema.ts';

/** The profiles that ship: beside this file in the sources and in the build alike. */
const BUILT_IN = fileURLToPath(new URL('.', import.meta.url));
const FILE_BYTES_MAX = 1_000_000;
const SAW_MAX = 60;

export type LoadedProfiles = {
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly problems: readonly Problem[];
};

export type ParsedProfile = { readonly profile: Profile | null; readonly problems: readonly Problem[] };

/**
 * Reads the built-in profiles and those of `folders`, in that order; a later file of the same name replaces an earlier
 * one. Never throws: what is wrong with a file is among `problems`, all at once, and that file is left out.
 */
export function loadProfiles(folders: readonly string[] = []): LoadedProfiles {
  const profiles = new Map<string, Profile>();
  const problems: Problem[] = [];
  for (const folder of [BUILT_IN, ...folders]) {
    for (const name of jsonFiles(folder, problems)) {
      const parsed = readProfile(join(folder, name), folder === BUILT_IN ? `profiles/${name}` : shown(folder, name));
      problems.push(...parsed.problems);
      if (parsed.profile === null) continue;
      problems.push(...sameModel(parsed.profile, profiles, shown(folder, name)));
      // set() alone would keep the place of the one that it replaces, and later ones are found first
      profiles.delete(parsed.profile.id);
      profiles.set(parsed.profile.id, parsed.profile);
    }
  }
  return { profiles, problems };
}

const shown = (folder: string, name: string): string => `${basename(folder)}/${name}`;

function jsonFiles(folder: string, problems: Problem[]): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => extname(name) === '.json')
      .sort();
  } catch (error) {
    // a folder for profiles of one's own need not exist
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    problems.push(unreadable(folder, error));
    return [];
  }
}

function unreadable(at: string, error: unknown): Problem {
  const saw = error instanceof Error ? error.message : String(error);
  return { severity: 'error', at, expected: 'profiles that can be read', saw, todo: 'check owner and rights' };
}

/** What became of the files that were read before: checking them all takes a tenth of a second, at each reload. */
const known = new Map<string, { readonly text: string; readonly at: string; readonly parsed: ParsedProfile }>();

function readProfile(file: string, at: string): ParsedProfile {
  try {
    const text = readFileSync(file, 'utf8');
    const before = known.get(file);
    if (before?.text === text && before.at === at) return before.parsed;
    const parsed = parseProfile(basename(file, '.json'), text, at);
    known.set(file, { text, at, parsed });
    return parsed;
  } catch (error) {
    return { profile: null, problems: [unreadable(at, error)] };
  }
}

/** Two profiles for one model are allowed (a corrected one of one's own), but not silently. */
function sameModel(profile: Profile, profiles: ReadonlyMap<string, Profile>, at: string): readonly Problem[] {
  const before = [...profiles.values()].find(
    (other) => other.id !== profile.id && normalise(other.model) === normalise(profile.model),
  );
  if (before === undefined) return [];
  const saw = `"${profile.model}", as in ${before.id}.json`;
  const todo = `this one is used; call it ${before.id}.json if it is meant to replace that one`;
  return [{ severity: 'warning', at, expected: 'a model that no other profile has', saw, todo }];
}

/**
 * A profile from the text of its file. `id` is the file's name without .json, `at` the file as people know it.
 * Problems carry file:line:column; with a profile there may still be none or warnings only.
 */
export function parseProfile(id: string, text: string, at: string): ParsedProfile {
  const bare = text.replace(/^\uFEFF/, '');
  const json = parseJson(bare, at);
  if ('problem' in json) return { profile: null, problems: [json.problem] };
  const checked = profileFile.safeParse(json.value);
  if (!checked.success) {
    const problems = checked.error.issues.flatMap((issue) => schemaFindings(issue, json.value));
    return { profile: null, problems: problems.map((each) => problemOf(each, bare, at)) };
  }
  const profile = fillProfile(id, checked.data);
  const findings = lintProfile(profile);
  if (findings.length > 0) return { profile: null, problems: findings.map((each) => problemOf(each, bare, at)) };
  return { profile, problems: [] };
}

function parseJson(text: string, at: string): { readonly value: unknown } | { readonly problem: Problem } {
  const expected = 'JSON';
  const problem = (where: string, saw: string, todo: string) =>
    ({ problem: { severity: 'error', at: where, expected, saw, todo } }) as const;
  if (text.length > FILE_BYTES_MAX) return problem(at, `${text.length} characters`, 'a profile has a few thousand');
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = syntaxPosition(text, message);
    const where = place === null ? at : `${at}:${place.line}:${place.column}`;
    return problem(where, message.replace(/ in JSON at position .*$/, ''), 'look for a comma, a quote or a bracket');
  }
}

function problemOf({ path, expected, saw, todo }: Finding, text: string, at: string): Problem {
  const { line, column } = jsonPosition(text, path);
  return { severity: 'error', at: `${at}:${line}:${column}`, expected: `${expected}${pathText(path)}`, saw, todo };
}

/** ` (registers[3].type)`, for people who edit by key. */
const pathText = (path: Finding['path']): string =>
  path.length === 0
    ? ''
    : ` (${path.map((part, n) => (typeof part === 'number' ? `[${part}]` : `${n === 0 ? '' : '.'}${part}`)).join('')})`;

function valueAt(value: unknown, path: Finding['path']): unknown {
  let found: unknown = value;
  for (const part of path) {
    found = typeof found === 'object' && found !== null ? (found as Record<string | number, unknown>)[part] : undefined;
  }
  return found;
}

function schemaFindings(issue: z.core.$ZodIssue, file: unknown): readonly Finding[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const value = valueAt(file, path);
  const saw = value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing').slice(0, SAW_MAX);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({
      path: [...path, name],
      expected: 'a key that profiles have',
      saw: `"${name}"`,
      todo: 'check its spelling in docs/PROFILES.md',
    }));
  }
  return [{ path, expected: expectedOf(issue), saw, todo: 'see docs/PROFILES.md' }];
}

function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int'
        ? 'a whole number'
        : `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(' ')}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int' ? `at least ${issue.minimum}` : 'at least one';
    case 'too_big':
      return issue.origin === 'string' ? `at most ${issue.maximum} characters` : `at most ${issue.maximum}`;
    case 'invalid_union':
      return 'a name, or an object as docs/PROFILES.md shows';
    default:
      return issue.message;
  }
}

/** Model names are compared without regard to case, blanks, dashes, dots and slashes. */
const normalise = (model: string): string => model.toLowerCase().replace(/[\s\-_./]/g, '');

/** The profile for a model as config.xml names it: by id, model or alias; of several the one loaded last. */
export function findProfile(profiles: ReadonlyMap<string, Profile>, model: string): Profile | null {
  const wanted = normalise(model);
  const latest = [...profiles.values()].reverse();
  const byModel = latest.find((profile) => normalise(profile.model) === wanted || normalise(profile.id) === wanted);
  return byModel ?? latest.find(({ aliases }) => aliases.some((alias) => normalise(alias) === wanted)) ?? null;
}
