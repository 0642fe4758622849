import type { Verdict } from '../../shared/schemas/managed-config.ts';
import type { PolicyTruth, SignedTruth, SignerName } from './document-pool.ts';

/** What an administrator's files truly say. */
export interface AdministratorsWord {
  verdict: Verdict;
  allowedOrgs: string[];
  /** Whose keys are pinned. */
  pinned: SignerName[];
}

/** What has truly happened on a machine, as whoever made it happen knows. */
export interface History {
  word: AdministratorsWord;
  /** Whatever was ever offered, in any combination, whether it was taken or not. */
  offered: { policies: PolicyTruth[]; memberships: SignedTruth[] };
  /** What was taken, oldest first. */
  accepted: PolicyTruth[];
  /** Locked since the last document was taken. */
  locked: boolean;
  /** The latest time that the machine has reason to believe, seconds since 1970. */
  now: number;
}

const SIGNS_FOR: Record<SignerName, string[]> = {
  old: ['acme', 'globex'],
  new: ['acme', 'globex'],
  narrow: ['globex'],
  forged: [],
  stranger: ['acme', 'globex'],
};

/**
 * Whether the engine of a managed machine may reach `host`, by the words of docs/security.md and by nothing of the code: some
 * policy that was offered lists it (or restricts nothing), an allowed organization's pinned key signed it, it has not run
 * out, nothing newer or different of its revision and by a key that is still pinned was taken before, somebody is proven to
 * belong to that organization, and nobody has locked the machine since.
 */
export function mayBeAllowed(host: string, history: History): boolean {
  const { word, offered, accepted, locked, now } = history;
  if (word.verdict !== 'present' || locked) return false;
  const trusted = ({ signer, org }: SignedTruth): boolean =>
    word.pinned.includes(signer) && SIGNS_FOR[signer].includes(org);
  const counts = (document: SignedTruth): boolean =>
    word.allowedOrgs.includes(document.org) && trusted(document) && document.exp > now;
  return offered.policies.some(
    (policy) =>
      (policy.host === host || !policy.enabled || policy.mode === 'audit') &&
      counts(policy) &&
      accepted.every((other) => !trusted(other) || !outdoes(other, policy)) &&
      offered.memberships.some((proof) => proof.org === policy.org && proof.iss === policy.iss && counts(proof)),
  );
}

function outdoes(taken: PolicyTruth, policy: PolicyTruth): boolean {
  if (taken.iss !== policy.iss || taken.org !== policy.org) return false;
  if (taken.revision > policy.revision) return true;
  return taken.revision === policy.revision && (taken.host !== policy.host || taken.content !== policy.content);
}
