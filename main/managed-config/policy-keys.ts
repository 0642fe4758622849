import { calculateJwkThumbprint } from 'jose';
import { type PolicyKey, PolicyKeys } from '../../shared/policy/keys.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { hubUrl } from '../platform/net/hub-url.ts';
import { isPlainLoopback } from '../platform/net/loopback.ts';
import { answeringFetch, type Fetch } from '../platform/net/web-answer.ts';

/** Milliseconds for the whole exchange. */
const TIMEOUT = 15_000;
/** Their next step says that Portcullis retries; this command does not. */
const RETRIED_BY_THE_AGENT: ReadonlySet<string> = new Set([
  'offline',
  'server-unreachable',
  'server-timeout',
  'server-error',
]);

/**
 * The keys with which a hub signs for these organizations, each limited to them, so that nobody pins more than was requested.
 *
 * @throws ProblemError `captive-portal`, `server-not-trusted`, `too-large`, `hub-not-secure`, `policy-keys-unreachable`,
 * `policy-keys-invalid`, `policy-keys-missing`.
 */
export async function fetchPolicyKeys(fetch: Fetch, hub: string, organizations: string[]): Promise<PolicyKeys> {
  const address = hubUrl(hub, 'v1/policy-keys');
  if (address.protocol !== 'https:' && !isPlainLoopback(address)) {
    throw new ProblemError(problem('hub-not-secure', { origin: address.origin }));
  }
  const response = await answeringFetch(fetch, TIMEOUT)(address, { headers: { Accept: 'application/json' } }).catch(
    (error: unknown) => {
      if (!(error instanceof ProblemError) || !RETRIED_BY_THE_AGENT.has(error.problem.code)) throw error;
      const { message, cause = '' } = error.problem;
      throw new ProblemError(
        problem('policy-keys-unreachable', { origin: address.origin }, { cause: `${message} ${cause}`.trim() }),
      );
    },
  );
  const invalid = (cause: string) => new ProblemError(problem('policy-keys-invalid', { url: address.href }, { cause }));
  if (response.status !== 200) throw invalid(`HTTP ${response.status}`);
  const parsed = PolicyKeys.safeParse(await response.json().catch(() => null));
  if (!parsed.success) throw invalid(parsed.error.issues[0]?.message ?? 'not a JWKS');

  const keys = parsed.data.keys.flatMap((key): PolicyKey[] => {
    const requested = key.organizations.filter((org) => organizations.includes(org));
    return requested.length > 0 ? [{ ...key, organizations: requested }] : [];
  });
  const missing = organizations.filter((org) => !keys.some((key) => key.organizations.includes(org)));
  if (missing.length > 0) {
    const known = [...new Set(parsed.data.keys.flatMap((key) => key.organizations))].join(', ');
    const cause = `its keys sign for ${known}`;
    throw new ProblemError(
      problem('policy-keys-missing', { origin: address.origin, organizations: missing }, { cause }),
    );
  }
  return { keys };
}

/** RFC 7638, SHA-256, base64url: for two people to compare on the phone. */
export function thumbprintOf(key: PolicyKey): Promise<string> {
  const { kty, crv, x, y } = key;
  return calculateJwkThumbprint({ kty, crv, x, ...(y !== undefined && { y }) }, 'sha256');
}
