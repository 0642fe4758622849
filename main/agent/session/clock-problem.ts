import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';

/** How openid-client reports a token whose times do not fit this machine's clock. */
const TIMESTAMP_CHECK_FAILED = 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED';

/** What it reports beside the code: seconds since 1970, by this machine's clock and by the server's when it made the token. */
const Times = z.object({ now: z.number(), claims: z.object({ iat: z.number() }) });

/**
 * Two clocks that differ by more than the tolerance make every ID token look expired or not yet valid. Without this the user would be told
 * to check the server's address, which is right.
 *
 * @returns null for any other failure.
 */
export function clockProblem(error: unknown, server: string): Problem | null {
  let isTimestampError = false;
  let cause: unknown = error;
  while (cause instanceof Error) {
    isTimestampError ||= 'code' in cause && cause.code === TIMESTAMP_CHECK_FAILED;
    cause = cause.cause;
  }
  if (!isTimestampError) return null;
  const times = Times.safeParse(cause);
  return problem(
    'sign-in-clock',
    { server },
    times.success ? { cause: difference(times.data.now - times.data.claims.iat) } : {},
  );
}

/** @param seconds by which this machine is ahead. */
function difference(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const amount = minutes >= 120 ? `${Math.round(minutes / 60)} hours` : `${minutes} minutes`;
  return `this machine is ${amount} ${seconds > 0 ? 'ahead' : 'behind'}`;
}
