import type { SessionState } from '../shared/state/inputs.ts';

/** Whether a sign-in is under way, be it the first one or one that replaces a session that is still good. */
export function isSigningIn(session: SessionState | null): boolean {
  if (session === null) return false;
  return session.kind === 'signing-in' || ('signingInSince' in session && session.signingInSince !== undefined);
}
