import { describe, expect, it } from 'vitest';
import {
  cacheLoaded,
  initialSync,
  membershipAccepted,
  policyAccepted,
  serverAnswered,
  serverAsked,
  syncFailed,
  syncScheduled,
  syncStarted,
  syncSucceeded,
  verificationTime,
} from '../../../../main/agent/policy/sync-state.ts';
import { agentState, held } from '../../../support/agent-state.ts';
import { NOW, policy, problem } from '../../../support/snapshots.ts';

const { membership } = agentState.policy;
if (membership === null) throw new Error('no membership');
const first = initialSync('acme', NOW);

describe('what is known of a policy', () => {
  it('begins with nothing, and with the time since when there should be one', () => {
    expect(first).toMatchObject({ org: 'acme', since: NOW, held: null, membership: null, failures: 0 });
    expect(initialSync(null, NOW)).toMatchObject({ org: null, since: null });
  });

  it('is what the cache holds, whose last contact was the server’s', () => {
    expect(cacheLoaded(first, held, membership, NOW - 5)).toMatchObject({
      held,
      membership,
      sync: { lastContact: NOW - 5 },
    });
    // A membership that has expired in the cache does not replace one that is known.
    expect(cacheLoaded(membershipAccepted(first, membership), held, null, NOW).membership).toBe(membership);
  });

  it('is replaced by what is accepted, and kept when an attempt fails', () => {
    const accepted = syncSucceeded(membershipAccepted(policyAccepted(first, held), membership), NOW);
    const failed = syncFailed(syncFailed(accepted, problem, false), problem, false);
    expect(failed).toMatchObject({ held, membership, failures: 2, rejection: null, sync: { problem } });
    const rejected = syncFailed(failed, problem, true);
    expect(rejected).toMatchObject({ held, failures: 3, rejection: problem });
    // An outage does not undo why the last document was rejected.
    const other = { code: 'offline', message: 'Offline.' };
    expect(syncFailed(rejected, other, false)).toMatchObject({ rejection: problem, sync: { problem: other } });
    expect(syncSucceeded(rejected, NOW + 1)).toMatchObject({
      ...{ rejection: null, failures: 0 },
      sync: { problem: null, lastContact: NOW + 1 },
    });
  });

  it('says when the server was asked, and when it will be', () => {
    const asked = serverAsked(syncStarted(syncScheduled(first, NOW + 60.7)), NOW);
    expect(asked.sync).toMatchObject({ running: true, next: null, lastAttempt: NOW });
    expect(syncScheduled(asked, NOW + 60.7).sync).toMatchObject({ running: false, next: NOW + 60 });
    expect(serverAnswered(asked, NOW + 9_000, NOW).serverAhead).toBe(9_000);
    expect(serverAnswered(serverAnswered(asked, NOW + 9_000, NOW), null, NOW).serverAhead).toBeNull();
  });

  it('is verified by a time that never lies before the policy that is held', () => {
    expect(verificationTime(first, NOW + 999)).toBe(NOW / 1000);
    expect(verificationTime(policyAccepted(first, held), (policy.iat - 100) * 1000)).toBe(policy.iat);
    expect(verificationTime(policyAccepted(first, held), (policy.iat + 100) * 1000)).toBe(policy.iat + 100);
  });
});
