import { z } from 'zod';
import { REASONS } from './reason-list.ts';

/** One DNS listener each: `engine` denies unless allowed, `workload` allows unless it is a registry that is not allowed. */
export const View = z.enum(['engine', 'workload']);
export type View = z.infer<typeof View>;

/** Why a host was allowed or denied: a closed set, so that every screen can put each into words. */
export const Reason = z.enum(REASONS);
export type Reason = z.infer<typeof Reason>;

/** The reasons for which everything is denied, whatever the host. */
export const LockReason = Reason.extract([
  'sign-in-required',
  /** Somebody has signed in, and the administrator's list names none of their organizations. */
  'wrong-organization',
  /** None is pinned for any organization that is allowed. */
  'no-policy-key',
  /** Somebody has just signed in. */
  'policy-pending',
  /** Somebody signed in a while ago, and none has arrived. */
  'no-policy',
  'policy-expired',
  'policy-invalid',
  /** The policy is valid, and the proof that the user belongs to the organization has expired or never arrived. */
  'no-membership',
  'managed-config-invalid',
]);
export type LockReason = z.infer<typeof LockReason>;

/** The reasons for which nothing is denied. */
export const OpenReason = Reason.extract(['not-managed', 'break-glass']);
export type OpenReason = z.infer<typeof OpenReason>;

/** The answer to "may this host be contacted?". */
export const Decision = z.object({
  allowed: z.boolean(),
  reason: Reason,
  /** The policy's registry (its address as written there) by which the host is allowed. */
  registry: z.string().optional(),
  /** The pattern that matched: `ghcr.io`, `*.data.mcr.microsoft.com`. */
  rule: z.string().optional(),
  /** Under `audit-only` and `restrictions-off`: would an enforced policy have denied it? */
  wouldDeny: z.boolean().optional(),
  /** Under `allowed-by-grant`: until when, in seconds since 1970. */
  until: z.number().optional(),
  /** Under `allowed-by-grant`: for which teams. */
  teams: z.array(z.string()).optional(),
  /** Where it is denied (or would be): what the policy names to use in its place. */
  hint: z.string().optional(),
});
export type Decision = z.infer<typeof Decision>;

/** For a program of before grants, which does not know their reason: it would understand nothing of the answer. */
export function withoutGrant<D extends Decision>({
  until: _until,
  teams: _teams,
  ...decision
}: D): Omit<D, 'until' | 'teams'> {
  return decision.reason === 'allowed-by-grant' ? { ...decision, reason: 'allowed-by-policy' } : decision;
}
