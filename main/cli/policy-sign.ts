import { contentDigest } from '../../shared/policy/content-digest.ts';
import { claimsOf } from '../../shared/policy/policy-claims.ts';
import type { PolicyMark } from '../../shared/policy/succession.ts';
import { checkSuccession } from '../../shared/policy/succession.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import { runCommand } from '../platform/process/run-command.ts';
import { english } from './english.ts';
import { type ReadList, readListFile, settingsOfList } from './list-file.ts';
import { publishedPolicy, readPolicy, readPolicyKeys } from './policy-file.ts';
import { openSigner, type PolicySigner, type SigningOptions, signedPolicy } from './policy-signer.ts';
import { printLine } from './print.ts';

export interface SignOptions extends SigningOptions {
  list: string;
  organization: string;
  issuer: string;
  /** Milliseconds. */
  valid: number;
  /** URL or file; none for the first policy. */
  published?: string | undefined;
  /** Other keys that may have signed what is published. */
  keys?: string | undefined;
  revision?: number | undefined;
  out: string;
}

/** What a policy says beside its revision and times. */
export interface PolicyContent {
  iss: string;
  org: string;
  [claim: string]: unknown;
}

/**
 * The revision that this content gets: that of what is published where it says the same, else the next one.
 *
 * @param wanted one that the caller insists on
 * @throws ProblemError `policy-rollback` for a lower one, `policy-equivocation` for the same with other content
 */
export async function nextRevision(
  content: PolicyContent,
  published: PolicyMark | null,
  wanted: number | undefined,
): Promise<number> {
  if (published === null) return wanted ?? 1;
  const digestAt = (revision: number) => contentDigest({ ...content, revision });
  const isSame = (await digestAt(published.revision)) === published.contentDigest;
  const revision = wanted ?? (isSame ? published.revision : published.revision + 1);
  const { iss, org } = content;
  const next = { ...published, iss, org, revision, contentDigest: await digestAt(revision) };
  // Machines compare revisions of one organization, whatever an issuer calls itself.
  const succession = checkSuccession({ ...published, iss }, next);
  if (!succession.ok) throw new ProblemError(succession.problem);
  return revision;
}

/** `policy sign`. @throws ProblemError */
export async function signPolicyFile(options: SignOptions, now = Date.now()): Promise<void> {
  const { organization: org, issuer: iss, out } = options;
  const list = await readListFile(options.list);
  if (list.organization !== undefined && list.organization !== org) {
    throw new ProblemError(problem('list-file-other-organization', { organization: org, named: list.organization }));
  }
  const signer = await openSigner(options, [org], runCommand);
  const content = contentOf(list, iss, org);
  const revision = await nextRevision(content, await markOf(options, signer), options.revision);
  const iat = Math.floor(now / 1000);
  const exp = iat + Math.floor(options.valid / 1000);
  const document = await signedPolicy({ ...content, revision, iat, exp }, signer);
  await writeFileAtomic(out, document, 0o644);
  printLine(`Revision ${revision} of ${org}, valid until ${english.time.exact(exp * 1000)}: ${out}`);
}

async function markOf(
  { published, keys, organization }: SignOptions,
  signer: PolicySigner,
): Promise<PolicyMark | null> {
  if (published === undefined) return null;
  const others = keys === undefined ? [] : (await readPolicyKeys(keys)).keys;
  const trusted = { keys: [signer.publicKey, ...others] };
  const { claims, contentDigest: digest } = await publishedPolicy(await readPolicy(published), trusted, organization);
  const { iss, org, revision, iat, exp } = claims;
  return { iss, org, revision, iat, exp, contentDigest: digest };
}

function contentOf(list: ReadList, iss: string, org: string): PolicyContent {
  const settings = settingsOfList(list, { enabled: true, mode: 'enforce', registries: [] });
  return { iss, org, ...JSON.parse(claimsOf(settings)), registries: settings.registries };
}
