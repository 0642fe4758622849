import { randomInt } from 'node:crypto';
import { freeMemory } from '../../../shared/free-memory.ts';
import { type IdTokenTerms, type OpenedIdToken, openIdToken, readIdToken } from '../../../shared/policy/id-token.ts';
import { isSameIssuer } from '../../../shared/policy/issuer.ts';
import { keysFor, type PolicyKey, type PolicyKeys } from '../../../shared/policy/keys.ts';
import type { ProviderKey } from '../../../shared/policy/provider-keys.ts';
import {
  MAX_MEMBERSHIP_BYTES,
  MAX_POLICY_BYTES,
  type MembershipClaims,
  type PolicyClaims,
} from '../../../shared/policy/schema.ts';
import { checkSuccession } from '../../../shared/policy/succession.ts';
import { type Expectations, verifyMembership, verifyPolicy } from '../../../shared/policy/verify.ts';
import { printable } from '../../../shared/printable.ts';
import { problem as problemOf } from '../../../shared/problems/catalogue.ts';
import { asProblem, failure, type Problem, type Result, success } from '../../../shared/problems/problem.ts';
import { compileList, type PolicyRules } from '../../../shared/rule-set/compile.ts';
import type { RegistryLines } from '../../../shared/rule-set/lines.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { type BindingMark, markToFollow } from './mark-to-follow.ts';

/** `text` counts where it is there. */
export interface OfferedDocument {
  file: string;
  text: string | undefined;
}

/** Reads, verifies and compiles a policy. */
export type PolicyJob =
  /** A document that somebody offers; stored in `store` under its digest if it is good. */
  | {
      kind: 'program';
      policy: OfferedDocument;
      membership: OfferedDocument | null;
      keys: PolicyKeys;
      /** By which an ID token proves membership; null where a hub does. */
      idToken: IdTokenVerification | null;
      /** null: any that the keys sign for. */
      organizations: string[] | null;
      /** Who must have issued it (`policyIssuerOf`); null where that is not known. */
      issuer: string | null;
      highest: BindingMark[];
      /** Seconds since 1970. */
      now: number;
      store: string;
    }
  /** What this gateway stored itself, verified again. */
  | {
      kind: 'load';
      policy: { file: string; iat: number; verifiedBy: PolicyKey[] } | null;
      membership: { token: string; iat: number; verifiedBy: PolicyKey[] } | null;
      idToken: { token: string; key: ProviderKey; claims: MembershipClaims } | null;
      owner: number | undefined;
    };

/** Both as of the offer. */
export interface IdTokenVerification {
  terms: IdTokenTerms;
  keys: ProviderKey[];
}

export interface VerifiedPolicyDocument {
  claims: Omit<PolicyClaims, 'registries'>;
  rules: PolicyRules;
  digest: string;
  contentDigest: string;
  verifiedBy: PolicyKey[];
  /** Grants that cannot be read. */
  voidGrants?: number;
}

export interface VerifiedMembership {
  claims: MembershipClaims;
  token: string;
  /** Empty for an ID token, which the provider's key in `idToken` has signed. */
  verifiedBy: PolicyKey[];
  /** Absent for a hub's proof. `claims` are what it says by the terms it was taken under (counting-proof.ts). */
  idToken?: OpenedIdToken;
}

export interface PolicyJobResult {
  policy: VerifiedPolicyDocument | null;
  membership: VerifiedMembership | null;
}

/** What is wrong with a document that nobody has signed, as far as we know. */
const BEFORE_SIGNATURE = /-(garbage|header|algorithm|key-unknown|key-organization|signature|unusable)$/;

/**
 * What is said to everybody on this machine: nothing of what a document contains before its signature is good. The caller may not be able
 * to read the file that it named, and even the kind of fault says what is in it: offering keys of one's own would find out a `kid`.
 */
function tellable(name: DocumentName, problem: Problem, isCallersText: boolean): Problem {
  if (!BEFORE_SIGNATURE.test(problem.code)) return problem;
  if (!isCallersText) return problemOf(`${name}-unverified`);
  const { cause: _content, ...rest } = problem;
  return rest;
}

type DocumentName = 'policy' | 'membership';

const MAX_BYTES: Record<DocumentName, number> = { policy: MAX_POLICY_BYTES, membership: MAX_MEMBERSHIP_BYTES };

async function readDocument(name: DocumentName, file: string, owner?: number): Promise<Result<Buffer>> {
  const read = await readRegularFile(file, MAX_BYTES[name], owner);
  if (read.kind === 'read') return success(read.bytes);
  const cause = read.kind === 'absent' ? `${file} does not exist` : read.cause;
  return failure(problemOf(`${name}-unreadable`, {}, { cause }));
}

async function readOffered(name: DocumentName, { file, text }: OfferedDocument): Promise<Result<Buffer>> {
  return text === undefined ? readDocument(name, file) : success(Buffer.from(text, 'utf8'));
}

/** Before its list is compiled, which takes memory that the document should have given back by then. */
type ToCompile = Omit<VerifiedPolicyDocument, 'rules'> & { lines: RegistryLines };

function compiled({ lines, ...verified }: ToCompile): VerifiedPolicyDocument {
  return { ...verified, rules: compileList(verified.claims, lines, randomInt(2 ** 32)) };
}

async function verifyPolicyDocument(
  bytes: Uint8Array,
  expected: Expectations,
  isKnown: boolean,
): Promise<Result<ToCompile>> {
  const verified = await verifyPolicy(bytes, expected);
  if (!verified.ok) return failure(tellable('policy', verified.problem, isKnown));
  const { claims, kid, digest, contentDigest, voidGrants, lines } = verified.value;
  const verifiedBy = keysFor(expected.keys, claims.org).filter((key) => key.kid === kid);
  return success({
    claims,
    lines,
    digest,
    contentDigest,
    verifiedBy,
    voidGrants,
  });
}

async function verifyMembershipDocument(
  bytes: Uint8Array,
  expected: Expectations,
  isKnown: boolean,
): Promise<Result<VerifiedMembership>> {
  const verified = await verifyMembership(bytes, expected);
  if (!verified.ok) return failure(tellable('membership', verified.problem, isKnown));
  const { claims, kid } = verified.value;
  const verifiedBy = keysFor(expected.keys, claims.org).filter((key) => key.kid === kid);
  return success({ claims, token: Buffer.from(bytes).toString('ascii').trim(), verifiedBy });
}

/** Whatever is wrong with it is told only to somebody who has offered its text. */
async function verifyIdToken(
  bytes: Uint8Array,
  { terms, keys }: IdTokenVerification,
  org: string,
  now: number,
  isKnown: boolean,
): Promise<Result<VerifiedMembership>> {
  const token = Buffer.from(bytes).toString('latin1').trim();
  const opened = await openIdToken(token, keys);
  if (!opened.ok) return isKnown ? opened : failure(tellable('membership', opened.problem, false));
  const claims = readIdToken(opened.value.payload, terms, org, now);
  return claims.ok ? success({ claims: claims.value, token, verifiedBy: [], idToken: opened.value }) : claims;
}

async function program(job: Extract<PolicyJob, { kind: 'program' }>): Promise<Result<PolicyJobResult>> {
  const file = await readOffered('policy', job.policy);
  if (!file.ok) return file;
  const expected: Expectations = {
    keys: job.keys,
    now: job.now,
    ...(job.organizations === null ? {} : { organizations: job.organizations }),
  };
  const policy = await verifyPolicyDocument(file.value, expected, job.policy.text !== undefined);
  if (!policy.ok) return policy;
  const { claims, digest, contentDigest } = policy.value;
  if (job.issuer !== null && !isSameIssuer(claims.iss, job.issuer)) {
    const cause = `expected ${job.issuer}`;
    return failure(problemOf('policy-issuer', { issuer: printable(claims.iss) }, { cause }));
  }
  const previous = markToFollow(job.highest, policy.value, job.issuer !== null);
  const succession = checkSuccession(previous && { ...previous, iss: claims.iss }, { ...claims, contentDigest });
  if (!succession.ok) return succession;

  let membership: VerifiedMembership | null = null;
  if (job.membership !== null) {
    const proof = await readOffered('membership', job.membership);
    if (!proof.ok) return proof;
    const ofSame = { ...expected, org: claims.org, iss: claims.iss };
    const isKnown = job.membership.text !== undefined;
    const verified =
      job.idToken === null
        ? await verifyMembershipDocument(proof.value, ofSame, isKnown)
        : await verifyIdToken(proof.value, job.idToken, claims.org, job.now, isKnown);
    if (!verified.ok) return verified;
    membership = verified.value;
  }
  await writeFileAtomic(`${job.store}/policy-${digest}.jws`, file.value);
  freeMemory(file.value);
  return success({ policy: compiled(policy.value), membership });
}

async function load(job: Extract<PolicyJob, { kind: 'load' }>): Promise<Result<PolicyJobResult>> {
  const result: PolicyJobResult = { policy: null, membership: null };
  if (job.policy !== null) {
    const { file, iat, verifiedBy } = job.policy;
    const bytes = await readDocument('policy', file, job.owner);
    if (!bytes.ok) return bytes;
    // It was in time when it was accepted; whether it still is, the controller checks every few seconds.
    const verified = await verifyPolicyDocument(bytes.value, { keys: { keys: verifiedBy }, now: iat }, true);
    freeMemory(bytes.value);
    if (!verified.ok) return verified;
    result.policy = compiled(verified.value);
  }
  if (job.membership !== null) {
    const { token, iat, verifiedBy } = job.membership;
    const verified = await verifyMembershipDocument(Buffer.from(token), { keys: { keys: verifiedBy }, now: iat }, true);
    if (!verified.ok) return verified;
    result.membership = verified.value;
  }
  if (job.idToken !== null) {
    const { token, key, claims } = job.idToken;
    const opened = await openIdToken(token, [key]);
    if (!opened.ok) return opened;
    result.membership = { claims, token, verifiedBy: [], idToken: opened.value };
  }
  return success(result);
}

/** Never rejects. */
export async function doPolicyJob(job: PolicyJob): Promise<Result<PolicyJobResult>> {
  try {
    return await (job.kind === 'program' ? program(job) : load(job));
  } catch (error) {
    return failure(asProblem(error, problemOf('policy-failed')));
  }
}
