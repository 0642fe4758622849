import { z } from 'zod';
import { normalizeHost } from '../hosts/host-name.ts';
import { PolicySupport } from '../policy/grants.ts';
import { PolicyKeys } from '../policy/keys.ts';
import { OrganizationName, PolicyMode } from '../policy/schema.ts';
import { Problem } from '../problems/problem.ts';
import { Decision, LockReason, OpenReason, Reason, View } from '../reasons.ts';
import { AttachmentAudit } from './attachment.ts';
import { ManagedConfig } from './managed-config.ts';
import { MAX_RECEIPT_BYTES } from './receipt.ts';

/** The gateway's control socket: JSON-RPC 2.0, one message per line, UTF-8, at most this many bytes with the line feed. */
export const MAX_CONTROL_LINE = 1024 * 1024;
/**
 * The version of what is said over this socket. Agent and gateway are upgraded one after the other, so each understands the one before and the
 * one after: what is added has a default, and nothing is taken away or changes its meaning in one step.
 */
export const CONTROL_PROTOCOL = 1;

/** Whether an agent of this version understands a gateway of that one. */
export function isNeighbour(protocol: number): boolean {
  return Math.abs(protocol - CONTROL_PROTOCOL) <= 1;
}

/** Characters of a document that may be part of a message; longer ones are named by their file only. */
export const MAX_INLINE_DOCUMENT = 400 * 1024;

/** `host:port` or `[v6]:port`. */
const SocketAddress = z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[0-9.]+):\d{1,5}$/, 'host:port with an IP literal');

const Domain = z.string().transform((text, context) => {
  const domain = normalizeHost(text);
  if (domain?.kind === 'name') return domain.host;
  context.addIssue({ code: 'custom', message: `"${text.slice(0, 100)}" is no domain` });
  return z.NEVER;
});

/** `portcullis gateway run --config FILE`. Port 0 picks a free one; `status` tells which. */
export const GatewayConfig = z.strictObject({
  stateDir: z.string().min(1),
  control: z.string().min(1),
  dns: z.strictObject({
    engine: z.array(SocketAddress).min(1).max(16),
    workload: z.array(SocketAddress).max(16).default([]),
  }),
  proxy: z.array(SocketAddress).max(16).default([]),
  /** The proxy by which alone the outside is reached: `host:port`. Domains in `except` are reached without it. */
  upstreamProxy: z
    .strictObject({
      address: z
        .string()
        .regex(
          /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253}):\d{1,5}$/,
          'host:port; credentials belong into a file of their own',
        ),
      except: z.array(Domain).max(256).default([]),
      /** A file with one line, `user:password`, that only root or the gateway's user can read. */
      credentials: z.string().min(1).optional(),
    })
    .optional(),
  upstreams: z.union([z.literal('system'), z.array(SocketAddress).max(16)]).default('system'),
  /** Domains with resolvers of their own: `{ "corp.example": ["10.0.0.53:53"] }` covers it and what is below it. */
  split: z.record(Domain, z.array(SocketAddress).min(1).max(16)).default({}),
  /** Clients outside these CIDR blocks are refused. */
  allowFrom: z
    .array(z.string().regex(/^[0-9a-fA-F:.]+\/\d{1,3}$/))
    .min(1)
    .max(64),
  /** What one client may ask of the upstreams, in each DNS thread and view. Without `perSecond`, as many as the thread can take. */
  limits: z
    .strictObject({
      perSecond: z.number().int().min(1).max(10_000_000).optional(),
      inFlight: z.number().int().min(1).max(4096).default(1024),
    })
    .prefault({}),
  workers: z.number().int().min(1).max(64).default(1),
  managedConfig: z.union([z.literal('system'), z.strictObject({ folder: z.string().min(1) })]).default('system'),
  /** Started by root, it becomes this user once it listens. */
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'the name of a user')
    .optional(),
  log: z.string().optional(),
});
export type GatewayConfig = z.infer<typeof GatewayConfig>;

/** What is in force in the gateway, and by which document. */
export const RulesInForce = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('deny'),
    reason: LockReason,
    organizations: z.array(z.string()),
    detail: z.string(),
  }),
  z.object({ kind: z.literal('open'), reason: OpenReason }),
  z.object({ kind: z.literal('policy'), org: z.string(), revision: z.number() }),
]);
export type RulesInForce = z.infer<typeof RulesInForce>;

export const ProgrammedPolicy = z.object({
  iss: z.string(),
  org: z.string(),
  revision: z.number(),
  iat: z.number(),
  exp: z.number(),
  enabled: z.boolean(),
  mode: PolicyMode,
  contact: z.string().optional(),
  enforceFrom: z.number().optional(),
  /** Lines of the organization's list, and hosts it comes to with the catalogue's companions. */
  registries: z.number(),
  hosts: z.number(),
  /** SHA-256 of the document, lower-case hex. */
  digest: z.string(),
  /** Lines that are no address, skipped. */
  skipped: z.number(),
  /** Grants that can be read, and those that cannot and have no effect. */
  grantCount: z.number().optional(),
  voidGrants: z.number().optional(),
  /** Whether people may request access. */
  requests: z.boolean().optional(),
  support: PolicySupport.optional(),
});
export type ProgrammedPolicy = z.infer<typeof ProgrammedPolicy>;

/**
 * How a resolver does that the gateway asks. `no-edns`: it drops or rejects questions with EDNS and is asked without. `slow`: its answers come
 * after the next attempt has begun. `tcp-only`: nothing comes over UDP. `udp-only`: answers that are too long for UDP cannot be
 * had. `failing`: it answers, and nothing but SERVFAIL or REFUSED for the last questions. `silent`: nothing comes at all.
 */
export const UpstreamState = z.enum([
  'not-asked',
  'answering',
  'no-edns',
  'tcp-only',
  'udp-only',
  'slow',
  'failing',
  'silent',
]);
export type UpstreamState = z.infer<typeof UpstreamState>;

export const UpstreamHealth = z.object({
  /** `host:port`. */
  address: z.string(),
  /** The domain that it is asked for; null: for all that have no resolvers of their own. */
  domain: z.string().nullable(),
  /** It is only shown, so one that a newer gateway knows is no reason not to understand it. */
  state: UpstreamState.catch('not-asked'),
  /** Since when it has been so, milliseconds since 1970. */
  since: z.number(),
  /** What was wrong last, and when. */
  lastError: z.object({ at: z.number(), text: z.string() }).nullable(),
});
export type UpstreamHealth = z.infer<typeof UpstreamHealth>;

/** What root's audit says of how engines are attached. `unknown`: an audit is expected, and none is to be had. */
export const AttachmentStatus = z.discriminatedUnion('kind', [
  AttachmentAudit.pick({ at: true, engines: true, findings: true }).extend({ kind: z.literal('audited') }),
  z.object({ kind: z.literal('unknown'), problem: Problem }),
]);
export type AttachmentStatus = z.infer<typeof AttachmentStatus>;

export const GatewayIdentity = z.object({
  /** RFC 7638 thumbprint of its key. */
  jkt: z.string(),
  /** A UUID made together with the key. */
  machineId: z.string(),
});
export type GatewayIdentity = z.infer<typeof GatewayIdentity>;

/** Whose proof of membership decides here. */
export const MembershipStatus = z.object({
  org: z.string(),
  sub: z.string(),
  /** Seconds since 1970. */
  exp: z.number(),
  /** Seconds since 1970. Like what follows, not said by gateways that know no grants. */
  iat: z.number().optional(),
  /** Since when this person's proof decides, milliseconds since 1970. */
  since: z.number().optional(),
  /** The teams that count here: none where the proof is not bound to this gateway's key. */
  teams: z.array(z.string()).optional(),
});
export type MembershipStatus = z.infer<typeof MembershipStatus>;

export const GatewayStatus = z.object({
  version: z.string(),
  /** `CONTROL_PROTOCOL` of the gateway; 0: from before there was one. */
  protocol: z.number().int().min(0).default(0),
  pid: z.number(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  listeners: z.object({
    dns: z.object({ engine: z.array(z.string()), workload: z.array(z.string()) }),
    proxy: z.array(z.string()),
  }),
  /** The resolvers in use, in their order. */
  upstreams: z.array(UpstreamHealth),
  managed: ManagedConfig,
  /** Goes up by one with each rule set that comes into force; kept on disk, never goes back. */
  generation: z.number(),
  inForce: RulesInForce,
  policy: ProgrammedPolicy.nullable(),
  membership: MembershipStatus.nullable(),
  lock: z.object({ reason: LockReason, at: z.number() }).nullable(),
  /** The highest revision seen, by `iss` and `org`: what a rollback is measured against. */
  highest: z.array(z.object({ iss: z.string(), org: z.string(), revision: z.number(), iat: z.number() })),
  keysPinned: z.boolean(),
  /** Why the last `program` was refused; null after one that was accepted. */
  lastRefusal: Problem.nullable(),
  /** State that could not be read or written: enforcement goes on, and this says what is at risk. */
  problems: z.array(Problem),
  /** null where no engine is attached, and from a gateway that knows of none. */
  attachment: AttachmentStatus.nullable().default(null),
  /** By what its receipts are known; null where it has no usable key, and from a gateway that signs none. */
  identity: GatewayIdentity.nullable().default(null),
  counters: z.object({
    dns: z.object({
      allowed: z.number(),
      denied: z.number(),
      malformed: z.number(),
      refused: z.number(),
      failed: z.number(),
      /** Asked by one client beyond its limits. */
      limited: z.number(),
    }),
    proxy: z.object({ allowed: z.number(), denied: z.number(), malformed: z.number(), open: z.number() }),
  }),
});
export type GatewayStatus = z.infer<typeof GatewayStatus>;

/** What crossed the wall, or did not. */
export const Denial = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  host: z.string(),
  port: z.number().optional(),
  view: View,
  wall: z.enum(['dns', 'proxy']),
  reason: Reason,
  /** false under `audit-only`: it would have been refused. */
  refused: z.boolean(),
  /** How many times since it was last told. */
  count: z.number(),
});
export type Denial = z.infer<typeof Denial>;

/** Requests and their results. Errors are JSON-RPC errors whose `data` is a `Problem`. */
export const controlMethods = {
  status: { params: z.object({}), result: GatewayStatus },
  program: {
    params: z.object({
      policyFile: z.string().min(1),
      membershipFile: z.string().min(1).nullable(),
      /** The documents themselves where they are short: a gateway without privileges cannot read a user's files. They count then. */
      policy: z.string().max(MAX_INLINE_DOCUMENT).optional(),
      membership: z.string().max(MAX_INLINE_DOCUMENT).optional(),
      /** Only where nothing is pinned and the machine is unmanaged: keys taken on first use. Ignored otherwise, with a log line. */
      firstUseKeys: PolicyKeys.optional(),
    }),
    result: z.object({ generation: z.number(), revision: z.number(), changed: z.boolean() }),
  },
  lock: { params: z.object({ reason: LockReason }), result: z.object({ generation: z.number() }) },
  release: { params: z.object({}), result: z.object({ generation: z.number() }) },
  explain: {
    params: z.object({
      host: z.string().min(1).max(512),
      view: View,
      port: z.number().int().min(1).max(65535).optional(),
      /** The caller knows the reason `allowed-by-grant`; others are answered with `allowed-by-policy`. */
      grants: z.boolean().optional(),
    }),
    result: Decision.extend({ generation: z.number() }),
  },
  /** What `denial` events have told since the gateway started: for an agent that was not there to hear them. */
  denials: {
    params: z.object({}),
    result: z.object({
      /** Milliseconds since 1970. */
      since: z.number(),
      /** One entry for each host, view and wall, the one told last at the end; `at` is then, `count` the sum. At most 1000. */
      hosts: z.array(Denial.extend({ first: z.number() })),
      /** Sums that forget no host. */
      counts: z.array(Denial.pick({ view: true, wall: true, reason: true, refused: true, count: true })),
    }),
  },
  subscribe: { params: z.object({}), result: z.object({ generation: z.number() }) },
  /**
   * What is in force now, signed with the gateway's own key (`shared/schemas/receipt.ts`). Anybody on the machine may ask: what it says, anybody
   * here can see. Limited: `receipt-too-often`.
   */
  receipt: {
    params: z.object({
      /** The issuer of the hub that it is for. */
      aud: z.string().min(1).max(2048),
      org: OrganizationName,
      /** That hub's. */
      nonce: z.string().min(1).max(256),
    }),
    result: z.object({ receipt: z.string().max(MAX_RECEIPT_BYTES) }),
  },
  /** How often engines asked for which host since the start; empty unless the administrator wants hosts to be reported. */
  hosts: {
    params: z.object({}),
    result: z.object({
      /** Milliseconds since 1970, as all times here. */
      since: z.number(),
      /** The latest at the end. `host` names its port where that is not 443. At most 1000. */
      hosts: z.array(
        z.object({
          host: z.string(),
          count: z.number(),
          /** How many of `count` were blocked, or would have been in audit mode. */
          blocked: z.number(),
          firstAt: z.number(),
          lastAt: z.number(),
        }),
      ),
    }),
  },
} as const;
export type ControlMethod = keyof typeof controlMethods;
export type ControlParams<M extends ControlMethod> = z.input<(typeof controlMethods)[M]['params']>;
export type ControlResult<M extends ControlMethod> = z.output<(typeof controlMethods)[M]['result']>;

/** A second socket beside the control socket, which only root and the gateway's own user can open. */
export const adminMethods = {
  /** For a server that came back from a backup with older revisions: what was seen of this organization counts no more. */
  resetRevision: {
    params: z.object({ org: OrganizationName }),
    /** What was forgotten. */
    result: z.object({
      forgotten: z.array(z.object({ iss: z.string(), revision: z.number() })),
      generation: z.number(),
    }),
  },
  /** A one-time code of the hub, by which this gateway's key counts as that of one of its machines. */
  enrol: {
    params: z.object({ code: z.string().min(1).max(256) }),
    result: z.object({ jkt: z.string() }),
  },
} as const;

/** `control.sock` has its admin socket at `control-admin.sock`. */
export function adminSocketOf(control: string): string {
  return `${control.replace(/\.sock$/, '')}-admin.sock`;
}

/** Notifications after `subscribe`. */
export const controlEvents = {
  denial: Denial,
  /** Something of `status` changed. */
  generation: z.object({ generation: z.number(), inForce: RulesInForce }),
  /** A probe's nonce was seen by this wall, under this generation. */
  probe: z.object({
    nonce: z.string(),
    wall: z.enum(['dns', 'proxy']),
    view: View,
    generation: z.number(),
    at: z.number(),
  }),
} as const;
export type ControlEvent = keyof typeof controlEvents;
export type ControlEventData<E extends ControlEvent> = z.output<(typeof controlEvents)[E]>;
