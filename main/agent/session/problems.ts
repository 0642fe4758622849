import type { Problem } from '../../../shared/problems/problem.ts';

/** What a person is told of a session, where it does not depend on what a server said. */

/** The provider itself said that the refresh token is no longer good (RFC 6749 section 5.2): the one answer that signs out. */
export const SESSION_ENDED = 'session-ended';

/** Nobody of a fitting organization is signed in; what every other problem means is: offline. */
const SIGNED_OUT = 'signed-out';

export const NOBODY: Problem = { code: SIGNED_OUT, message: 'Nobody is signed in.', next: 'Sign in.' };

export const NO_SERVER: Problem = {
  code: 'no-sign-in-server',
  message: 'It is not known where to sign in.',
  next: "Enter the address of your organization's server, or ask your administrator.",
};

export const CANCELLED: Problem = {
  code: 'sign-in-cancelled',
  message: 'Sign-in was cancelled.',
  next: 'Sign in again when you are ready.',
};

export const TIMED_OUT: Problem = {
  code: 'sign-in-timed-out',
  message: 'Sign-in was not completed in time.',
  next: 'Sign in again, and finish in the browser within five minutes.',
};

export const NO_ID_TOKEN: Problem = {
  code: 'server-answer-invalid',
  message: 'The sign-in server did not say who you are.',
  cause: 'no ID token came with the access token',
  next: 'Tell your administrator: this client needs the scope openid.',
};

export const NO_REFRESH_TOKEN: Problem = {
  code: 'no-refresh-token',
  message: 'The sign-in server allows no lasting session.',
  cause: 'no refresh token came with the access token',
  next: 'Tell your administrator: this client needs the scope offline_access and the grant refresh_token.',
};

/** OpenID Connect Core section 12.2: the new ID token is about the same person. */
export const OTHER_SUBJECT: Problem = {
  code: 'server-answer-invalid',
  message: 'The sign-in server answered for another person.',
  next: 'Sign out and sign in again; if it stays, tell your administrator.',
};

export const NOT_ASKED_YET: Problem = {
  code: 'not-asked-yet',
  message: 'The sign-in server has not answered yet.',
  next: 'Wait a moment; this is tried again by itself.',
};

export const SERVER_CHANGED = 'sign-in-server-changed';

export function serverChanged(before: string): Problem {
  return {
    code: SERVER_CHANGED,
    message: 'Another sign-in server is in use now.',
    cause: `before: ${before}`,
    next: 'Sign in again.',
  };
}

/** @param host of the server that said so */
export function unauthorized(host: string, cause: string): Problem {
  return {
    code: 'server-unauthorized',
    message: `The server ${host} did not accept this session's credential.`,
    cause,
    next: 'This is tried again by itself; sign in again if it stays.',
  };
}
