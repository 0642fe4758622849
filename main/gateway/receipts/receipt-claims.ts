import type { AttachmentStatus } from '../../../shared/schemas/control-schema.ts';
import type { Verdict } from '../../../shared/schemas/managed-config.ts';
import type { ReceiptAttachment, ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import type { InForce } from '../policy/policy-state.ts';

/** What does not change while the gateway runs. */
export interface ReceiptConstants {
  jkt: string;
  machineId: string;
  version: string;
  place: ReceiptClaims['place'];
  uid: number | null;
  account: ReceiptClaims['account'];
}

export interface ReceiptState {
  inForce: Pick<InForce, 'generation' | 'effective' | 'policy'>;
  managed: Verdict;
  keysPinned: boolean;
  attachment: AttachmentStatus | null;
  probes: ReceiptClaims['probes'];
  enrolment: ReceiptClaims['enrolment'] | null;
}

/** For whom a receipt is. */
export interface ReceiptRequest {
  aud: string;
  org: string;
  nonce: string;
}

/** @param now seconds since 1970 */
export function receiptClaims(
  constants: ReceiptConstants,
  state: ReceiptState,
  request: ReceiptRequest,
  now: number,
): ReceiptClaims {
  const { jkt, machineId, ...rest } = constants;
  const { inForce, managed, keysPinned, attachment, probes, enrolment } = state;
  const { effective, policy, generation } = inForce;
  // The policy of another organization says nothing to this one.
  const own = effective.kind === 'policy' && effective.org === request.org ? effective : null;
  return {
    ...{ iss: jkt, ...request, iat: now, machine: machineId, ...rest },
    ...{ revision: own?.revision ?? null, policyIssuer: own === null ? null : (policy?.claims.iss ?? null) },
    ...{ generation, managed, keysPinned },
    effective: { kind: effective.kind, reason: effective.kind === 'policy' ? null : effective.reason },
    attachment: attachment && receiptAttachment(attachment),
    // Of an audit that no longer runs, nothing is known.
    probes: attachment?.kind === 'audited' ? probes : [],
    ...(enrolment ? { enrolment } : {}),
  };
}

/** Codes alone: sentences and causes name paths and processes of the machine. */
function receiptAttachment(attachment: AttachmentStatus): ReceiptAttachment {
  if (attachment.kind === 'unknown') return { kind: 'unknown', code: attachment.problem.code };
  const { at, findings, engines } = attachment;
  return {
    kind: 'audited',
    at: Math.floor(at / 1000),
    findings: findings.map(({ severity, engine, problem }) => ({ code: problem.code, severity, engine })),
    engines: engines.map(({ id, running, hold }) => ({ id, running, hold })),
  };
}

/** systemd's and the distributions' ranges: 1 to 999 are services, 61184 to 65519 those that systemd allocates (DynamicUser=). */
export function accountOf(
  platform: NodeJS.Platform,
  uid: number | undefined,
  sid: string | null,
): ReceiptClaims['account'] {
  if (platform === 'win32') {
    if (sid === null) return 'unknown';
    if (sid === 'S-1-5-18') return 'root';
    return /^S-1-5-(19|20|80-.*)$/.test(sid) ? 'service' : 'user';
  }
  if (uid === undefined) return 'unknown';
  if (uid === 0) return 'root';
  const firstPerson = platform === 'darwin' ? 500 : 1000;
  return uid < firstPerson || (uid >= 61_184 && uid <= 65_519) ? 'service' : 'user';
}
