import { z } from 'zod';
import { problem } from '../problems/catalogue.ts';
import { failure, type Result, success } from '../problems/problem.ts';
import { keysFor, PolicyKey, type PolicyKeys } from './keys.ts';
import { KEYS_TYP } from './schema.ts';
import { type DocumentKind, firstIssue, openSignedDocument, parseJson } from './signed-document.ts';

/** The claims by which a trusted key introduces its successors: compact JWS, `typ: registry-keys+jwt`. */
const SignedKeysClaims = z.object({
  /** Seconds since 1970. */
  iat: z.number().int(),
  exp: z.number().int(),
  keys: z.array(PolicyKey).min(1).max(64),
});

const KIND: DocumentKind = { code: 'keys', typ: KEYS_TYP, maxBytes: 1024 * 1024 };

/**
 * The keys to trust from now on, for an unmanaged machine: a key that is already trusted may replace the keys of its own
 * organization, and no others, whatever it signs.
 *
 * @param now seconds since 1970
 */
export async function verifySignedKeys(
  jws: string | Uint8Array,
  { trusted, org, now }: { trusted: PolicyKeys; org: string; now: number },
): Promise<Result<PolicyKeys>> {
  const opened = await openSignedDocument(KIND, jws, trusted, [org]);
  if (!opened.ok) return opened;
  const claims = SignedKeysClaims.safeParse(parseJson(opened.value.payload));
  if (!claims.success) return invalid(firstIssue(claims.error));
  const { keys, exp } = claims.data;
  if (exp <= now) return invalid(`it expired at ${exp}`);
  const introduced = keys.filter(({ organizations }) => organizations.every((each) => each === org));
  if (keysFor({ keys: introduced }, org).length === 0) return invalid(`no key for ${org}`);
  const others = trusted.keys.flatMap((key) => {
    const organizations = key.organizations.filter((each) => each !== org);
    return organizations.length === 0 ? [] : [{ ...key, organizations }];
  });
  return success({ keys: [...introduced, ...others] });
}

function invalid(cause: string) {
  return failure(problem('keys-claims', {}, { cause }));
}
