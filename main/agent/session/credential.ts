import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { createSingleFlight } from '../../platform/process/single-flight.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { refreshAfter } from './check-schedule.ts';
import type { Grant, Provider } from './provider.ts';

/** The tokens of one sign-in: refreshed ahead of expiry, one refresh at a time, the newest refresh token always kept. */
export interface Credential {
  /**
   * @param rejected an access token that a server has just answered 401 to: another one is fetched.
   * @throws ProblemError `session-ended` if the provider said so, else why it could not be asked.
   */
  accessToken(rejected?: string): Promise<string>;
  /** Refreshes even if it is not due, for the newest claims. @returns the access token. @throws as `accessToken` */
  refresh(): Promise<string>;
  /** The claims of the newest ID token; null after a restart, if refreshing brings none. */
  claims(): Record<string, unknown> | null;
  /** The newest ID token, and since when it is held (milliseconds since 1970); null after a restart, if refreshing brings none. */
  idToken(): { token: string; since: number } | null;
  /** Whether this provider sends an ID token with a refresh, which is optional (OpenID Connect Core section 12.2); null: not known yet. */
  renewsIdToken(): boolean | null;
  /** Milliseconds until it should be refreshed; 0 or less: now. */
  dueIn(): number;
  provider(): Promise<Provider>;
  /** Resolves when no refresh is running and the newest refresh token is kept. */
  refreshed(): Promise<void>;
  /** Tells the provider that the refresh token is no longer needed: the newest one, which a running refresh may bring. */
  revoke(): Promise<void>;
}

export function createCredential(parts: {
  sub: string;
  refreshToken: string;
  grant: Grant | null;
  discover: () => Promise<Provider>;
  /** Saves each new refresh token before its access token is used: with rotation the old one is worthless by then. */
  save: (refreshToken: string) => Promise<void>;
  /** false once its session has ended: nothing is refreshed any more. */
  isCurrent: () => boolean;
  clock: Clock;
  random: () => number;
}): Credential {
  const { sub, clock, random } = parts;
  let { refreshToken, grant } = parts;
  let dueAt = grant === null ? 0 : dueAtOf(grant);
  let discovered: Promise<Provider> | null = null;
  let idToken = heldSince(grant);
  let renewsIdToken: boolean | null = null;
  const refreshing = createSingleFlight(requestGrant);

  function provider(): Promise<Provider> {
    discovered ??= parts.discover().catch((error: unknown) => {
      discovered = null;
      throw error;
    });
    return discovered;
  }

  function heldSince(from: Grant | null): { token: string; since: number } | null {
    return from === null || from.idToken === null ? null : { token: from.idToken, since: clock.wall() };
  }

  async function requestGrant(): Promise<Grant> {
    try {
      const known = await provider();
      // Nobody would save the new token, and the old one would be worthless.
      if (!parts.isCurrent()) throw new ProblemError(problem('signed-out'));
      const fresh = await known.refresh(refreshToken);
      // OpenID Connect Core section 12.2: the new ID token is about the same user.
      if (fresh.claims !== null && fresh.claims.sub !== sub) throw new ProblemError(problem('other-user'));
      if (fresh.refreshToken !== null && fresh.refreshToken !== refreshToken) {
        refreshToken = fresh.refreshToken;
        await parts.save(refreshToken);
      }
      renewsIdToken = fresh.idToken !== null;
      idToken = heldSince(fresh) ?? idToken;
      grant = { ...fresh, claims: fresh.claims ?? grant?.claims ?? null };
      dueAt = dueAtOf(fresh);
      return grant;
    } catch (error) {
      // Its endpoints may have moved.
      discovered = null;
      throw error;
    }
  }

  function dueAtOf({ expiresAt, lifetime }: Grant): number {
    return expiresAt - lifetime + refreshAfter(lifetime, random());
  }

  function dueIn(): number {
    return grant === null ? 0 : dueAt - clock.wall();
  }

  async function refreshed(): Promise<void> {
    if (refreshing.isRunning()) await refreshing.join().catch(() => undefined);
  }

  return {
    async accessToken(rejected) {
      const usable = grant !== null && grant.accessToken !== rejected ? grant : null;
      if (usable !== null && dueIn() > 0) return usable.accessToken;
      try {
        return (await refreshing.join()).accessToken;
      } catch (error) {
        const ended = error instanceof ProblemError && error.problem.code === 'session-ended';
        // A provider that is away for a minute does not matter while the token in hand is valid.
        if (!ended && usable !== null && clock.wall() < usable.expiresAt) return usable.accessToken;
        throw error;
      }
    },
    refresh: async () => (await refreshing.join()).accessToken,
    claims: () => grant?.claims ?? null,
    idToken: () => idToken,
    renewsIdToken: () => renewsIdToken,
    dueIn,
    provider,
    refreshed,
    async revoke() {
      await refreshed();
      await (await provider()).revoke(refreshToken);
    },
  };
}
