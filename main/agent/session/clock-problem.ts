import { z } from 'zod';
import type { Problem } from '../../../shared/problems/problem.ts';

/** By which openid-client says that a token is not of now. */
const CODE = 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED';

/** What it tells beside: seconds since 1970, by this machine's clock and by the server's when it made the token. */
const Times = z.object({ now: z.number(), claims: z.object({ iat: z.number() }) });

/**
 * Two clocks that differ by more than is tolerated make every ID token look expired or not yet valid, which is nobody's wrong address.
 *
 * @returns null for any other failure.
 */
export function clockProblem(error: unknown, host: string): Problem | null {
  let told = false;
  let cause: unknown = error;
  while (cause instanceof Error) {
    told ||= 'code' in cause && cause.code === CODE;
    cause = cause.cause;
  }
  if (!told) return null;
  const times = Times.safeParse(cause);
  return {
    code: 'sign-in-clock',
    message: `The clocks of this machine and of the server ${host} differ too much to sign in.`,
    ...(times.success ? { cause: difference(times.data.now - times.data.claims.iat) } : {}),
    next: 'Set the date and time of this machine to be kept automatically, then sign in again.',
  };
}

/** @param seconds by which this machine is ahead. */
function difference(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const amount = minutes >= 120 ? `${Math.round(minutes / 60)} hours` : `${minutes} minutes`;
  return `this machine is ${amount} ${seconds > 0 ? 'ahead' : 'behind'}`;
}
