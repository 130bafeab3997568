import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './tree.ts';

/** Folders in which people keep their own things, except the users that documentation may speak of. */
const WORKPLACE = /(?<![\w.:/*~@)\]}-])\/(?:work|home|Users|root|workspace|farm)\/(?!pi\b|lector\b)[\w.-]+/g;

/** Places in a text that mean nothing on another machine: the folder of this clone, this person, this computer. */
function machinePaths(text: string): readonly string[] {
  const found = [...text.matchAll(WORKPLACE)].map((match) => match[0]);
  const mine = [ROOT.replace(/\/$/, ''), homedir()].filter((path) => path.split('/').length > 2 && text.includes(path));
  return [...found, ...mine];
}

function trackedFiles(): readonly string[] {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  return listed.status === 0
    ? listed.stdout
        .toString()
        .split('\0')
        .filter((path) => path !== '')
    : [];
}

describe('what the tree says about the machine it was made on', () => {
  it('no file names a path of one machine, and no address beyond the project', () => {
    const found = trackedFiles()
      .filter((path) => path !== 'package-lock.json' && statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile())
      .flatMap((path) => machinePaths(readFileSync(join(ROOT, path), 'utf8')).map((each) => `${path}: ${each}`));
    expect(found).toEqual([]);
  });

  it.each([`see /${'work'}/shared/x.md`, `cd /${'home'}/someone/lector`, `"/${'Users'}/me/x"`])('finds %s', (text) => {
    expect(machinePaths(text)).toHaveLength(1);
  });

  it.each([
    '/dev/ttyUSB0',
    '/etc/lector/config.xml',
    'src/work/x',
    'https://a.example/work/x',
  ])('lets %s be', (text) => {
    expect(machinePaths(text)).toEqual([]);
  });
});
