import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { SessionState } from '../../../shared/state/inputs.ts';
import { belongs, isKept } from '../../../shared/state/session.ts';

/** What holds for the account of this machine, whether or not a sign-in is in progress. */
export type AccountState = Exclude<SessionState, { kind: 'signing-in' }>;

export interface SignInAttempt {
  /** Counts the attempts of this process, so that a late answer to an earlier one is recognized. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** When it is given up. */
  readonly until: number;
}

/** For which an attempt waits, unless the provider says otherwise. */
export const SIGN_IN_TIMEOUT_MS = 5 * 60_000;

/** All that the session's transitions work on. */
export interface SignInState {
  /** null until the account has been read and the server asked, or not reached in time. */
  readonly account: AccountState | null;
  readonly attempt: SignInAttempt | null;
  readonly attempts: number;
  /**
   * The next sign-in makes the provider ask who signs in: after a sign-out or a wrong organization it would otherwise answer for the same
   * user again.
   */
  readonly forceLogin: boolean;
}

/** How an attempt ended; its browser page says so. */
export type SignInEnd =
  | { readonly kind: 'completed' | 'cancelled' | 'replaced' }
  | { readonly kind: 'failed'; readonly problem: Problem };

export interface Transition {
  readonly state: SignInState;
  /** The attempt that this transition ended, whose timer, listener and requests have to be released. */
  readonly ended: { readonly id: number; readonly end: SignInEnd } | null;
}

export const INITIAL: SignInState = { account: null, attempt: null, attempts: 0, forceLogin: false };

/** A newer sign-in replaces an older one. @param now milliseconds since 1970. */
export function beginSignIn(state: SignInState, now: number): Transition {
  const id = state.attempts + 1;
  // Whose sign-in is kept gains nothing by another one of the same account.
  const forceLogin = state.forceLogin || (state.account !== null && isKept(state.account));
  return {
    state: { ...state, forceLogin, attempts: id, attempt: { id, since: now, until: now + SIGN_IN_TIMEOUT_MS } },
    ended: state.attempt === null ? null : { id: state.attempt.id, end: { kind: 'replaced' } },
  };
}

/** The provider decides how long the attempt lasts. Ignored for an attempt that has ended already. */
export function setSignInEnd(state: SignInState, id: number, until: number): Transition {
  if (state.attempt?.id !== id) return unchanged(state);
  return { state: { ...state, attempt: { ...state.attempt, until } }, ended: null };
}

/** The user called it off, which leaves everything as it was. Without an attempt nothing changes. */
export function cancelSignIn(state: SignInState): Transition {
  if (state.attempt === null) return unchanged(state);
  return { state: { ...state, attempt: null }, ended: { id: state.attempt.id, end: { kind: 'cancelled' } } };
}

/** Ignored for an attempt that has ended already. */
export function failSignIn(state: SignInState, id: number, problem: Problem): Transition {
  if (!isCurrent(state, id)) return unchanged(state);
  return {
    state: { ...state, attempt: null, account: accountAfterFailure(state.account, problem) },
    ended: { id, end: { kind: 'failed', problem } },
  };
}

export function timeOutSignIn(state: SignInState, id: number): Transition {
  return failSignIn(state, id, problem('sign-in-timed-out'));
}

/**
 * The provider has said who signed in. The newest answer wins, even if the previous account was allowed and this one is not: the user chose
 * this one.
 */
export function completeSignIn(state: SignInState, id: number, account: AccountState): Transition {
  if (!isCurrent(state, id)) return unchanged(state);
  return {
    state: { ...state, attempt: null, account, forceLogin: !belongs(account) },
    ended: { id, end: { kind: 'completed' } },
  };
}

/** What holds for the account has changed; a sign-in in progress stays. */
export function updateAccount(state: SignInState, account: AccountState): Transition {
  return { state: { ...state, account }, ended: null };
}

/** The account leaves this machine: signed out, or of no allowed organization any more. */
export function leaveAccount(state: SignInState, account: AccountState): Transition {
  return { state: { ...state, account, forceLogin: true }, ended: null };
}

export function isCurrent(state: SignInState, id: number): boolean {
  return state.attempt?.id === id;
}

/** What everybody else is told. */
export function sessionState({ account, attempt }: SignInState): SessionState | null {
  if (attempt === null || account === null) return account;
  if (belongs(account)) return { ...account, signingInSince: attempt.since, signingInUntil: attempt.until };
  return { kind: 'signing-in', since: attempt.since, until: attempt.until };
}

/** A member stays one, and so does a sign-in that is kept: a failed one only explains why an account that is not fully usable is so still. */
function accountAfterFailure(account: AccountState | null, problem: Problem): AccountState | null {
  if (account === null || account.kind === 'signed-in' || isKept(account)) return account;
  if (account.kind === 'signed-out' && account.kept) return { ...account, problem };
  if (!belongs(account)) return { kind: 'signed-out', problem };
  return problem.code === 'sign-in-cancelled' ? account : { ...account, problem };
}

function unchanged(state: SignInState): Transition {
  return { state, ended: null };
}
