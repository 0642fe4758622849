import { z } from 'zod';
import { failure, type Result, success } from '../problems/problem.ts';
import { keysFor, PolicyKey, type PolicyKeys } from './keys.ts';
import { KEYS_TYP } from './schema.ts';
import { type DocumentKind, firstIssue, openSignedDocument, problem } from './signed-document.ts';

/** What a key says of the keys beside it and after it: compact JWS, `typ: registry-keys+jwt`. */
const Introduction = z.object({
  /** Seconds since 1970. */
  iat: z.number().int(),
  exp: z.number().int(),
  keys: z.array(PolicyKey).min(1).max(64),
});

const KIND: DocumentKind = { code: 'keys', noun: 'list of keys', typ: KEYS_TYP, maxBytes: 1024 * 1024 };

/**
 * The keys to trust from now on, for a machine that nobody manages: what a key that is trusted already says of its organization's. Of
 * other organizations it has no say, whatever it signs.
 *
 * @param now seconds since 1970
 */
export async function verifyIntroduction(
  jws: string | Uint8Array,
  { trusted, org, now }: { trusted: PolicyKeys; org: string; now: number },
): Promise<Result<PolicyKeys>> {
  const opened = await openSignedDocument(KIND, jws, trusted, [org]);
  if (!opened.ok) return opened;
  const claims = Introduction.safeParse(opened.value.json);
  if (!claims.success) return failure(bad(firstIssue(claims.error)));
  const { keys, exp } = claims.data;
  if (exp <= now) return failure(bad(`it expired at ${exp}`));
  const introduced = keys.filter(({ organizations }) => organizations.every((each) => each === org));
  if (keysFor({ keys: introduced }, org).length === 0) return failure(bad(`no key for ${org}`));
  const others = trusted.keys.flatMap((key) => {
    const organizations = key.organizations.filter((each) => each !== org);
    return organizations.length === 0 ? [] : [{ ...key, organizations }];
  });
  return success({ keys: [...introduced, ...others] });
}

function bad(cause: string) {
  return problem(
    'keys-claims',
    'The list of keys is signed, but its claims are not what they should be.',
    'Tell the administrator of the server.',
    cause,
  );
}
