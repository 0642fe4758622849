import { z } from 'zod';
import { PolicySupport } from '../policy/grants.ts';
import { OrganizationName, PolicyMode } from '../policy/schema.ts';
import { Problem } from '../problems/problem.ts';
import type { ManagedConfig } from '../schemas/managed-config.ts';
import { EngineKind } from './engine-kinds.ts';

/** All times in the snapshot are milliseconds since 1970, as `Date.now()`; those in a policy are seconds (RFC 7519). */
export const Millis = z.number().int().min(0);

const User = z.object({ sub: z.string(), name: z.string().optional() });

const Belonging = {
  user: User,
  org: OrganizationName,
  /** What else the user belongs to, whose policies do not apply: the administrator's order decided, or their own. */
  others: z.array(OrganizationName).max(20).optional(),
  /** Another sign-in is under way; until it succeeds nothing changes. */
  signingInSince: Millis.optional(),
  signingInUntil: Millis.optional(),
};

/**
 * Who is signed in, as far as the agent knows. `offline` and `credential-unreadable` are not `signed-out`: one still
 * belongs to the organization, and what was in force stays in force.
 */
export const SessionState = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('signed-out'),
    /** Why the last sign-in failed, or why the session ended. */
    problem: Problem.nullable(),
    /** The sign-in has not ended: the administrator's settings name another sign-in server for the moment. It allows nothing. */
    kept: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('signing-in'), since: Millis, until: Millis.optional() }),
  z.object({ kind: z.literal('signed-in'), ...Belonging }),
  z.object({
    kind: z.literal('wrong-organization'),
    user: User,
    has: z.array(OrganizationName).max(20),
    /** What is needed, what the user has, and whether only letter case differs. */
    problem: Problem.optional(),
    /** The sign-in has not ended: the administrator's list is what changed, or nobody could be asked yet. */
    kept: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('offline'), ...Belonging, problem: Problem }),
  z.object({ kind: z.literal('credential-unreadable'), ...Belonging, problem: Problem }),
]);
export type SessionState = z.infer<typeof SessionState>;

/** A policy without its list: what every screen needs, whatever the list's length. */
export const PolicySummary = z.object({
  iss: z.string(),
  org: OrganizationName,
  revision: z.number().int(),
  /** Seconds since 1970. */
  iat: z.number().int(),
  /** Seconds since 1970: after this everything is refused. */
  exp: z.number().int(),
  enabled: z.boolean(),
  mode: PolicyMode,
  contact: z.string().optional(),
  /** Seconds since 1970: in audit mode, when blocking is to start. */
  enforceFrom: z.number().optional(),
  /** Whether the organization takes requests for access. */
  requests: z.boolean().optional(),
  /** Lines of the list, and those among them that are no address. */
  registries: z.number().int(),
  skipped: z.number().int(),
  /** Grants that can be read, and those that cannot and have no effect. */
  grantCount: z.number().int().optional(),
  voidGrants: z.number().int().optional(),
  /** Who helps. */
  support: PolicySupport.optional(),
  /** SHA-256 of the document, lower-case hex. */
  digest: z.string(),
});
export type PolicySummary = z.infer<typeof PolicySummary>;

/** The policy the agent holds. `stale`: the last attempt failed, or there was none for twice the interval. */
export const PolicyState = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('none'),
    /** Since when there should be one: signed in, and no policy has come. */
    since: Millis.nullable(),
    problem: Problem.nullable(),
  }),
  z.object({ kind: z.literal('fresh'), policy: PolicySummary }),
  z.object({ kind: z.literal('stale'), policy: PolicySummary, problem: Problem.nullable() }),
  z.object({ kind: z.literal('expired'), policy: PolicySummary }),
  z.object({
    kind: z.literal('rejected'),
    problem: Problem,
    /** The last one that verified and has not expired: it stays in force. */
    policy: PolicySummary.nullable(),
  }),
]);
export type PolicyState = z.infer<typeof PolicyState>;

/** What the filter was last proven to do. Only a probe that went through the engine makes `verified`. */
export const FilterState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unknown'), problem: Problem.nullable() }),
  z.object({ kind: z.literal('applying'), revision: z.number().int().nullable() }),
  z.object({ kind: z.literal('verified'), at: Millis, generation: z.number().int() }),
  z.object({ kind: z.literal('drifted'), direction: z.enum(['looser', 'tighter']), problem: Problem }),
  z.object({ kind: z.literal('failed'), mode: z.enum(['denying', 'open']), problem: Problem }),
  z.object({ kind: z.literal('engine-stopped') }),
]);
export type FilterState = z.infer<typeof FilterState>;

export const EngineState = z.object({
  kind: EngineKind,
  name: z.string(),
  /** `unix:///…` or a named pipe; null with `demo`. */
  socket: z.string().nullable(),
});
export type EngineState = z.infer<typeof EngineState>;

/** A problem that is shown beside the state; some forbid green. */
export const HealthEntry = Problem.extend({
  severity: z.enum(['info', 'warning', 'critical']),
  forbidsGreen: z.boolean(),
});
export type HealthEntry = z.infer<typeof HealthEntry>;

/** The four parts that report, null until they have. `deriveState` is a function of these and of the time alone. */
export interface StateInputs {
  managed: ManagedConfig | null;
  session: SessionState | null;
  policy: PolicyState | null;
  /** false: an administrator requires it, and there is no valid proof that the user belongs to the organization. */
  membershipProven: boolean;
  filter: FilterState | null;
  health: readonly HealthEntry[];
  /** Milliseconds since 1970. */
  now: number;
}
