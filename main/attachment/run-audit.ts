import { AttachmentAudit, AUDIT_FILE } from '../../shared/schemas/attachment.ts';
import { audit, foundEngines } from './audit.ts';
import { gatherFacts } from './audit-facts.ts';
import { findEngines } from './find-engines.ts';
import type { Machine } from './machine.ts';
import { readRecord } from './record.ts';

/** What the audit finds now. Without an attachment: the engines alone. @throws ProblemError `attachment-record-unreadable` */
export async function auditNow(machine: Machine, now: number): Promise<{ attached: boolean; audit: AttachmentAudit }> {
  const record = await readRecord(machine);
  if (record === null) {
    const engines = foundEngines(await findEngines(machine), null);
    return { attached: false, audit: { version: 1, at: now, engines, findings: [] } };
  }
  return { attached: true, audit: audit(await gatherFacts(machine, record), now) };
}

/**
 * For the audit's unit: leaves the outcome where the gateway reads it, also while nothing is attached: then it is the engines alone. Then it loads a wall again that is
 * gone or changed, because nobody else would. The outcome says what was found before that; the next audit says whether it helped.
 */
export async function recordAudit(machine: Machine, now: number): Promise<AttachmentAudit> {
  const { attached, audit: found } = await auditNow(machine, now);
  await machine.write(AUDIT_FILE, `${JSON.stringify(AttachmentAudit.parse(found))}\n`, 0o644);
  if (!attached) return found;
  const open = found.findings.some(({ severity, problem }) => severity === 'open' && HEALED.has(problem.code));
  if (open) await machine.run(['/bin/sh', '/etc/portcullis/attachment/guard.sh', 'load'], { timeout: 60_000 });
  return found;
}

/** What loading the wall again puts right. */
const HEALED = new Set(['attachment-wall-gone', 'attachment-wall-changed', 'attachment-engine-outside-wall']);
