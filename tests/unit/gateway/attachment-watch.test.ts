import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AuditHistory,
  type AuditReading,
  addAuditReading,
  attachmentFiles,
  attachmentStatus,
  watchAttachment,
} from '../../../main/gateway/attachment-watch.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type AttachmentAudit, AUDIT_MAX_AGE_MS } from '../../../shared/schemas/attachment.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const audit: AttachmentAudit = {
  ...{ probes: [], probedGateway: null },
  version: 1,
  at: 1_000,
  engines: [
    {
      ...{ id: 'docker', name: 'Docker Engine', version: '20.10.24', running: true, hold: 'wall' },
      ...{ socket: 'unix:///run/docker.sock', command: null },
    },
  ],
  findings: [],
};
const read = (stamp: string, modified = 0): AuditReading => ({ kind: 'read', audit, stamp, modified });
const code = (status: ReturnType<typeof attachmentStatus>): string | null =>
  status === null ? null : status.kind === 'unknown' ? status.problem.code : 'audited';

describe('the state of an attachment', () => {
  const fresh: AuditHistory = { reading: read('1'), renewedAt: 0 };
  const stale: AuditHistory = { reading: read('1'), renewedAt: null };
  const absent: AuditHistory = { reading: { kind: 'absent' }, renewedAt: null };
  const faulty: AuditHistory = { reading: { kind: 'faulty', cause: 'x' }, renewedAt: 0 };

  it.each([
    ['attached', 'fresh', true, fresh, 0, 'audited'],
    ['attached', 'at the end of its life', true, fresh, AUDIT_MAX_AGE_MS - 1, 'audited'],
    ['attached', 'too old', true, fresh, AUDIT_MAX_AGE_MS, 'attachment-audit-stale'],
    ['attached', 'never renewed', true, stale, 0, 'attachment-audit-stale'],
    ['attached', 'missing', true, absent, 0, 'attachment-audit-missing'],
    ['attached', 'faulty', true, faulty, 0, 'attachment-audit-unusable'],
    ['not attached', 'fresh', false, fresh, 0, 'audited'],
    ['not attached', 'too old', false, fresh, AUDIT_MAX_AGE_MS, null],
    ['not attached', 'missing', false, absent, 0, null],
    ['not attached', 'faulty', false, faulty, 0, null],
  ] as const)('%s, audit %s', (_attached, _audit, isAttached, history, now, expected) => {
    expect(code(attachmentStatus(isAttached, history, now))).toBe(expected);
  });

  it('lists the engines of a machine where none is attached, however old the list is', () => {
    const engines = audit.engines.map((engine) => ({ ...engine, hold: 'nothing' as const }));
    const reading: AuditReading = { kind: 'read', audit: { ...audit, engines }, stamp: '1', modified: 0 };
    const listed: AuditHistory = { reading, renewedAt: null };
    expect(attachmentStatus(false, listed, AUDIT_MAX_AGE_MS)).toEqual({
      ...{ kind: 'audited', at: 1_000 },
      ...{ engines, findings: [] },
    });
    // Where one is attached, an old list proves nothing.
    expect(code(attachmentStatus(true, listed, AUDIT_MAX_AGE_MS))).toBe('attachment-audit-stale');
  });

  it('takes an audit that was renewed before our start for fresh, and one that was not for stale', () => {
    const at = (wall: number) => addAuditReading(null, read('1', 1_000_000), { wall, monotonic: 5 }).renewedAt;
    expect(at(1_000_000 + AUDIT_MAX_AGE_MS)).toBe(5);
    expect(at(1_000_001 + AUDIT_MAX_AGE_MS)).toBeNull();
    // A clock that was set back after the audit.
    expect(at(0)).toBe(5);
  });

  it('counts from when the file was last seen written, whatever the clock says', () => {
    const first = addAuditReading(null, read('1'), { wall: 0, monotonic: 0 });
    const same = addAuditReading(first, read('1'), { wall: 0, monotonic: 60_000 });
    expect(same.renewedAt).toBe(0);
    const renewed = addAuditReading(same, read('2', 9e12), { wall: -5e12, monotonic: 120_000 });
    expect(renewed.renewedAt).toBe(120_000);
    // A fault in between renews nothing by itself, and a good file after it does.
    const torn = addAuditReading(renewed, { kind: 'faulty', cause: 'x' }, { wall: 0, monotonic: 130_000 });
    expect(torn.renewedAt).toBe(120_000);
    expect(addAuditReading(torn, read('2'), { wall: 0, monotonic: 140_000 }).renewedAt).toBe(140_000);
  });
});

describe('watching an attachment', () => {
  let folder: string;
  let clock: ManualClock;
  let changes: number;
  let watched: Awaited<ReturnType<typeof watchAttachment>>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-attachment-'));
    await mkdir(join(folder, 'attachment'));
    clock = manualClock();
    changes = 0;
  });
  afterEach(async () => {
    watched.close();
    await rm(folder, { recursive: true, force: true });
  });

  const file = (name: string) => join(folder, 'attachment', name);
  const write = async (name: string, content: string): Promise<void> => {
    await writeFile(file(`${name}.new`), content);
    await rename(file(`${name}.new`), file(name));
  };
  const open = async (): Promise<void> => {
    const user = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    const files = attachmentFiles({ folder }, 'linux', user);
    const onChange = (): void => {
      changes += 1;
    };
    watched = await watchAttachment(files, { clock, log: silentLogger(), onChange });
  };
  /** A file that was changed is read soon, and polled anyway; what is due is due by the manual clock. */
  const becomes = (expected: string | null) =>
    expect
      .poll(() => {
        clock.advance(200);
        return code(watched.current());
      })
      .toBe(expected);

  it('follows attachment and audit as they come and go', async () => {
    await open();
    expect(watched.current()).toBeNull();
    await write('attachment.json', '{}');
    await becomes('attachment-audit-missing');
    await write('audit.json', JSON.stringify(audit));
    await becomes('audited');
    expect(watched.current()).toEqual({ kind: 'audited', at: 1_000, engines: audit.engines, findings: [] });
    const finding = { severity: 'open', engine: 'docker', problem: problem('attachment-audit-missing') } as const;
    await write('audit.json', JSON.stringify({ ...audit, findings: [finding] }));
    await expect
      .poll(() => {
        clock.advance(200);
        return watched.current();
      })
      .toMatchObject({ findings: [finding] });
    await write('audit.json', '{"version":2}');
    await becomes('attachment-audit-unusable');
    await rm(file('audit.json'));
    await rm(file('attachment.json'));
    await becomes(null);
    expect(changes).toBeGreaterThanOrEqual(5);
  });

  it('says nothing anew where only the time of the audit has changed', async () => {
    await write('audit.json', JSON.stringify(audit));
    await open();
    await write('audit.json', JSON.stringify({ ...audit, at: 2_000 }));
    await expect
      .poll(() => {
        clock.advance(200);
        return watched.current();
      })
      .toMatchObject({ at: 2_000 });
    expect(changes).toBe(0);
  });

  it('believes no file that others may write, and no link', async () => {
    await write('attachment.json', '{}');
    await write('audit.json', JSON.stringify(audit));
    await open();
    expect(code(watched.current())).toBe('audited');
    await chmod(file('audit.json'), 0o646);
    await becomes('attachment-audit-unusable');
    await write('audit.json', JSON.stringify(audit));
    await becomes('audited');
    await rename(file('audit.json'), file('elsewhere.json'));
    await symlink(file('elsewhere.json'), file('audit.json'));
    await becomes('attachment-audit-unusable');
  });

  it('misses an audit that is not renewed, through a clock that is set and a machine that sleeps', async () => {
    await write('attachment.json', '{}');
    await write('audit.json', JSON.stringify(audit));
    await open();
    clock.set(clock.wall() + 86_400_000);
    clock.sleep(86_400_000);
    expect(code(watched.current())).toBe('audited');
    clock.set(0);
    clock.advance(AUDIT_MAX_AGE_MS - 1);
    expect(code(watched.current())).toBe('audited');
    clock.advance(1);
    await becomes('attachment-audit-stale');
    await expect.poll(() => changes).toBe(1);
    await utimes(file('audit.json'), 1, 1);
    await becomes('audited');
    expect(changes).toBe(2);
  });
});

it('has the places of the system on Linux only', () => {
  const user = { uid: 1000, gid: 1000 };
  expect(attachmentFiles('system', 'linux', user)).toMatchObject({
    attachment: '/etc/portcullis/attachment/attachment.json',
    audit: '/run/portcullis-attachment/audit.json',
  });
  expect(attachmentFiles('system', 'win32', user)).toBeNull();
  expect(attachmentFiles('system', 'darwin', user)).toBeNull();
});
