import { AttachmentAudit, AUDIT_FILE } from '../../shared/schemas/attachment.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { type AuditResult, audit, foundEngines } from './audit.ts';
import { gatherFacts } from './audit-facts.ts';
import { type Probed, type ProbeTools, probeEngines } from './audit-probes.ts';
import { findEngines } from './find-engines.ts';
import type { Machine } from './machine.ts';
import { readRecord } from './record.ts';

/** What the audit finds now. Without an attachment: the engines alone. @throws ProblemError `attachment-record-unreadable` */
export async function auditNow(machine: Machine, now: number): Promise<{ attached: boolean; audit: AuditResult }> {
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
export async function recordAudit(machine: Machine, now: number, tools: ProbeTools): Promise<AttachmentAudit> {
  const { attached, audit } = await auditNow(machine, now);
  const before = attached ? await lastProbed(machine) : null;
  const write = async (probed: Probed): Promise<AttachmentAudit> => {
    const written = AttachmentAudit.parse({ ...audit, ...probed });
    await machine.write(AUDIT_FILE, `${JSON.stringify(written)}\n`, 0o644);
    return written;
  };
  // At once: an engine may take long to answer a probe.
  const found = await write(before ?? NOT_PROBED);
  if (!attached) return found;
  const open = found.findings.some(({ severity, problem }) => severity === 'open' && HEALED.has(problem.code));
  if (open) await machine.run(['/bin/sh', '/etc/portcullis/attachment/guard.sh', 'load'], { timeout: 60_000 });
  const record = await readRecord(machine);
  const probed = record && (await probeEngines(machine, record, found.engines, before, tools));
  return probed === null || probed === before ? found : write(probed);
}

const NOT_PROBED: Probed = { probes: [], probedGateway: null };

/** What the file says that only root can write; null where there is none, and where it says nothing that can be read. */
async function lastProbed(machine: Machine): Promise<Probed | null> {
  const text = await machine.read(AUDIT_FILE).catch(() => null);
  const parsed = AttachmentAudit.pick({ probes: true, probedGateway: true }).safeParse(parseJson(text ?? ''));
  return parsed.success ? parsed.data : null;
}

/** What loading the wall again puts right. */
const HEALED = new Set(['attachment-wall-gone', 'attachment-wall-changed', 'attachment-engine-outside-wall']);
