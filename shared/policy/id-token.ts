import { z } from 'zod';
import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import { failure, type Result, success } from '../problems/problem.ts';
import type { PortcullisSettings } from '../schemas/managed-config.ts';
import { decodeBase64url } from './base64url.ts';
import { NumericDate } from './grants.ts';
import { type OrganizationNames, type OrganizationsForm, readOrganizationsClaim } from './organizations-claim.ts';
import { algorithmsOf, type IdTokenAlgorithm, type ProviderKey } from './provider-keys.ts';
import { MAX_MEMBERSHIP_BYTES, type MembershipClaims } from './schema.ts';

export const DEFAULT_MEMBERSHIP_HOURS = 72;
export const MAX_MEMBERSHIP_HOURS = 168;
/** How far ahead of this machine's clock the provider's may be, in seconds: as for policies. */
const MAX_CLOCK_SKEW = 600;

/** What makes an ID token a proof of membership on this machine: all of it is the administrator's. */
export interface IdTokenTerms {
  issuer: string;
  clientId: string;
  organizationsClaim: string;
  organizationsForm: OrganizationsForm;
  organizationNames: OrganizationNames | undefined;
  membershipHours: number;
}

/** null where membership is proven by the hub. What is missing beside `id-token` makes the settings malformed, so it cannot be here. */
export function idTokenTermsOf(settings: PortcullisSettings): IdTokenTerms | null {
  const { membership, issuer, clientId, organizationsClaim } = settings;
  if (membership !== 'id-token' || issuer === undefined || clientId === undefined || organizationsClaim === undefined) {
    return null;
  }
  return {
    ...{ issuer, clientId, organizationsClaim },
    organizationsForm: settings.organizationsForm ?? 'names',
    organizationNames: settings.organizationNames,
    membershipHours: settings.membershipHours ?? DEFAULT_MEMBERSHIP_HOURS,
  };
}

/** An ID token whose signature is good. Its claims are evaluated by the settings of the moment: `readIdToken`. */
export interface OpenedIdToken {
  payload: Readonly<Record<string, unknown>>;
  key: ProviderKey;
}

const Header = z.looseObject({
  alg: z.string().max(32),
  kid: z.string().max(256).optional(),
  /** RFC 9068 section 2.1 gives access tokens `at+jwt`, RFC 8417 section 2.3 `secevent+jwt` to events: none of those. */
  typ: z.string().regex(/^JWT$/i, 'must be JWT or absent').optional(),
});
const ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** Members by which a token would choose its own key or change what is signed (RFC 7515 section 4.1, RFC 7797). */
const FORBIDDEN_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'];

/**
 * Verifies the signature of an ID token (compact JWS) by the provider's keys, and nothing of its claims. Problems: `id-token-unusable`
 * for what is no ID token of this kind, `id-token-key-unknown` where none of the keys has signed it.
 *
 * @param keys those that count now: `countingKeys`
 */
export async function openIdToken(token: string, keys: readonly ProviderKey[]): Promise<Result<OpenedIdToken>> {
  if (token.length > MAX_MEMBERSHIP_BYTES) return unusable(`${token.length} characters`);
  const parts = token.trim().split('.');
  const [head = '', body = '', tail = ''] = parts;
  const header = Header.safeParse(jsonOf(head));
  const signature = decodeBase64url(bytesOf(tail));
  if (parts.length !== 3 || signature === null || !header.success) {
    return unusable(header.success ? 'not three parts of base64url' : 'the header is not that of an ID token');
  }
  const forbidden = FORBIDDEN_MEMBERS.find((member) => Object.hasOwn(header.data, member));
  if (forbidden !== undefined) return unusable(`the header member "${forbidden}" is never accepted`);
  const { alg, kid } = header.data;
  if (!isAlgorithm(alg)) return unusable(`alg is "${printable(alg)}", expected ${ALGORITHMS.join(', ')}`);
  const named = keys.filter((key) => kid === undefined || key.kid === kid);
  const signed = bytesOf(`${head}.${body}`);
  for (const key of named.filter((each) => algorithmsOf(each).includes(alg))) {
    if (!(await verifies(key, alg, signature, signed))) continue;
    const payload = z.record(z.string(), z.unknown()).safeParse(jsonOf(body));
    return payload.success ? success({ payload: payload.data, key }) : unusable('the payload is no JSON object');
  }
  const cause = kid === undefined ? `alg is ${alg}, no kid` : `kid is "${printable(kid)}", alg is ${alg}`;
  return failure(problem('id-token-key-unknown', {}, { cause }));
}

const Claims = z.object({
  iss: z.string().max(2048),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string()).length(1)]),
  azp: z.string().optional(),
  iat: NumericDate,
  exp: NumericDate,
  nbf: NumericDate.optional(),
});

/**
 * What an ID token proves for one organization, by the rules of docs/security.md: from `issuer`, for exactly our client, naming the organization in the
 * claim and the form that the administrator named, and good for `membershipHours` from `iat`. When the token itself ends does not matter:
 * it says for how long a relying party may take it for a sign-in, and it is none here.
 *
 * Problems: `id-token-unusable`, `id-token-not-yet`, `id-token-no-member`, `id-token-expired`.
 *
 * @param payload of a token whose signature is good, or that came straight from the provider
 * @param now seconds since 1970
 */
export function readIdToken(
  payload: Readonly<Record<string, unknown>>,
  terms: IdTokenTerms,
  org: string,
  now: number,
): Result<MembershipClaims> {
  const token = idTokenKind(payload);
  if (token !== null) return unusable(token);
  const parsed = Claims.safeParse(payload);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] ?? { path: [], message: '' };
    return unusable(`${path.join('.')}: ${message}`);
  }
  const { iss, sub, aud, azp, iat, exp, nbf } = parsed.data;
  if (!isSameUrl(iss, terms.issuer)) return unusable(`iss is ${printable(iss)}, expected ${terms.issuer}`);
  const [audience] = typeof aud === 'string' ? [aud] : aud;
  if (audience !== terms.clientId) return unusable(`aud is ${printable(String(aud))}, expected ${terms.clientId}`);
  if (azp !== undefined && azp !== terms.clientId) {
    return unusable(`azp is ${printable(azp)}, expected ${terms.clientId}`);
  }
  if (exp <= iat) return unusable(`exp ${exp} is not after iat ${iat}`);
  if (Math.max(iat, nbf ?? 0) > now + MAX_CLOCK_SKEW) {
    return failure(problem('id-token-not-yet', { signed: time(iat) }, { cause: `now is ${time(now)}` }));
  }
  const { organizationsClaim, organizationsForm, organizationNames } = terms;
  const reading = readOrganizationsClaim(payload, organizationsClaim, organizationsForm, organizationNames);
  const organizations = reading.kind === 'names' ? reading.organizations : [];
  if (!organizations.includes(org)) {
    const cause = reading.kind === 'names' ? `${organizations.length} organizations in it` : `it is ${reading.kind}`;
    return failure(problem('id-token-no-member', { organization: org, claim: organizationsClaim }, { cause }));
  }
  const end = iat + terms.membershipHours * 3600;
  if (end <= now) return failure(problem('id-token-expired', { expired: time(end) }, { cause: `now is ${time(now)}` }));
  return success({ iss, org, sub, iat, exp: end });
}

/**
 * Why it is another kind of token of the same provider, which often differs in nothing but this; null for an ID token. Logout tokens have
 * `events` (OpenID Connect Back-Channel Logout section 2.4); access tokens name their scope (RFC 9068 section 2.2.3, `scp` at Entra ID
 * and Okta) or their kind (`typ` at Keycloak, `token_use` at Cognito).
 */
function idTokenKind(payload: Readonly<Record<string, unknown>>): string | null {
  const foreign = ['events', 'scope', 'scp'].find((member) => Object.hasOwn(payload, member));
  if (foreign !== undefined) return `the claim "${foreign}" is never in an ID token`;
  const { typ = 'ID', token_use: use = 'id' } = payload;
  if (typ !== 'ID') return 'the claim "typ" says that it is no ID token';
  return use === 'id' ? null : 'the claim "token_use" says that it is no ID token';
}

/** The same URL: a provider at the root of its host is written with a slash at the end or without. */
export function isSameUrl(one: string, other: string): boolean {
  return one === other || (URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href);
}

function isAlgorithm(alg: string): alg is IdTokenAlgorithm {
  return ALGORITHMS.includes(alg);
}

/** WebCrypto's names (https://www.w3.org/TR/WebCryptoAPI/), and RFC 9864's predecessor for Ed25519. */
const IMPORTED: Record<IdTokenAlgorithm, { name: string; hash?: string; namedCurve?: string }> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
};
const VERIFIED: Record<IdTokenAlgorithm, { name: string; hash?: string; saltLength?: number }> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  // RFC 7518 section 3.5: as long as the hash.
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
};

async function verifies(
  { kty, crv, x, y, n, e }: ProviderKey,
  alg: IdTokenAlgorithm,
  signature: Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
    const key = await crypto.subtle.importKey('jwk', Object.fromEntries(members), IMPORTED[alg], false, ['verify']);
    return await crypto.subtle.verify(VERIFIED[alg], key, signature, signed);
  } catch {
    // What is no key verifies nothing.
    return false;
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function jsonOf(part: string): unknown {
  const bytes = decodeBase64url(bytesOf(part));
  try {
    return bytes === null ? null : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

/** The claims of a token, unverified; null where it is none. */
export function claimsOfToken(token: string): Readonly<Record<string, unknown>> | null {
  const payload = z.record(z.string(), z.unknown()).safeParse(jsonOf(token.trim().split('.')[1] ?? ''));
  return payload.success ? payload.data : null;
}

function unusable(cause: string): Result<never> {
  return failure(problem('id-token-unusable', {}, { cause }));
}

function time(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}
