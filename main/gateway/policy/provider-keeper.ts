import type { ProviderKey, ProviderKeySet } from '../../../shared/policy/provider-keys.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createSingleFlight } from '../../platform/process/single-flight.ts';
import type { Clock } from '../../platform/time/clock.ts';

/** Keeps what is known of the OpenID provider's keys up to date. */
export interface ProviderKeeper {
  /** The configuration may name another provider, or none. */
  follow(): void;
  /**
   * Asks for the keys now, because a token is signed with one that is not known, unless they were asked for too short a time ago.
   * @returns whether the provider has answered
   */
  refresh(): Promise<boolean>;
  /** Why there are no keys, or none of the last day; null otherwise. */
  problem(): Problem | null;
  close(): void;
}

/** After an answer: whoever offers tokens of unknown keys must not make this machine ask the provider without end. */
const ANSWERED_MS = 5 * 60_000;
/** After none: the network may be there the next moment. */
const UNANSWERED_MS = 10_000;
/** A key that has gone stops counting a day after it was last seen, so that is well within. */
const REFRESH_MS = 6 * 3_600_000;
const LAST_RETRY_MS = 60 * 60_000;
const JITTER = 0.1;
/** Seconds without an answer after which somebody is told. */
const SILENT = 24 * 3600;

export function createProviderKeeper(parts: {
  /** null where membership is not proven by an ID token. */
  issuer: () => string | null;
  known: () => ProviderKeySet | null;
  publish: (issuer: string, keys: readonly ProviderKey[]) => Promise<void>;
  fetchKeys: (issuer: string) => Promise<ProviderKey[]>;
  /** Seconds since 1970. */
  now: () => number;
  /** In [0, 1): spreads the machines of an organization. */
  random: () => number;
  clock: Pick<Clock, 'after' | 'monotonic'>;
  log: Pick<Logger, 'info' | 'warn'>;
}): ProviderKeeper {
  const { issuer, known, clock, log } = parts;
  const flight = createSingleFlight(ask);
  let followed: string | null = null;
  let notBefore = 0;
  let failures = 0;
  let failure: string | null = null;
  let cancelTimer = (): void => {};

  async function ask(): Promise<boolean> {
    const asked = issuer();
    if (asked === null) return false;
    cancelTimer();
    let isAnswered = false;
    try {
      const keys = await parts.fetchKeys(asked);
      isAnswered = issuer() === asked;
      if (isAnswered) await parts.publish(asked, keys);
      failures = 0;
      failure = null;
      log.info({ issuer: asked, keys: keys.length }, 'keys of the sign-in server fetched');
    } catch (error) {
      failures += 1;
      failure = error instanceof Error ? error.message : 'unknown';
      log.warn({ issuer: asked, cause: failure, failures }, 'keys of the sign-in server not fetched');
    }
    notBefore = clock.monotonic() + (isAnswered ? ANSWERED_MS : UNANSWERED_MS);
    schedule();
    return isAnswered;
  }

  function schedule(): void {
    const next = failures === 0 ? REFRESH_MS : Math.min(LAST_RETRY_MS, UNANSWERED_MS * 2 ** Math.min(failures, 20));
    cancelTimer();
    cancelTimer = clock.after(next * (1 - JITTER + 2 * JITTER * parts.random()), () => void flight.join());
  }

  return {
    follow() {
      const next = issuer();
      if (next === followed) return;
      followed = next;
      failures = 0;
      failure = null;
      cancelTimer();
      if (next !== null) void flight.again();
    },
    async refresh() {
      if (!flight.isRunning() && clock.monotonic() < notBefore) return false;
      return flight.join();
    },
    problem() {
      const asked = issuer();
      if (asked === null || failure === null) return null;
      const set = known();
      const isRecent = set?.issuer === asked && parts.now() - set.fetched < SILENT;
      return isRecent
        ? null
        : problem('provider-keys-unavailable', { server: new URL(asked).host }, { cause: failure });
    },
    close: () => cancelTimer(),
  };
}
