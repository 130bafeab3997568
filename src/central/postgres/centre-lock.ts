import { type HeldLock, lockHolder, takeLock } from '../../lock/lock-link.ts';

/** Serving goes on; a command holds the folder for its own time. */
export type LockRole = 'serving' | 'command';
export type LockHolder = { readonly pid: number; readonly role: LockRole };
export type CentreLock = HeldLock;

/** Takes the centre's folder for this process: the lock, or who holds it; see {@link takeLock}. */
export async function lockCentre(dir: string, role: LockRole): Promise<CentreLock | LockHolder> {
  const held = await takeLock(dir, role);
  return 'release' in held ? held : withRole(held);
}

/** Who holds the folder; null: nobody does, or a process that is gone. */
export async function holderOf(dir: string): Promise<LockHolder | null> {
  const holder = await lockHolder(dir);
  return holder === null ? null : withRole(holder);
}

const withRole = ({ pid, said }: { readonly pid: number; readonly said: string }): LockHolder => ({
  pid,
  role: said === 'command' ? 'command' : 'serving',
});
