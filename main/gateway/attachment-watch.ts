import { join } from 'node:path';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import {
  ATTACHMENT_FILE,
  AttachmentAudit,
  AUDIT_FILE,
  AUDIT_MAX_AGE_MS,
  type AuditProbe,
} from '../../shared/schemas/attachment.ts';
import type { AttachmentStatus, GatewayConfig } from '../../shared/schemas/control-schema.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { trialRule } from '../managed-config/locations.ts';
import { rootOnly } from '../managed-config/owner-and-mode.ts';
import { type FileOutcome, readTrustedFile, type TrustRule } from '../managed-config/trusted-file.ts';
import { followPath, RETRY_AFTER } from '../platform/fs/follow-path.ts';
import { pathInWords, schemaFault } from '../platform/fs/schema-fault.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Clock } from '../platform/time/clock.ts';

/** It becomes part of the status, which has to fit into one message of the control socket. */
const MAX_AUDIT_BYTES = 256 * 1024;
const MAX_ATTACHMENT_BYTES = 1024 * 1024;

/** The files of root's attachment, and who may have written them. */
export interface AttachmentFiles {
  attachment: string;
  audit: string;
  rule: TrustRule;
}

/** null where there is no attachment: on other systems than Linux. A folder stands in for the system's places (demo, tests). */
export function attachmentFiles(
  place: GatewayConfig['managedConfig'],
  platform: NodeJS.Platform,
  user: { uid: number; gid: number },
): AttachmentFiles | null {
  if (place !== 'system') {
    const folder = join(place.folder, 'attachment');
    const files = { attachment: join(folder, 'attachment.json'), audit: join(folder, 'audit.json') };
    return { ...files, rule: trialRule(platform, user) };
  }
  return platform === 'linux' ? { attachment: ATTACHMENT_FILE, audit: AUDIT_FILE, rule: rootOnly } : null;
}

/** What was last read of the audit. */
export type AuditReading =
  | { kind: 'absent' }
  | { kind: 'faulty'; cause: string }
  /** `stamp` differs from that of the last reading where the file was written since. `modified`: milliseconds since 1970. */
  | { kind: 'read'; audit: AttachmentAudit; stamp: string; modified: number };

export function readAudit(file: string, outcome: FileOutcome): AuditReading {
  switch (outcome.kind) {
    case 'absent':
      return { kind: 'absent' };
    case 'untrusted':
      return { kind: 'faulty', cause: outcome.problems.map(({ message }) => message).join(' ') };
    case 'too-large':
    case 'unreadable':
      return { kind: 'faulty', cause: outcome.problem.message };
    case 'trusted': {
      const { mtimeNs, ino } = outcome.stats;
      const parsed = AttachmentAudit.safeParse(parseJson(outcome.bytes.toString('utf8')));
      if (parsed.success) {
        const modified = Number(mtimeNs / 1_000_000n);
        return { kind: 'read', audit: parsed.data, stamp: `${ino} ${mtimeNs}`, modified };
      }
      const [issue] = parsed.error.issues;
      const fault = issue === undefined ? '' : ` ${pathInWords(issue.path)} ${schemaFault(issue)}`;
      return { kind: 'faulty', cause: `${file}:${printable(fault)}` };
    }
  }
}

/** The audit over time. `renewedAt`: when the file was last seen written anew, on a monotonic clock; null before that. */
export interface AuditHistory {
  reading: AuditReading;
  renewedAt: number | null;
}

/**
 * How old the audit is, only our own monotonic clock says, which neither a clock that is set nor a sleeping machine, whose audit sleeps
 * too, moves. It says nothing of the time before our start: there the file's date decides, and where that is wrong, the next
 * renewal puts it right within a minute.
 */
export function addAuditReading(
  before: AuditHistory | null,
  reading: AuditReading,
  now: { wall: number; monotonic: number },
): AuditHistory {
  if (reading.kind !== 'read') return { reading, renewedAt: before?.renewedAt ?? null };
  if (before === null) {
    return { reading, renewedAt: now.wall - reading.modified > AUDIT_MAX_AGE_MS ? null : now.monotonic };
  }
  const isRenewed = before.reading.kind !== 'read' || before.reading.stamp !== reading.stamp;
  return { reading, renewedAt: isRenewed ? now.monotonic : before.renewedAt };
}

/**
 * @returns null where nothing is attached, so that nobody has to audit anything, and nobody has said which engines there are. A list of
 * engines of which none is attached may be of any age: nothing is concluded from it.
 */
export function attachmentStatus(
  isAttached: boolean,
  { reading, renewedAt }: AuditHistory,
  monotonic: number,
): AttachmentStatus | null {
  const isFresh = renewedAt !== null && monotonic - renewedAt < AUDIT_MAX_AGE_MS;
  if (reading.kind === 'read' && isFresh) {
    const { at, engines, findings } = reading.audit;
    return { kind: 'audited', at, engines, findings };
  }
  if (!isAttached) {
    if (reading.kind !== 'read' || reading.audit.engines.some(({ hold }) => hold !== 'nothing')) return null;
    return { kind: 'audited', at: reading.audit.at, engines: reading.audit.engines, findings: [] };
  }
  switch (reading.kind) {
    case 'absent':
      return { kind: 'unknown', problem: problem('attachment-audit-missing') };
    case 'faulty':
      return { kind: 'unknown', problem: problem('attachment-audit-unusable', {}, { cause: reading.cause }) };
    case 'read': {
      const cause = `last full audit: ${new Date(reading.audit.at).toISOString()}`;
      return { kind: 'unknown', problem: problem('attachment-audit-stale', {}, { cause }) };
    }
  }
}

export interface AttachmentWatch {
  current(): AttachmentStatus | null;
  /** Those that root's audit has sent last. */
  probes(): readonly AuditProbe[];
  close(): void;
}

/**
 * Reads what root's audit found of the attached engines before it resolves, and then follows it.
 *
 * @param onChange called after each change of `current()`, except of the time of an audit that found the same.
 */
export async function watchAttachment(
  files: AttachmentFiles | null,
  { clock, log, onChange }: { clock: Clock; log: Pick<Logger, 'info' | 'warn'>; onChange: () => void },
): Promise<AttachmentWatch> {
  if (files === null) return { current: () => null, probes: () => [], close: () => undefined };
  let isAttached = false;
  let history: AuditHistory | null = null;
  let announced: string | undefined;
  let closed = false;

  const current = (): AttachmentStatus | null =>
    history === null ? null : attachmentStatus(isAttached, history, clock.monotonic());

  function announce(): void {
    const status = current();
    const told = JSON.stringify(status === null ? null : { ...status, at: 0 });
    if (closed || told === announced) return;
    const isFirst = announced === undefined;
    announced = told;
    const isSound = status === null || (status.kind === 'audited' && status.findings.length === 0);
    log[isSound ? 'info' : 'warn']({ attachment: status }, 'audit of the attached engines read');
    if (!isFirst) onChange();
  }

  const stopAttachment = await followPath(files.attachment, clock, async () => {
    // Whatever is wrong with it: where it is, an audit is expected.
    const outcome = await readTrustedFile(files.attachment, files.rule, MAX_ATTACHMENT_BYTES);
    isAttached = outcome.kind !== 'absent';
    if (history !== null) announce();
    return againAfter(outcome);
  });
  const stopAudit = await followPath(files.audit, clock, async () => {
    const outcome = await readTrustedFile(files.audit, files.rule, MAX_AUDIT_BYTES);
    const reading = readAudit(files.audit, outcome);
    const now = { wall: clock.wall(), monotonic: clock.monotonic() };
    history = addAuditReading(history, reading, now);
    announce();
    const left = (history.renewedAt ?? Number.NEGATIVE_INFINITY) + AUDIT_MAX_AGE_MS - now.monotonic;
    return left > 0 ? Math.min(left, againAfter(outcome)) : againAfter(outcome);
  });
  return {
    current,
    probes: () => (history?.reading.kind === 'read' ? history.reading.audit.probes : []),
    close() {
      closed = true;
      stopAttachment();
      stopAudit();
    },
  };
}

/** Milliseconds: what could not be read may be readable soon, although nothing about the file changes. */
function againAfter({ kind }: FileOutcome): number {
  return kind === 'unreadable' ? RETRY_AFTER : Number.POSITIVE_INFINITY;
}
