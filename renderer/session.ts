import { belongs } from '../shared/state/derive-state.ts';
import type { SessionState } from '../shared/state/inputs.ts';

/** Whether there is a sign-in on this machine that can be ended. */
export function maySignOut(session: SessionState): boolean {
  return belongs(session) || (session.kind === 'wrong-organization' && session.kept === true);
}

/** Whether a sign-in is under way, be it the first one or one that replaces a session that is still good. */
export function isSigningIn(session: SessionState | null): boolean {
  if (session === null) return false;
  return session.kind === 'signing-in' || ('signingInSince' in session && session.signingInSince !== undefined);
}
