import type { ManagedConfig } from '../schemas/managed-config.ts';
import type { SessionState } from './inputs.ts';

/** Offline, or with a credential that cannot be read, one still belongs to the organization one signed in to. */
export function belongs(session: SessionState): session is Extract<SessionState, { org: string }> {
  return session.kind === 'signed-in' || session.kind === 'offline' || session.kind === 'credential-unreadable';
}

/** The sign-in has not ended, though the administrator's list names none of the user's organizations. It allows nothing. */
export function isKept(session: SessionState): session is Extract<SessionState, { kind: 'wrong-organization' }> {
  return session.kind === 'wrong-organization' && session.kept === true;
}

/**
 * Somebody is signed in, and the administrator's list names none of their organizations: as soon as the list has changed, and not only once
 * the session has noticed.
 */
export function isOfNoneAllowed(session: SessionState, { verdict, allowedOrgs }: ManagedConfig): boolean {
  if (verdict !== 'present') return false;
  if (!belongs(session)) return isKept(session);
  return ![session.org, ...(session.others ?? [])].some((org) => allowedOrgs.includes(org));
}

/** Whether a sign-in is under way, be it the first one or one that replaces a session that is still good. */
export function isSigningIn(session: SessionState | null): boolean {
  if (session === null) return false;
  return session.kind === 'signing-in' || ('signingInSince' in session && session.signingInSince !== undefined);
}

/** When the sign-in that is under way is given up, in milliseconds since 1970. */
export function signingInUntil(session: SessionState | null): number | null {
  if (session === null) return null;
  if (session.kind === 'signing-in') return session.until ?? null;
  return ('signingInUntil' in session ? session.signingInUntil : undefined) ?? null;
}

/** Whether signing in would fix anything. */
export function maySignIn(session: SessionState): boolean {
  return !belongs(session) || session.kind === 'credential-unreadable';
}

/** Whether there is a sign-in on this machine that can be ended. */
export function maySignOut(session: SessionState): boolean {
  return belongs(session) || ('kept' in session && session.kept === true);
}
