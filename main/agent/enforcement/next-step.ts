import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import type { LockReason } from '../../../shared/reasons.ts';
import type { GatewayStatus, ProgrammedPolicy } from '../../../shared/schemas/control-schema.ts';

/** What the agent wants in force. `nothing`: it does not know, so what is in force stays. */
export type DesiredPolicy =
  | { kind: 'nothing' }
  | { kind: 'lock'; reason: LockReason }
  | { kind: 'release' }
  | DesiredPolicyDocument;

export interface DesiredPolicyDocument {
  kind: 'policy';
  iss: string;
  org: string;
  revision: number;
  /** Seconds since 1970. */
  exp: number;
  /** SHA-256 of the document, lower-case hex. */
  digest: string;
  policyFile: string;
  membership: DesiredProof | null;
  /** Since when this agent has known whose policy it wants, milliseconds since 1970. */
  since?: number | null;
  firstUseKeys: PolicyKeys | null;
}

/** Times in seconds since 1970. */
export interface DesiredProof {
  file: string;
  iat: number;
  exp: number;
  sub?: string;
  /** They count at the gateway to whose key, `jkt`, the proof is bound. */
  teams?: readonly string[] | undefined;
  jkt?: string | undefined;
}

export type ProgrammingStep =
  | { kind: 'program'; policy: DesiredPolicyDocument }
  | { kind: 'lock'; reason: LockReason }
  | { kind: 'release' };

/**
 * What the gateway has to be told so that what is wanted is in force; null if it already is, or if telling it would be useless.
 * Without history, so that a gateway that returns in another state is no special case.
 */
export function nextStep(wanted: DesiredPolicy, applied: GatewayStatus): ProgrammingStep | null {
  switch (wanted.kind) {
    case 'nothing':
      return null;
    case 'lock':
      return applied.lock?.reason === wanted.reason ? null : wanted;
    case 'release':
      // On a managed machine the gateway refuses to release.
      return applied.inForce.kind === 'open' || applied.managed.verdict !== 'absent' ? null : wanted;
    case 'policy':
      return isApplied(wanted, applied) ? null : { kind: 'program', policy: wanted };
  }
}

/** Reasons that the gateway reads from the administrator's files, whatever it is told. */
export const OF_CONFIGURATION: ReadonlySet<LockReason> = new Set(['managed-config-invalid', 'no-policy-key']);

/** Why the gateway denies though nothing locks it, and what a policy that is accepted would change. */
const UNPROGRAMMED: ReadonlySet<LockReason> = new Set([
  'policy-invalid',
  'sign-in-required',
  'wrong-organization',
  'no-membership',
]);

function isApplied(wanted: DesiredPolicyDocument, applied: GatewayStatus): boolean {
  const { policy, lock, inForce } = applied;
  if (policy === null || lock !== null) return false;
  if (policy.digest !== wanted.digest) return isOlder(wanted, policy);
  if (inForce.kind === 'deny' && UNPROGRAMMED.has(inForce.reason)) return false;
  return wanted.membership === null || !isOutdated(wanted.membership, wanted, applied);
}

/** Ours is older than theirs, say restored from a backup: it would be refused as a rollback. */
function isOlder(ours: DesiredPolicyDocument, theirs: ProgrammedPolicy): boolean {
  if (theirs.iss !== ours.iss || theirs.org !== ours.org) return false;
  return theirs.revision > ours.revision || (theirs.revision === ours.revision && theirs.exp >= ours.exp);
}

/**
 * Every sync renews the proof; the gateway needs a new one only after a tenth of its life, or when the teams in it have changed. Where
 * several people have agents on one machine, the proof of whoever signed in (or started) last decides: the others leave it alone until it
 * has not been renewed for half of its life, so that they do not take turns.
 */
function isOutdated(
  ours: DesiredProof,
  { org, since }: Pick<DesiredPolicyDocument, 'org' | 'since'>,
  { membership: theirs, identity }: GatewayStatus,
): boolean {
  if (theirs === null || theirs.org !== org) return true;
  const behind = (ours.exp - theirs.exp) / (ours.exp - ours.iat);
  if (ours.sub !== undefined && theirs.since !== undefined && theirs.sub !== ours.sub) {
    return behind > 1 / 2 || theirs.since < (since ?? 0);
  }
  // Two of the same second differ where the gateway's key was not known for the first.
  const isNewer = theirs.iat !== undefined && ours.iat >= theirs.iat;
  const counting = ours.jkt !== undefined && ours.jkt === identity?.jkt ? (ours.teams ?? []) : [];
  return behind > 1 / 10 || (isNewer && !isSameSet(counting, theirs.teams ?? []));
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
