import type { MembershipClaims } from '../../../shared/policy/schema.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { SyncState } from '../../../shared/schemas/snapshot.ts';
import type { CompiledPolicy } from './verify-and-compile.ts';

/** What is held of one organization's policy, and how the last attempts to fetch it went. Times in milliseconds since 1970. */
export interface PolicySyncState {
  org: string | null;
  /** Since when there should be a policy; null while nobody needs one. */
  since: number | null;
  held: CompiledPolicy | null;
  membership: MembershipClaims | null;
  /** Why the last document was rejected; null once one was accepted. */
  rejection: Problem | null;
  sync: SyncState;
  failures: number;
  /** How far the server's clock is ahead of ours, in milliseconds, when it last answered. */
  serverAhead: number | null;
}

/** Of a target that nothing is known of yet; null: nobody needs a policy. */
export function initialSync(org: string | null, now: number): PolicySyncState {
  return {
    org,
    since: org === null ? null : now,
    held: null,
    membership: null,
    rejection: null,
    sync: { running: false, lastContact: null, lastAttempt: null, next: null, problem: null },
    failures: 0,
    serverAhead: null,
  };
}

/** An attempt is due, and waits for the files. */
export function syncStarted(state: PolicySyncState): PolicySyncState {
  return { ...state, sync: { ...state.sync, running: true, next: null } };
}

export function serverAsked(state: PolicySyncState, now: number): PolicySyncState {
  return { ...state, sync: { ...state.sync, lastAttempt: now } };
}

/** @param serverTime of its `Date` header, where it sent one. */
export function serverAnswered(state: PolicySyncState, serverTime: number | null, now: number): PolicySyncState {
  return { ...state, serverAhead: serverTime === null ? null : serverTime - now };
}

/** From the disk, where it was put at `lastContact`. */
export function cacheLoaded(
  state: PolicySyncState,
  held: CompiledPolicy,
  membership: MembershipClaims | null,
  lastContact: number,
): PolicySyncState {
  return {
    ...state,
    held,
    membership: membership ?? state.membership,
    sync: { ...state.sync, lastContact },
  };
}

export function cacheRejected(state: PolicySyncState, rejection: Problem): PolicySyncState {
  return { ...state, rejection };
}

export function policyAccepted(state: PolicySyncState, held: CompiledPolicy): PolicySyncState {
  return { ...state, held };
}

export function membershipAccepted(state: PolicySyncState, membership: MembershipClaims): PolicySyncState {
  return { ...state, membership };
}

export function syncSucceeded(state: PolicySyncState, now: number): PolicySyncState {
  return { ...state, rejection: null, failures: 0, sync: { ...state.sync, lastContact: now, problem: null } };
}

/** @param isRejection a document came and was rejected; what is held stays. */
export function syncFailed(state: PolicySyncState, problem: Problem, isRejection: boolean): PolicySyncState {
  return {
    ...state,
    failures: state.failures + 1,
    rejection: isRejection ? problem : state.rejection,
    sync: { ...state.sync, problem },
  };
}

/** An attempt has ended. @param next when the following one begins. */
export function syncScheduled(state: PolicySyncState, next: number): PolicySyncState {
  return { ...state, sync: { ...state.sync, running: false, next: Math.trunc(next) } };
}

/** Seconds since 1970; a clock that was set back does not make an expired document valid again. */
export function verificationTime({ held }: PolicySyncState, now: number): number {
  return Math.max(Math.floor(now / 1000), held?.summary.iat ?? 0);
}

/** The last sync did not reach the server. One that brought a document which was rejected did. */
export function isServerAway({ failures, rejection, sync }: PolicySyncState): boolean {
  return failures > 0 && sync.problem !== rejection;
}
