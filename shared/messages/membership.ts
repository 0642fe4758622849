import type { Snapshot } from '../schemas/snapshot.ts';
import { nameList } from './name-list.ts';
import type { Words } from './words.ts';

/** To a member of several organizations: whose policy applies, and who decided that. null: there is nothing to say. */
export function othersRemark({ managed, session }: Snapshot, { panel: { account } }: Words): string | null {
  if (session === null || !('others' in session) || session.others === undefined) return null;
  const { org, others } = session;
  if (others.length === 0) return null;
  const alsoAllowed = managed?.verdict === 'present' && others.some((other) => managed.allowedOrgs.includes(other));
  return alsoAllowed ? account.first(org, others.join(', ')) : account.others(others.join(', '));
}

/** What signing out means for pulls, to be said before it is done. */
export function signOutMeans({ managed }: Snapshot, words: Words): string {
  const { account } = words.panel;
  if (managed?.verdict === 'absent') return account.signOutUnmanaged;
  const organizations = managed?.allowedOrgs ?? [];
  // A file that cannot be used names nobody.
  if (organizations.length === 0) return account.signOutLocked;
  return account.signOutManaged(nameList(organizations, 'disjunction', words));
}
