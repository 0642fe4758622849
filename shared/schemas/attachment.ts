import { z } from 'zod';
import { Problem } from '../problems/problem.ts';

/** What `portcullis engine attach` has done to this machine, root's alone to write. Where it exists, an audit is expected. */
export const ATTACHMENT_FILE = '/etc/portcullis/attachment/attachment.json';

/** What root's audit found last. It is written anew each minute, and at once when something changes: an old one counts for nothing. */
export const AUDIT_FILE = '/run/portcullis-attachment/audit.json';

/** Older than this, the audit no longer runs. */
export const AUDIT_MAX_AGE_MS = 180_000;

/**
 * How firmly an engine is held. `wall`: its traffic reaches the gateway and nothing else, whatever its settings say. `guard-rail`: its
 * settings lead through the gateway, and whoever may change them can lead it past. `nothing`: it is not attached.
 */
export const Hold = z.enum(['wall', 'guard-rail', 'nothing']);
export type Hold = z.infer<typeof Hold>;

export const EngineId = z.enum(['docker', 'containerd', 'podman', 'buildkit', 'docker-rootless', 'docker-desktop']);
export type EngineId = z.infer<typeof EngineId>;

/** An engine that is installed on this machine. */
export const FoundEngine = z.object({
  id: EngineId,
  /** `Docker Engine` */
  name: z.string().max(100),
  version: z.string().max(100).nullable(),
  running: z.boolean(),
  hold: Hold,
  /** Where the agent can ask it, `unix:///run/docker.sock`; null where it has no API that a probe can use. */
  socket: z.string().max(200).nullable(),
  /** What attaches it; null where it is attached, or cannot be. */
  command: z.string().max(200).nullable(),
});
export type FoundEngine = z.infer<typeof FoundEngine>;

/** `open`: there is a way past the gateway. `weakened`: there is none now, but something is not as it was attached. */
export const AuditFinding = z.object({
  severity: z.enum(['open', 'weakened']),
  /** Of one engine, or of the machine. */
  engine: EngineId.nullable(),
  problem: Problem,
});
export type AuditFinding = z.infer<typeof AuditFinding>;

/** A probe that the audit sent through an engine. Everyone can read its file, so it has the hash of the nonce, which nobody can send. */
export const AuditProbe = z.object({
  /** SHA-256 of the nonce, lower-case hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** When it was sent, and when the engine had answered: milliseconds since 1970. */
  from: z.number(),
  until: z.number(),
});
export type AuditProbe = z.infer<typeof AuditProbe>;

export const AttachmentAudit = z.object({
  version: z.literal(1),
  /** Milliseconds since 1970. */
  at: z.number(),
  engines: z.array(FoundEngine).max(20),
  findings: z.array(AuditFinding).max(100),
  /** The last ones; none in files of older versions. */
  probes: z.array(AuditProbe).max(8).default([]),
  /** Which start of the gateway they were for; null where none ran. */
  probedGateway: z.string().max(100).nullable().default(null),
});
export type AttachmentAudit = z.infer<typeof AttachmentAudit>;
