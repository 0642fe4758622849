import { ProblemError } from '../../../shared/problems/problem.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { NOBODY, OTHER_SUBJECT, SESSION_ENDED } from './problems.ts';
import type { Grant, Provider } from './provider.ts';

/** The tokens of one sign-in: refreshed ahead of expiry, one refresh at a time, the newest refresh token always kept. */
export interface Credential {
  /**
   * @param refused an access token that a server has just answered 401 to: another one is fetched.
   * @throws ProblemError `session-ended` if the provider said so, else why it could not be asked.
   */
  accessToken(refused?: string): Promise<string>;
  /** Refreshes whether it is due or not: the claims are as new as they get. @throws as `accessToken` */
  renew(): Promise<string>;
  /** The claims of the newest ID token; null after a restart, if refreshing brings none. */
  claims(): Record<string, unknown> | null;
  /** Milliseconds until it should be refreshed; 0 or less: now. */
  dueIn(): number;
  provider(): Promise<Provider>;
  /** Resolves when no refresh is running and the newest refresh token is kept. */
  settled(): Promise<void>;
  /** Tells the provider that the refresh token is no longer needed, the newest one that a running refresh may bring. */
  revoke(): Promise<void>;
}

export function holdCredential(parts: {
  sub: string;
  refreshToken: string;
  grant: Grant | null;
  discover: () => Promise<Provider>;
  /** Called with each new refresh token before its access token is used: with rotation the old one is worthless by then. */
  keep: (refreshToken: string) => Promise<void>;
  /** false once the session it belongs to has ended: nothing is refreshed any more. */
  wanted: () => boolean;
  clock: Clock;
}): Credential {
  const { sub, clock } = parts;
  let { refreshToken, grant } = parts;
  let discovered: Promise<Provider> | null = null;
  let refreshing: Promise<Grant> | null = null;

  function provider(): Promise<Provider> {
    discovered ??= parts.discover().catch((error: unknown) => {
      discovered = null;
      throw error;
    });
    return discovered;
  }

  async function refresh(): Promise<Grant> {
    try {
      const known = await provider();
      // Nobody would keep what came back, and what was sent would be worthless.
      if (!parts.wanted()) throw new ProblemError(NOBODY);
      const fresh = await known.refresh(refreshToken);
      if (fresh.claims !== null && fresh.claims.sub !== sub) throw new ProblemError(OTHER_SUBJECT);
      if (fresh.refreshToken !== null && fresh.refreshToken !== refreshToken) {
        refreshToken = fresh.refreshToken;
        await parts.keep(refreshToken);
      }
      grant = { ...fresh, claims: fresh.claims ?? grant?.claims ?? null };
      return grant;
    } catch (error) {
      // Its endpoints may have moved.
      discovered = null;
      throw error;
    }
  }

  function renew(): Promise<Grant> {
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    return refreshing;
  }

  function dueIn(): number {
    return grant === null ? 0 : grant.expiresAt - grant.lifetime / 5 - clock.wall();
  }

  async function settled(): Promise<void> {
    await refreshing?.catch(() => undefined);
  }

  return {
    async accessToken(refused) {
      const usable = grant !== null && grant.accessToken !== refused ? grant : null;
      if (usable !== null && dueIn() > 0) return usable.accessToken;
      try {
        return (await renew()).accessToken;
      } catch (error) {
        const ended = error instanceof ProblemError && error.problem.code === SESSION_ENDED;
        // A provider that is away for a minute is nobody's business while the token in hand is good.
        if (!ended && usable !== null && clock.wall() < usable.expiresAt) return usable.accessToken;
        throw error;
      }
    },
    renew: async () => (await renew()).accessToken,
    claims: () => grant?.claims ?? null,
    dueIn,
    provider,
    settled,
    async revoke() {
      await settled();
      await (await provider()).revoke(refreshToken);
    },
  };
}
