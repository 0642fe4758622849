import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIdentity } from '../../../../main/gateway/identity/gateway-identity.ts';
import { openEnrolment } from '../../../../main/gateway/receipts/enrolment.ts';
import { createHostUse } from '../../../../main/gateway/receipts/host-use.ts';
import { createReceiptRate } from '../../../../main/gateway/receipts/receipt-rate.ts';
import { createReceipts } from '../../../../main/gateway/receipts/receipts.ts';
import { codeId, codeKey, isProofOf } from '../../../../main/platform/enrolment/enrolment-code.ts';
import { verifyReceipt } from '../../../../shared/policy/verify-receipt.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const CODE = 'ABCDE-FGHJK-MNPQR-STVWX-YZ012';
const request = { aud: 'https://hub.acme.example', org: 'acme', nonce: 'n0nce' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-receipts-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('signing a receipt', () => {
  it('makes one that the hub takes for signed by this gateway, now', async () => {
    const clock = manualClock(1_800_000_000_000);
    const { identity } = await openIdentity({
      folder,
      uid: process.getuid?.(),
      user: null,
      readMachineId: async () => null,
    });
    const receipt = createReceipts({
      ...{ identity, clock, constants: { version: '0.1.0', place: 'trial', uid: 1000, account: 'user' } },
      state: () => ({
        inForce: { generation: 1, effective: { kind: 'open', reason: 'not-managed' }, policy: null },
        ...{ managed: 'absent', keysPinned: false, attachment: null, probes: [], enrolment: null },
      }),
    })(request, {}).receipt;
    const verified = await verifyReceipt(receipt, { aud: request.aud, org: 'acme', now: clock.wall() / 1000 });
    expect(verified).toMatchObject({
      ok: true,
      value: { iss: identity?.jkt, machine: identity?.machineId, nonce: 'n0nce', place: 'trial', account: 'user' },
    });
  });

  it('is not done without a key', () => {
    const state = () => {
      throw new Error('not asked');
    };
    const constants = { version: '0.1.0', place: 'system', uid: 0, account: 'root' } as const;
    const signed = createReceipts({ identity: null, clock: manualClock(), constants, state });
    expect(() => signed(request, {})).toThrowError(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'receipt-no-identity' }) }),
    );
  });
});

describe('how often receipts are signed', () => {
  it('is limited for each connection, and what one has used up takes nothing from the others', () => {
    const clock = manualClock();
    const may = createReceiptRate(clock);
    const flooding = {};
    expect(Array.from({ length: 1000 }, () => may(flooding)).filter(Boolean)).toHaveLength(5);
    expect(may({})).toBe(true);
    clock.advance(10_000);
    expect([may(flooding), may(flooding)]).toEqual([true, false]);
  });

  it('is limited for all together, however many connections are opened', () => {
    const clock = manualClock();
    const may = createReceiptRate(clock);
    const many = (): number => Array.from({ length: 1000 }, () => may({})).filter(Boolean).length;
    expect(many()).toBe(50);
    clock.advance(1_000);
    expect(many()).toBe(10);
  });
});

describe('a one-time code', () => {
  it('is proven to be known, for this key, hub and organization, and never told', async () => {
    const enrolment = await openEnrolment(folder, process.getuid?.(), manualClock());
    const scope = { jkt: 'A'.repeat(43), aud: request.aud, org: 'acme' };
    expect(enrolment.claim(scope)).toBeNull();
    expect(await enrolment.give(` ${CODE.toLowerCase()}\n`)).toBe(true);
    const claim = enrolment.claim(scope);
    const code = CODE.replaceAll('-', '');
    expect(claim?.id).toBe(codeId(code));
    expect(isProofOf(codeKey(code), scope, claim?.proof ?? '')).toBe(true);
    expect(isProofOf(codeKey(code), { ...scope, jkt: 'B'.repeat(43) }, claim?.proof ?? '')).toBe(false);
    expect(JSON.stringify(claim)).not.toContain(code);
    const file = join(folder, 'enrolment.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain(code);
  });

  it('outlives a restart, is replaced by the next one, and is forgotten after 30 days', async () => {
    const clock = manualClock();
    const uid = process.getuid?.();
    const scope = { jkt: 'A'.repeat(43), aud: request.aud, org: 'acme' };
    await (await openEnrolment(folder, uid, clock)).give(CODE);
    const again = await openEnrolment(folder, uid, clock);
    const first = again.claim(scope)?.id;
    expect(first).toBeDefined();
    await again.give('00000-00000-00000-00000-00000');
    expect(again.claim(scope)?.id).not.toBe(first);
    clock.set(clock.wall() + 31 * 24 * 3_600_000);
    expect(again.claim(scope)).toBeNull();
  });

  it.each(['', 'ABCDE', `${CODE}0`, 'ABCDE-FGHJK-MNPQR-STVWX-YZ01U'])('is not %j', async (text) => {
    const enrolment = await openEnrolment(folder, process.getuid?.(), manualClock());
    expect(await enrolment.give(text)).toBe(false);
  });

  it('is none where its file was damaged', async () => {
    await writeFile(join(folder, 'enrolment.json'), '{"code":"x","at":1}', { mode: 0o600 });
    const enrolment = await openEnrolment(folder, process.getuid?.(), manualClock());
    expect(enrolment.claim({ jkt: '', aud: '', org: '' })).toBeNull();
  });
});

describe('which hosts engines asked for', () => {
  it('is counted only where the administrator wants hosts, and forgotten when they do not any more', () => {
    const clock = manualClock(1000);
    const use = createHostUse(clock);
    use.note('gcr.io', 443, false, 1);
    expect(use.list().hosts).toEqual([]);
    clock.advance(100);
    use.follow(true);
    use.note('earlier.example', undefined, true, 1, 1099);
    use.note('gcr.io', 443, false, 1);
    clock.advance(400);
    use.follow(true);
    use.note('gcr.io', undefined, true, 3, 1100);
    use.note('registry.example', 5000, false, 1);
    use.note('2001:db8::1', 5000, true, 1);
    use.note('nabc.probe.portcullis.internal', 443, true, 1);
    expect(use.list()).toEqual({
      since: 1000,
      hosts: [
        { host: 'gcr.io', count: 4, blocked: 3, firstAt: 1100, lastAt: 1500 },
        { host: 'registry.example:5000', count: 1, blocked: 0, firstAt: 1500, lastAt: 1500 },
        { host: '[2001:db8::1]:5000', count: 1, blocked: 1, firstAt: 1500, lastAt: 1500 },
      ],
    });
    use.follow(false);
    expect(use.list().hosts).toEqual([]);
    use.follow(true);
    expect(use.list().hosts).toEqual([]);
  });

  it('is bounded', () => {
    const use = createHostUse(manualClock());
    use.follow(true);
    for (let i = 0; i < 5000; i++) use.note(`r${i}.example`, 443, true, 1);
    expect(use.list().hosts).toHaveLength(1000);
    expect(use.list().hosts.at(-1)?.host).toBe('r4999.example');
  });
});
