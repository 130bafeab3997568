import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LectorError } from '../../domain/errors.ts';

const run = promisify(execFile);
const ENTER_LIMIT_MS = 10_000;

/** The user that PostgreSQL runs as. `ids` is empty where that is the user of this process. */
export type RunAs = {
  readonly name: string;
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** Something that whoever runs the centre should know; empty: nothing. */
  readonly advice: string;
};

type Account = { readonly name: string; readonly uid: number; readonly gid: number };

/**
 * PostgreSQL refuses to run as root. As root it runs as the owner of the cluster, else of the centre's folder; where
 * both are root's, as `postgres`, the account that PostgreSQL is known by, else as `nobody`. No account is made.
 */
export async function chooseUser(dir: string, dataDir: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { name: 'this user', ids: {}, advice: '' };
  const accounts = await readAccounts();
  // a folder without a cluster is nobody's yet
  const owner = (await ownerOf(join(dataDir, 'PG_VERSION'))) === null ? null : await ownerOf(dataDir);
  if (owner === 0) throw ownedByRoot(dataDir);
  const other = owner ?? (await ownerOf(dir)) ?? 0;
  if (other !== 0) return asAccount(accounts.find((each) => each.uid === other) ?? unnamed(other));
  const postgres = accounts.find((each) => each.name === 'postgres');
  if (postgres) return asAccount(postgres);
  const nobody = accounts.find((each) => each.name === 'nobody');
  if (!nobody) throw noAccount();
  return asAccount(
    nobody,
    'other programs may run as nobody too: an account named postgres, or one of its own for Lector, keeps them apart',
  );
}

const asAccount = ({ name, uid, gid }: Account, advice = ''): RunAs => ({ name, ids: { uid, gid }, advice });
const unnamed = (uid: number): Account => ({ name: `user ${uid}`, uid, gid: uid });

function ownedByRoot(dataDir: string): LectorError {
  return new LectorError(
    'CONFIG_INVALID',
    `${dataDir} belongs to root, as whom PostgreSQL does not run: give it to another user ` +
      `(chown -R postgres ${dataDir})`,
    { dir: dataDir },
  );
}

function noAccount(): LectorError {
  return new LectorError(
    'CONFIG_INVALID',
    'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody: start the centre as ' +
      'another user, or name a PostgreSQL that runs already with --database',
  );
}

async function readAccounts(): Promise<readonly Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

async function ownerOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ uid }) => uid,
    () => null,
  );
}

/** Rejects CONFIG_INVALID, naming --data, when the user cannot get into `dir`; the system itself is asked. */
export async function mustEnter(runAs: RunAs, dir: string): Promise<void> {
  if (runAs.ids.uid === undefined || (await enters(runAs, dir))) return;
  const barred = await firstBarred(runAs, dir);
  throw new LectorError(
    'CONFIG_INVALID',
    `PostgreSQL, which runs as user ${runAs.name} because root may not run it, cannot enter ${barred}: ` +
      'name a folder that it can enter with --data, such as /var/lib/lector/central, or start the centre as another ' +
      'user',
    { dir, barred, user: runAs.name },
  );
}

async function firstBarred(runAs: RunAs, dir: string): Promise<string> {
  const above = dirname(dir);
  if (above === dir || (await enters(runAs, above))) return dir;
  return firstBarred(runAs, above);
}

async function enters(runAs: RunAs, dir: string): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', dir], { ...runAs.ids, cwd: '/', timeout: ENTER_LIMIT_MS });
    return true;
  } catch {
    return false;
  }
}
