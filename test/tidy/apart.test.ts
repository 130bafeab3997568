import { matchesGlob, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APART } from '../support/apart.ts';
import { filesIn } from './tree.ts';

const IMPORT = /\bfrom '(\.[^']+)'/g;
/** A hook that a module sets when it is loaded: in a process that several files share, it ends with the first. */
const HOOK = /^(?:before|after)(?:Each|All)\(/m;
/** What would be changed or measured for all files of the process. */
const WHOLE =
  /\bvi\.(?:mock\(|doMock|stub|useFake)|process\.(?:chdir|memoryUsage|cpuUsage|getActive)|process\.env\.TZ = /;

const texts = new Map(filesIn(['test'], ['.ts']).map(({ path, text }) => [path, text]));
const isTest = (path: string) => path.endsWith('.test.ts');

/** All files of the tests that a file loads, with itself. */
function loadedBy(path: string, known = new Set<string>()): ReadonlySet<string> {
  const text = texts.get(path);
  if (text === undefined || known.has(path)) return known;
  known.add(path);
  for (const [, specifier = ''] of text.matchAll(IMPORT)) loadedBy(posix.join(posix.dirname(path), specifier), known);
  return known;
}

describe('tests that share a process with others', () => {
  const together = [...texts.keys()].filter((path) => isTest(path) && !APART.some((glob) => matchesGlob(path, glob)));

  it('leave alone what belongs to the whole process', () => {
    expect(together.length).toBeGreaterThan(100);
    const found = together.flatMap((path) =>
      [...loadedBy(path)]
        .filter((each) => WHOLE.test(texts.get(each) ?? '') || (!isTest(each) && HOOK.test(texts.get(each) ?? '')))
        .map((each) => `${path} loads ${each}: it belongs into test/support/apart.ts`),
    );
    // this one names them
    expect(found.filter((each) => !each.startsWith('test/tidy/apart.test.ts'))).toEqual([]);
  });

  it('those that are apart are there', () => {
    expect(APART.filter((glob) => ![...texts.keys()].some((path) => matchesGlob(path, glob)))).toEqual([]);
  });
});
