import type { SessionState } from './inputs.ts';

/** Offline, or with a credential that cannot be read, one still belongs to the organization one signed in to. */
export function belongs(session: SessionState): session is Extract<SessionState, { org: string }> {
  return session.kind === 'signed-in' || session.kind === 'offline' || session.kind === 'credential-unreadable';
}

/** The sign-in has not ended, though the administrator's list names none of the user's organizations. It allows nothing. */
export function isKept(session: SessionState): session is Extract<SessionState, { kind: 'wrong-organization' }> {
  return session.kind === 'wrong-organization' && session.kept === true;
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
  return belongs(session) || isKept(session);
}
