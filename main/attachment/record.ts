import { isIP } from 'node:net';
import { z } from 'zod';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { ATTACHMENT_FILE, EngineId } from '../../shared/schemas/attachment.ts';
import type { Machine } from './machine.ts';

const Address = z.object({
  host: z.string().refine((host) => isIP(host) !== 0, 'an IP address'),
  port: z.number().int().min(1).max(65535),
});
export type Address = z.infer<typeof Address>;

/** Where the gateway listens for an engine, its containers, and as a proxy. */
export const GatewayAddresses = z.object({
  engine: z.array(Address).min(1).max(16),
  workload: z.array(Address).max(16),
  proxy: Address,
});
export type GatewayAddresses = z.infer<typeof GatewayAddresses>;

/** How the engine's own traffic is held: by control group in nftables, or by systemd's packet filter (BPF) where the kernel cannot. */
export const Wall = z.enum(['nftables', 'systemd']);
export type Wall = z.infer<typeof Wall>;

/**
 * What an attachment is made from, and all that it has put on the machine. It is written before anything else and removed last, so that
 * whoever comes after a kill at any moment can finish or undo it, a later version too.
 */
export const AttachmentRecord = z.object({
  version: z.literal(1),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** `attaching` until every step is done. */
  state: z.enum(['attaching', 'attached']),
  gateway: GatewayAddresses,
  /** Does the gateway run on this machine? */
  local: z.boolean(),
  engines: z.array(EngineId).max(20),
  wall: Wall,
  /** Are the names of people and host-network containers filtered too? */
  machineDns: z.boolean(),
  /** Addresses with their prefix lengths that the guard gives to an interface of its own; empty where they exist by other means. */
  addresses: z.array(z.string()).max(32),
  /** What the engine may reach besides, `10.0.0.9:12201`: log servers, managers of a swarm. */
  allow: z.array(z.string()).max(64),
  /** How the audit is started: our own command line. */
  program: z.array(z.string()).min(1).max(8),
  /** Everything that was written, and the folders that did not exist before. */
  files: z.array(z.string()).max(200),
  folders: z.array(z.string()).max(200),
});
export type AttachmentRecord = z.infer<typeof AttachmentRecord>;

/** @returns null where nothing is attached. @throws ProblemError `attachment-record-unreadable` */
export async function readRecord(machine: Machine): Promise<AttachmentRecord | null> {
  const text = await machine.read(ATTACHMENT_FILE);
  if (text === null) return null;
  try {
    return AttachmentRecord.parse(JSON.parse(text));
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ProblemError(problem('attachment-record-unreadable', { file: ATTACHMENT_FILE }, { cause }), {
      cause: error,
    });
  }
}

export function recordText(record: AttachmentRecord): string {
  // Parsed, so that the members stand in the order of the schema and equal records are equal files.
  return `${JSON.stringify(AttachmentRecord.parse(record), null, 2)}\n`;
}
