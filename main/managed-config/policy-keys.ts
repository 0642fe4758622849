import { readFile } from 'node:fs/promises';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { type PolicyKey, PolicyKeys } from '../../shared/policy/keys.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { parseStrictJson } from '../platform/fs/strict-json.ts';
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

  return limitedTo(organizations, parsed.data, address.origin);
}

/**
 * The same from a file that the server's administrator has handed over: a JWKS as the server publishes it.
 *
 * @throws ProblemError `keys-file-unusable`, `policy-keys-missing`.
 */
export async function readPolicyKeys(file: string, organizations: string[]): Promise<PolicyKeys> {
  const unusable = (cause: string) => new ProblemError(problem('keys-file-unusable', { file }, { cause }));
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unusable(error.code ?? error.message);
  });
  const json = parseStrictJson(bytes);
  if (!json.ok) throw unusable(json.problem.message);
  const parsed = PolicyKeys.safeParse(json.value.value);
  if (!parsed.success) throw unusable(z.prettifyError(parsed.error).split('\n')[0] ?? 'not a JWKS');
  return limitedTo(organizations, parsed.data, file);
}

/** @param origin whose keys they are. @throws ProblemError `policy-keys-missing`. */
function limitedTo(organizations: string[], all: PolicyKeys, origin: string): PolicyKeys {
  const keys = all.keys.flatMap((key): PolicyKey[] => {
    const requested = key.organizations.filter((org) => organizations.includes(org));
    return requested.length > 0 ? [{ ...key, organizations: requested }] : [];
  });
  const missing = organizations.filter((org) => !keys.some((key) => key.organizations.includes(org)));
  if (missing.length > 0) {
    const known = [...new Set(all.keys.flatMap((key) => key.organizations))].join(', ');
    const cause = `its keys sign for ${known}`;
    throw new ProblemError(problem('policy-keys-missing', { origin, organizations: missing }, { cause }));
  }
  return { keys };
}

/** RFC 7638, SHA-256, base64url: for two people to compare on the phone. */
export function thumbprintOf(key: PolicyKey): Promise<string> {
  const { kty, crv, x, y } = key;
  return calculateJwkThumbprint({ kty, crv, x, ...(y !== undefined && { y }) }, 'sha256');
}
