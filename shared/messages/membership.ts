import type { Snapshot } from '../schemas/snapshot.ts';
import type { PanelMessages } from './en/panel.ts';
import type { StateMessages } from './en/state.ts';
import { nameList } from './name-list.ts';

/** To a member of several organizations: whose policy applies, and who decided that. null: there is nothing to say. */
export function othersRemark({ managed, session }: Snapshot, words: PanelMessages['account']): string | null {
  if (session === null || !('others' in session) || session.others === undefined) return null;
  const { org, others } = session;
  if (others.length === 0) return null;
  const alsoAllowed = managed?.verdict === 'present' && others.some((other) => managed.allowedOrgs.includes(other));
  return alsoAllowed ? words.first(org, others.join(', ')) : words.others(others.join(', '));
}

/** What signing out means for pulls, to be said before it is done. */
export function signOutMeans({ managed }: Snapshot, words: PanelMessages['account'], messages: StateMessages): string {
  if (managed?.verdict === 'absent') return words.signOutUnmanaged;
  const organizations = managed?.allowedOrgs ?? [];
  // A file that cannot be used names nobody.
  if (organizations.length === 0) return words.signOutRefused;
  return words.signOutManaged(nameList(organizations, 'disjunction', messages));
}
