import { lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { type ProtectedPlace, problemsOfDescriptor, ruleByDescriptors } from '../../managed-config/access-list.ts';
import type { TrustRule } from '../../managed-config/trusted-file.ts';
import { openWindowsCalls } from './windows-calls.ts';
import { type WindowsSecurity, windowsSecurity } from './windows-security.ts';
import { ADMINISTRATORS, SYSTEM } from './windows-sid.ts';

/** The part of Windows' security that folders need, and tests play. */
export type FolderSecurity = Pick<WindowsSecurity, 'ownSid' | 'ofFile' | 'setFile'>;

/** null where koffi is missing, and except on Windows. */
export async function openFolderSecurity(): Promise<FolderSecurity | null> {
  const calls = await openWindowsCalls();
  return calls === null ? null : windowsSecurity(calls);
}

/** What a file is checked by where its owner and access list can be asked for by a call: administrators, and this account. */
export function nativeRule(security: FolderSecurity): TrustRule {
  return ruleByDescriptors(
    async (paths) => {
      try {
        return paths.map((path) => security.ofFile(path));
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    [security.ownSid()],
  );
}

export interface FolderAccess {
  /** SIDs that may change what is in it, beside the system and administrators. */
  change: readonly string[];
  /** Whether everybody may read it. */
  readable: boolean;
}

/** Inherited by what is made in it. */
export function folderDescriptor(owner: string, { change, readable }: FolderAccess): string {
  const full = [SYSTEM, ADMINISTRATORS, ...change].map((sid) => `(A;OICI;FA;;;${sid})`).join('');
  return `O:${owner}D:P${full}${readable ? '(A;OICI;0x1200a9;;;BU)' : ''}`;
}

/**
 * Makes a folder that only `access` may change, or checks one that is there: it, what lies in it and the folders above.
 *
 * @param owner whom it is given to where it is made.
 * @param existing whether the access list of a folder that is there may be replaced: an administrator makes one with that of %ProgramData%,
 *   by which users may add to it.
 * @throws ProblemError `wrong-owner`, `writable-by-others`, `link-in-path`, `access-list-unclear`, and errors of the file system.
 */
export async function secureFolder(
  folder: string,
  owner: string,
  access: FolderAccess,
  security: FolderSecurity,
  existing: 'as-it-is' | 'may-restrict' = 'as-it-is',
): Promise<void> {
  const trusted = [...access.change, security.ownSid()];
  const made = await mkdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
  // Whoever could exchange a folder above could exchange this one.
  await checkFolders(dirname(folder), security, trusted);
  // One that was there before us may be somebody else's, who still has it open: its list is set only where an administrator owns it.
  if (!made && existing === 'may-restrict') await checkOwner(folder, trusted, security);
  if (made || existing === 'may-restrict') security.setFile(folder, folderDescriptor(owner, access));
  await check(folder, 'private-folder', trusted, security);
  for (const name of await readdir(folder)) await check(join(folder, name), 'file', trusted, security);
}

async function check(
  path: string,
  what: ProtectedPlace,
  trusted: readonly string[],
  security: FolderSecurity,
): Promise<void> {
  const [found] = await problemsOf(path, what, trusted, security);
  if (found !== undefined) throw new ProblemError(found);
}

/**
 * A folder and those above it are no links, and nobody but an administrator could exchange what is in them.
 * @throws ProblemError as `secureFolder`.
 */
export async function checkFolders(
  folder: string,
  security: FolderSecurity,
  trusted: readonly string[] = [security.ownSid()],
): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    await check(at, 'folder', trusted, security);
    if (dirname(at) === at) return;
  }
}

/** By a list that lets nobody do anything, only the owner is left to object to. */
async function checkOwner(path: string, trusted: readonly string[], security: FolderSecurity): Promise<void> {
  const ownerOnly: FolderSecurity = { ...security, ofFile: (file) => security.ofFile(file).replace(/D:.*$/s, 'D:') };
  await check(path, 'private-folder', trusted, ownerOnly);
}

async function problemsOf(
  path: string,
  what: ProtectedPlace,
  trusted: readonly string[],
  security: FolderSecurity,
): Promise<Problem[]> {
  if ((await lstat(path)).isSymbolicLink()) return [problem('link-in-path', { path })];
  try {
    return problemsOfDescriptor(path, security.ofFile(path), what, trusted);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return [problem('access-list-unclear', { path }, { cause })];
  }
}
