import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wantedOf } from '../../../../main/agent/requests/request-handlers.ts';
import { requestsUnavailable } from '../../../../main/agent/requests/requests-view.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { RequestToSend } from '../../../../shared/schemas/hub/requests.ts';
import { agentState } from '../../../support/agent-state.ts';
import { policy, sessions } from '../../../support/snapshots.ts';

const wanted = (subject: string, reason = '', host: string | null = null) => wantedOf({ subject, host, reason });

describe('what is requested', () => {
  it.each([
    ['gcr.io', 'gcr.io', undefined],
    ['docker pull gcr.io/distroless/static:nonroot', 'gcr.io', 'docker pull gcr.io/distroless/static:nonroot'],
    ['nginx', 'docker.io', 'nginx'],
    ['registry.example:5000/app', 'registry.example:5000', 'registry.example:5000/app'],
    ['gcr.io:443', 'gcr.io', 'gcr.io:443'],
    ['https://gcr.io/v2/', 'gcr.io', 'https://gcr.io/v2/'],
  ])('%s asks for %s', (typed, host, subject) => {
    expect(wanted(typed)).toEqual({ host, ...(subject === undefined ? {} : { subject }) });
  });

  it.each([
    ['a pattern', '*.gcr.io', '', 'request-pattern'],
    ['a reason that is too long', 'gcr.io', 'x'.repeat(501), 'request-text'],
    ['a reason that would control a terminal', 'gcr.io', 'now\u001b[2J', 'request-text'],
  ])('%s is rejected', (_what, typed, reason, code) => {
    expect(() => wanted(typed, reason)).toThrow(new RegExp(`^${code}`));
  });

  it('another host than the image’s own can be asked for, where that is the one that is blocked', () => {
    expect(wanted('quay.io/app', '', 'cdn.quay.io')).toEqual({ host: 'cdn.quay.io', subject: 'quay.io/app' });
    expect(() => wanted('quay.io/app', '', '*.quay.io')).toThrow(/^request-pattern/);
  });

  it('a reason of several lines arrives as one', () => {
    expect(wanted('gcr.io', ' for\n the build \n').reason).toBe('for the build');
  });

  it('whatever is typed, only what the hub takes is sent, or a problem says why not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), fc.string({ unit: 'binary' }), (typed, reason) => {
        try {
          expect(RequestToSend.safeParse(wanted(typed, reason)).success).toBe(true);
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
        }
      }),
    );
  });
});

describe('requests are offered', () => {
  const offering = { ...policy, requests: true };
  const held = (summary: typeof policy) => ({
    ...agentState,
    policy: { ...agentState.policy, held: agentState.policy.held && { ...agentState.policy.held, summary } },
  });

  it('where the policy says so, also while the server is away', () => {
    expect(requestsUnavailable(held(offering))).toBeNull();
    expect(requestsUnavailable({ ...held(offering), session: sessions.offline })).toBeNull();
  });

  it.each([
    ['nobody is signed in', { ...held(offering), session: sessions['signed-out'] }, 'request-needs-sign-in'],
    ['the policy does not say so', held(policy), 'requests-not-offered'],
    ['the policy says no', held({ ...policy, requests: false }), 'requests-not-offered'],
    [
      'the server is older',
      { ...held(offering), requests: { ...agentState.requests, unknownToServer: true } },
      'requests-unknown-to-server',
    ],
  ] as const)('not where %s, and why is said', (_why, state, code) => {
    expect(requestsUnavailable(state)?.code).toBe(code);
  });

  it('and names whom to ask instead', () => {
    expect(requestsUnavailable(held(policy))?.next).toBe('Ask platform@acme.example instead.');
  });
});
