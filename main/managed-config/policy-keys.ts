import { calculateJwkThumbprint } from 'jose';
import { type PolicyKey, PolicyKeys } from '../../shared/policy/keys.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { hubUrl } from '../platform/net/hub-url.ts';
import { isPlainLoopback } from '../platform/net/loopback.ts';
import { answeringFetch, type Fetch } from '../platform/net/web-answer.ts';

/** Milliseconds for the whole exchange. */
const TIMEOUT = 15_000;

/**
 * The keys with which a hub signs for these organizations, each for those of them only, so that nobody pins more than
 * was asked for.
 *
 * @throws ProblemError of `answeringFetch`, and `hub-not-secure`, `policy-keys-invalid`, `policy-keys-missing`.
 */
export async function fetchPolicyKeys(fetch: Fetch, hub: string, organizations: string[]): Promise<PolicyKeys> {
  const address = hubUrl(hub, 'v1/policy-keys');
  if (address.protocol !== 'https:' && !isPlainLoopback(address)) {
    throw new ProblemError({
      code: 'hub-not-secure',
      message: `Keys fetched from ${address.origin} could be replaced on their way.`,
      next: 'Give the https address of your server.',
    });
  }
  const response = await answeringFetch(fetch, TIMEOUT)(address, { headers: { Accept: 'application/json' } });
  const invalid = (cause: string) =>
    new ProblemError({
      code: 'policy-keys-invalid',
      message: `${address.href} gives no policy keys.`,
      cause,
      next: 'Check the address of your server.',
    });
  if (response.status !== 200) throw invalid(`HTTP ${response.status}`);
  const parsed = PolicyKeys.safeParse(await response.json().catch(() => null));
  if (!parsed.success) throw invalid(parsed.error.issues[0]?.message ?? 'no JWKS');

  const keys = parsed.data.keys.flatMap((key): PolicyKey[] => {
    const named = key.organizations.filter((org) => organizations.includes(org));
    return named.length > 0 ? [{ ...key, organizations: named }] : [];
  });
  const missing = organizations.filter((org) => !keys.some((key) => key.organizations.includes(org)));
  if (missing.length > 0) {
    throw new ProblemError({
      code: 'policy-keys-missing',
      message: `No key of ${address.origin} signs for ${missing.join(', ')}.`,
      cause: `its keys sign for ${[...new Set(parsed.data.keys.flatMap((key) => key.organizations))].join(', ')}`,
      next: 'Write the organization exactly as your server does.',
    });
  }
  return { keys };
}

/** RFC 7638, SHA-256, base64url: what two people compare on the phone. */
export function thumbprintOf(key: PolicyKey): Promise<string> {
  const { kty, crv, x, y } = key;
  return calculateJwkThumbprint({ kty, crv, x, ...(y !== undefined && { y }) }, 'sha256');
}
