import { beforeEach, describe, expect, it } from 'vitest';
import { createNoticePolicy, NOTICE_QUIET_MS, type NoticePolicy } from '../../../main/shell/notice-policy.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { Denial } from '../../../shared/schemas/control-schema.ts';
import type { StateInputs } from '../../../shared/state/inputs.ts';
import { allGood, inputsFor, NOW, sessions, snapshotOf } from '../../support/snapshots.ts';

const denial: Denial = {
  at: NOW,
  host: 'gcr.io',
  view: 'engine',
  wall: 'dns',
  reason: 'not-in-policy',
  refused: true,
  count: 1,
};

let said: string[];
let now: number;
let wanted: boolean;
let notices: NoticePolicy;
const see = (inputs: StateInputs): void => notices.snapshot(snapshotOf(inputs));

beforeEach(() => {
  said = [];
  now = 0;
  wanted = true;
  notices = createNoticePolicy({
    monotonic: () => now,
    wanted: () => wanted,
    show: (notice) => said.push(notice.kind === 'blocked' ? `blocked ${notice.denial.host}` : notice.kind),
  });
});

describe('a blocked pull', () => {
  it('is notified once per host in ten minutes, whichever wall blocked it', () => {
    notices.denial(denial);
    notices.denial({ ...denial, wall: 'proxy', port: 443 });
    notices.denial({ ...denial, host: 'quay.io' });
    now = NOTICE_QUIET_MS - 1;
    notices.denial(denial);
    expect(said).toEqual(['blocked gcr.io', 'blocked quay.io']);
    now = NOTICE_QUIET_MS;
    notices.denial(denial);
    expect(said).toEqual(['blocked gcr.io', 'blocked quay.io', 'blocked gcr.io']);
  });

  it('is none where the audit only records, or a container looked something up', () => {
    notices.denial({ ...denial, refused: false, reason: 'audit-only' });
    notices.denial({ ...denial, view: 'workload' });
    expect(said).toEqual([]);
  });

  it('counts as told when the panel, which shows it, was in front', () => {
    wanted = false;
    notices.denial(denial);
    wanted = true;
    notices.denial(denial);
    expect(said).toEqual([]);
  });
});

describe('enforcement', () => {
  it('lost is told, and restored once it is proven again', () => {
    see(allGood);
    see(inputsFor['not-enforcing']);
    see(inputsFor['not-enforcing']);
    see(inputsFor.securing);
    expect(said).toEqual(['enforcement-lost']);
    see(allGood);
    see(allGood);
    expect(said).toEqual(['enforcement-lost', 'enforcement-restored']);
  });

  it('is restored only for somebody who was told that it was lost', () => {
    see(inputsFor.securing);
    see(allGood);
    expect(said).toEqual([]);
  });

  it('that comes and goes is told once in ten minutes', () => {
    for (let round = 0; round < 5; round += 1) {
      see(inputsFor['not-enforcing']);
      see(allGood);
    }
    expect(said).toEqual(['enforcement-lost', 'enforcement-restored']);
    now = NOTICE_QUIET_MS;
    see(inputsFor['not-enforcing']);
    expect(said).toHaveLength(3);
  });
});

describe('a sign-in that is needed', () => {
  it('is told at the start and when a session has ended by itself', () => {
    see(inputsFor['sign-in-required']);
    expect(said).toEqual(['sign-in-needed']);
    see(allGood);
    now = NOTICE_QUIET_MS;
    const problem = new ProblemError({ code: 'session-ended', message: 'The server has ended the session.' }).problem;
    see({ ...inputsFor['sign-in-required'], session: { kind: 'signed-out', problem } });
    expect(said).toEqual(['sign-in-needed', 'sign-in-needed']);
  });

  it('is not told to somebody who has just signed out', () => {
    see(allGood);
    see({ ...inputsFor['sign-in-required'], session: sessions['signed-out'] });
    expect(said).toEqual([]);
  });

  it('is not told again while one tries', () => {
    see(inputsFor['sign-in-required']);
    see({ ...inputsFor['sign-in-required'], session: sessions['signing-in'] });
    see(inputsFor['sign-in-required']);
    expect(said).toEqual(['sign-in-needed']);
  });
});

it('a fault of our own is told once in ten minutes, however often it happens', () => {
  const problem = new ProblemError({
    code: 'agent-fault',
    message: 'Portcullis hit an internal error and is restarting.',
  }).problem;
  notices.agentFailed(problem);
  notices.agentFailed(problem);
  expect(said).toEqual(['agent-failed']);
});
