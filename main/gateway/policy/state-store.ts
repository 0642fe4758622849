import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PolicyKey, PolicyKeys } from '../../../shared/policy/keys.ts';
import { ProviderKey, ProviderKeySet } from '../../../shared/policy/provider-keys.ts';
import { MAX_MEMBERSHIP_BYTES, MembershipClaims } from '../../../shared/policy/schema.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { LockReason } from '../../../shared/reasons.ts';
import { makePrivateFolder, writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { readRegularFile } from '../read-regular-file.ts';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** Everything that must outlive the process, but for the policy document itself, which lies beside it under its digest. */
const StoredState = z.object({
  version: z.literal(1),
  generation: z.number().int().min(0),
  /** What was in force (`inForceLine`): the same again after a restart is the same generation. */
  inForce: z.string(),
  /** See trusted-clock.ts. */
  time: z.object({ mark: z.number().min(0), spent: z.number().min(0) }).default({ mark: 0, spent: 0 }),
  lock: z.object({ reason: LockReason, at: z.number() }).nullable(),
  /** The state before this one was lost. Kept until a policy is programmed: else a restart would mistake the loss for a first start. */
  damaged: Problem.nullable(),
  policy: z.object({ digest: Digest, iat: z.number(), verifiedBy: z.array(PolicyKey).min(1) }).nullable(),
  membership: z
    .object({
      token: z.string().max(MAX_MEMBERSHIP_BYTES),
      iat: z.number(),
      verifiedBy: z.array(PolicyKey).min(1),
      /** Since when this person's proof decides, milliseconds since 1970. */
      since: z.number().optional(),
    })
    .nullable(),
  /** The proof where it is the provider's ID token, the key that signed it, and what it said when it was taken. Not in older files. */
  idToken: z
    .object({
      token: z.string().max(MAX_MEMBERSHIP_BYTES),
      key: ProviderKey,
      claims: MembershipClaims,
      since: z.number().optional(),
    })
    .nullable()
    .default(null),
  /** The keys of the OpenID provider: see shared/policy/provider-keys.ts. Not in older files. */
  providerKeys: ProviderKeySet.nullable().default(null),
  /** Taken on first use on an unmanaged machine; never looked at on a managed one. */
  firstUseKeys: PolicyKeys.nullable(),
  /** What a rollback is measured against, one for each issuer, organization and key. */
  highest: z
    .array(
      z.object({
        iss: z.string(),
        org: z.string(),
        revision: z.number(),
        iat: z.number(),
        exp: z.number(),
        contentDigest: z.string(),
        /** Whose word it is: it counts as long as they are trusted. Empty in files of older versions: it counts in any case. */
        verifiedBy: z.array(PolicyKey).default([]),
      }),
    )
    .max(10_000),
  /** The newest proof of membership that was taken from each person: see proof-marks.ts. Not in files of older versions. */
  proofs: z
    .array(
      z.object({
        iss: z.string(),
        org: z.string(),
        sub: z.string(),
        iat: z.number(),
        verifiedBy: z.array(PolicyKey),
      }),
    )
    .max(10_000)
    .default([]),
});
export type StoredState = z.infer<typeof StoredState>;
/** The highest that one key has been seen to sign for an issuer and organization. */
export type StoredMark = StoredState['highest'][number];
/** The newest proof that was taken from one person. */
export type ProofMark = StoredState['proofs'][number];

export const emptyState: StoredState = {
  version: 1,
  generation: 0,
  inForce: '',
  time: { mark: 0, spent: 0 },
  lock: null,
  damaged: null,
  policy: null,
  membership: null,
  idToken: null,
  providerKeys: null,
  firstUseKeys: null,
  highest: [],
  proofs: [],
};

const STATE_FILE = 'state.json';
const MAX_STATE_BYTES = 16 * 1024 * 1024;

export interface StateStore {
  readonly folder: string;
  /** What is on disk; an empty state with `damaged` set where that cannot be used. */
  load(): Promise<StoredState>;
  /** Whole or not at all. @throws ProblemError `cannot-write`. */
  save(state: StoredState): Promise<void>;
  policyFile(digest: string): string;
  /** Removes policy documents that nothing refers to, and temporary files of a process that was killed. */
  sweep(keep: string | null): Promise<void>;
}

/**
 * Opens, and makes if needed, the folder of the gateway's state.
 * @throws ProblemError `state-untrusted` if others can write to it, `cannot-write` if this process cannot.
 */
export async function openStateStore(folder: string, uid: number | undefined, clock: Clock): Promise<StateStore> {
  await makePrivateFolder(folder).catch(async (error) => {
    // A full or read-only disk is no reason not to enforce what is on it: each write that fails is reported.
    const there = await stat(folder).catch(() => null);
    if (!there?.isDirectory()) throw error;
  });
  const { mode, uid: owner } = await stat(folder);
  if (uid !== undefined && ((owner !== uid && owner !== 0) || (mode & 0o022) !== 0)) {
    const cause = `owner ${owner}, mode ${(mode & 0o7777).toString(8)}`;
    throw new ProblemError(problem('state-untrusted', { folder, uid }, { cause }));
  }
  const stateFile = join(folder, STATE_FILE);

  return {
    folder,
    policyFile: (digest) => join(folder, `policy-${digest}.jws`),
    async load() {
      const damaged = (cause: string): StoredState => ({
        ...emptyState,
        // Generations never go back, also where the last one cannot be read: seconds since 1970 are ahead of any count.
        generation: Math.floor(clock.wall() / 1000),
        damaged: problem('state-damaged', { file: stateFile }, { cause }),
      });
      const file = await readRegularFile(stateFile, MAX_STATE_BYTES, uid);
      if (file.kind === 'absent') return emptyState;
      if (file.kind === 'refused') return damaged(file.cause);
      try {
        return StoredState.parse(JSON.parse(file.bytes.toString('utf8')));
      } catch (error) {
        return damaged(error instanceof z.ZodError ? z.prettifyError(error).slice(0, 300) : 'it is not JSON');
      }
    },
    save: (state) => writeFileAtomic(stateFile, `${JSON.stringify(state)}\n`),
    async sweep(keep) {
      const kept = keep === null ? null : `policy-${keep}.jws`;
      for (const name of await readdir(folder).catch(() => [])) {
        const ours = /^policy-[0-9a-f]{64}\.jws$/.test(name) || /^\..*\.tmp$/.test(name);
        if (ours && name !== kept) await unlink(join(folder, name)).catch(() => undefined);
      }
    },
  };
}
