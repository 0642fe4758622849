import { describe, expect, it } from 'vitest';
import {
  accountOf,
  type ReceiptConstants,
  type ReceiptState,
  receiptClaims,
} from '../../../../main/gateway/receipts/receipt-claims.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { ReceiptClaims } from '../../../../shared/schemas/receipt.ts';

const constants: ReceiptConstants = {
  ...{ jkt: 'A'.repeat(43), machineId: '6f1a0f0e-5b1c-4a58-9d4e-0f6f5c1b7a11', version: '0.1.0' },
  ...{ place: 'system', uid: 0, account: 'root' },
};
const request = { aud: 'https://hub.acme.example', org: 'acme', nonce: 'n' };
const policy = { claims: { iss: 'https://hub.acme.example' } } as ReceiptState['inForce']['policy'];
const enforcing: ReceiptState = {
  inForce: { generation: 9, effective: { kind: 'policy', org: 'acme', revision: 7 }, policy },
  ...{ managed: 'present', keysPinned: true, attachment: null, enrolment: null },
  probes: [{ wall: 'proxy', view: 'engine', at: 5 }],
};

const claims = (change: Partial<ReceiptState> = {}, org = 'acme') =>
  ReceiptClaims.parse(receiptClaims(constants, { ...enforcing, ...change }, { ...request, org }, 100));

describe('what a receipt says', () => {
  it('is which revision of the organization is in force, and whose', () => {
    expect(claims()).toMatchObject({ revision: 7, policyIssuer: 'https://hub.acme.example', org: 'acme', iat: 100 });
    expect(claims().effective).toEqual({ kind: 'policy', reason: null });
  });

  it('is no revision for another organization, whatever is in force', () => {
    expect(claims({}, 'globex')).toMatchObject({ revision: null, policyIssuer: null, org: 'globex' });
  });

  it('is the reason where all is blocked, or nothing is', () => {
    const deny: ReceiptState['inForce']['effective'] = {
      ...{ kind: 'deny', reason: 'policy-expired', organizations: [], detail: 'of /home/mia' },
    };
    const denied = claims({ inForce: { ...enforcing.inForce, effective: deny } });
    expect(denied).toMatchObject({ revision: null, effective: { kind: 'deny', reason: 'policy-expired' } });
    expect(JSON.stringify(denied)).not.toContain('mia');
    const open = { kind: 'open', reason: 'break-glass' } as const;
    expect(claims({ inForce: { ...enforcing.inForce, effective: open } })).toMatchObject({
      ...{ revision: null, effective: { kind: 'open', reason: 'break-glass' } },
    });
  });

  it('is the codes of the audit’s findings, and none of its sentences', () => {
    const finding = problem(
      'attachment-stray-engine',
      { program: 'dockerd', pid: 77 },
      { cause: '/user.slice/user-1000.slice' },
    );
    const said = claims({
      attachment: {
        ...{ kind: 'audited', at: 60_500 },
        findings: [{ severity: 'open', engine: null, problem: finding }],
        engines: [
          {
            ...{ id: 'docker', name: 'Docker Engine', version: '20', running: true, hold: 'wall' },
            ...{ socket: 'unix:///run/docker.sock', command: null },
          },
        ],
      },
    });
    expect(said.attachment).toEqual({
      ...{ kind: 'audited', at: 60 },
      findings: [{ code: 'attachment-stray-engine', severity: 'open', engine: null }],
      engines: [{ id: 'docker', running: true, hold: 'wall' }],
    });
    expect(said.probes).toEqual(enforcing.probes);
    expect(JSON.stringify(said)).not.toMatch(/user-1000|dockerd|docker\.sock/);
  });

  it('is nothing of probes where the audit no longer runs, or nothing is attached', () => {
    const attachment = { kind: 'unknown', problem: problem('attachment-audit-stale') } as const;
    expect(claims({ attachment })).toMatchObject({
      ...{ probes: [], attachment: { kind: 'unknown', code: 'attachment-audit-stale' } },
    });
    expect(claims({ attachment: null })).toMatchObject({ probes: [], attachment: null });
  });
});

describe('whose account the gateway runs as', () => {
  it.each([
    ['linux', 0, null, 'root'],
    ['linux', 993, null, 'service'],
    ['linux', 61_184, null, 'service'],
    ['linux', 1000, null, 'user'],
    ['linux', 65_534, null, 'user'],
    ['darwin', 0, null, 'root'],
    ['darwin', 501, null, 'user'],
    ['darwin', 250, null, 'service'],
    ['win32', undefined, 'S-1-5-18', 'root'],
    ['win32', undefined, 'S-1-5-80-1-2-3-4-5', 'service'],
    ['win32', undefined, 'S-1-5-21-1-2-3-1001', 'user'],
    ['win32', undefined, null, 'unknown'],
  ] as const)('%s, user %s, SID %s: %s', (platform, uid, sid, account) => {
    expect(accountOf(platform, uid, sid)).toBe(account);
  });
});
