import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { AUDIT_MAX_AGE_MS } from '../../../shared/schemas/attachment.ts';
import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';

/** Without a probe of root's audit for so long, an attached engine counts as not held. */
const PROBE_MS = 24 * 3_600_000;
/** Engines through whose API the audit sends probes. */
const PROBED_ENGINES = ['docker'];

/**
 * Why a machine does not enforce, as its receipt says. `transient`: also what a wake from sleep or a restart looks like for some minutes, so that
 * one receipt alone raises no alert.
 */
export interface Shortcoming {
  problem: Problem;
  transient: boolean;
}

/** @param facts when it last reported, and when a probe was last seen; milliseconds since 1970 */
export function shortcomingsOf(
  claims: ReceiptClaims,
  { lastAt, probedAt }: { lastAt: number | null; probedAt: number | null },
  issuer: string,
): Shortcoming[] {
  const lasting = [...gatewayProblems(claims), ...policyProblems(claims, issuer), ...wallProblems(claims)];
  return [
    ...lasting.map((found) => ({ problem: found, transient: false })),
    ...auditProblems(claims, lastAt, probedAt).map((found) => ({ problem: found, transient: true })),
  ];
}

/**
 * When root's audit last proved that an engine's traffic arrives, by our clock: the audit sends a probe each hour, and the receipt tells how long
 * before it that was.
 *
 * @param now milliseconds since 1970
 */
export function lastProbe({ probes, iat }: Pick<ReceiptClaims, 'probes' | 'iat'>, now: number): number | null {
  const last = Math.max(...probes.filter(({ view }) => view === 'engine').map(({ at }) => at));
  return Number.isFinite(last) ? now - Math.max(0, iat - last) * 1000 : null;
}

/** Who can change the gateway. */
function gatewayProblems({ place, account, uid }: ReceiptClaims): Problem[] {
  // Windows has no uid, and nothing to tell accounts by.
  const isUsers = account === 'user' || (account === 'unknown' && uid !== null);
  return [
    ...(place === 'trial' ? [problem('machine-trial')] : []),
    ...(isUsers ? [problem('machine-run-by-user')] : []),
  ];
}

function policyProblems({ effective, managed, revision, policyIssuer }: ReceiptClaims, issuer: string): Problem[] {
  // What is missing or malformed blocks everything, which is no way past.
  const managing = managed === 'absent' ? [problem('machine-not-managed')] : [];
  switch (effective.kind) {
    case 'open':
      return [problem(effective.reason === 'break-glass' ? 'machine-break-glass' : 'machine-open'), ...managing];
    case 'policy':
      return [...(revision === null || policyIssuer !== issuer ? [problem('machine-other-policy')] : []), ...managing];
    case 'deny':
      return managing;
  }
}

function wallProblems({ attachment }: ReceiptClaims): Problem[] {
  if (attachment === null) return [problem('machine-not-attached')];
  if (attachment.kind === 'unknown') return [];
  const { engines, findings } = attachment;
  // A stopped engine pulls nothing.
  const stopped = new Set(engines.filter(({ running }) => !running).map(({ id }) => id));
  const free = engines.filter(({ running, hold }) => running && hold === 'nothing').map(({ id }) => id);
  const open = findings
    .filter(({ severity, engine }) => severity === 'open' && (engine === null || !stopped.has(engine)))
    .map(({ code }) => code);
  return [
    ...(free.length === 0 ? [] : [problem('machine-engine-not-attached', { engines: [...new Set(free)] })]),
    ...(open.length === 0 ? [] : [problem('machine-way-past', { findings: [...new Set(open)].slice(0, 5) })]),
  ];
}

function auditProblems(claims: ReceiptClaims, lastAt: number | null, probedAt: number | null): Problem[] {
  const { attachment, iat } = claims;
  if (attachment === null) return [];
  if (attachment.kind === 'unknown' || Math.abs(iat - attachment.at) * 1000 > AUDIT_MAX_AGE_MS) {
    return [problem('machine-audit-missing')];
  }
  const isProbable = attachment.engines.some(
    ({ id, running, hold }) => PROBED_ENGINES.includes(id) && running && hold === 'wall',
  );
  const isProven = probedAt !== null && lastAt !== null && lastAt - probedAt <= PROBE_MS;
  return isProbable && !isProven ? [problem('machine-not-probed')] : [];
}
