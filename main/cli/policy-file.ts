import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PolicyKeys } from '../../shared/policy/keys.ts';
import { type VerifiedPolicy, verifyPolicy } from '../../shared/policy/verify.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { createFileSource } from '../agent/policy/file-source.ts';
import { systemClock } from '../platform/time/clock.ts';
import { followNetwork } from './follow-network.ts';

/** A policy file where it is: on disk, or published. @throws ProblemError `policy-unreadable`, or why a server does not hand it out */
export async function readPolicy(where: string): Promise<string> {
  if (!/^https?:\/\//.test(where)) {
    return readFile(where, 'latin1').catch((error: unknown) => {
      throw new ProblemError(problem('policy-unreadable', {}, { cause: messageOf(error) }), { cause: error });
    });
  }
  await followNetwork();
  const source = createFileSource({ url: where, fetch, clock: systemClock });
  const answer = await source.policy(null, new AbortController().signal);
  if (answer.kind === 'document') return answer.document;
  throw new ProblemError(problem('policy-unreadable', {}, { cause: 'HTTP 304 without a condition' }));
}

const InSettings = z.object({ policyKeys: PolicyKeys });

/** The keys that machines pin: a JWKS, or a `portcullis.json` with them. @throws ProblemError `policy-keys-unreadable` */
export async function readPolicyKeys(file: string): Promise<PolicyKeys> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ProblemError(problem('policy-keys-unreadable', { file }, { cause: messageOf(error) }), { cause: error });
  });
  const parsed = z.union([InSettings.transform(({ policyKeys }) => policyKeys), PolicyKeys]).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new ProblemError(
    problem('policy-keys-unreadable', { file }, { cause: 'neither a JWKS nor a portcullis.json' }),
  );
}

/**
 * What has been published, however long ago: its revision counts also when it has expired.
 * @throws ProblemError of `verifyPolicy`
 */
export async function publishedPolicy(document: string, keys: PolicyKeys, org: string): Promise<VerifiedPolicy> {
  const payload = parseJson(Buffer.from(document.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const { iat: now = 0 } = z.object({ iat: z.number().optional() }).catch({}).parse(payload);
  const verified = await verifyPolicy(document, { keys, org, now });
  if (!verified.ok) throw new ProblemError(verified.problem);
  return verified.value;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
