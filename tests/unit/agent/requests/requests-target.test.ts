import { describe, expect, it } from 'vitest';
import { RequestRefused } from '../../../../main/agent/requests/requests-client.ts';
import { requestsTarget } from '../../../../main/agent/requests/requests-target.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import type { SessionState } from '../../../../shared/state/inputs.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { sessions } from '../../../support/snapshots.ts';

const never = new AbortController().signal;

interface Sent {
  url: string;
  method: string;
  token: string | null;
  body: unknown;
}

/** The target of a session, at a hub that answers so. */
function stage(answer: () => Response, session: () => SessionState | null = () => sessions['signed-in']) {
  const sent: Sent[] = [];
  const target = requestsTarget({
    hub: 'https://hub.acme.example/base',
    session: { state: session, accessToken: async () => 'token' },
    clock: manualClock(),
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      sent.push({
        url: String(input),
        method: init?.method ?? 'GET',
        token: headers.get('authorization'),
        body: typeof init?.body === 'string' ? JSON.parse(init.body) : null,
      });
      return answer();
    },
  });
  if (target === null) throw new Error('there is no target');
  return { sent, target };
}

function refusal(status: number, code: string, title = 'No.', args: object = {}): Response {
  const type = { 'content-type': 'application/problem+json' };
  return Response.json(
    { type: 'about:blank', title, status, code, args, organization: 'acme' },
    { status, headers: type },
  );
}

async function failureOf(answer: () => Response): Promise<ProblemError> {
  const { target } = stage(answer);
  const outcome = await target.client.create({ host: 'gcr.io' }, never).catch((error: unknown) => error);
  if (outcome instanceof ProblemError) return outcome;
  throw new Error('it did not fail');
}

const created = { id: 'r1', host: 'gcr.io', at: '2026-11-21T12:00:00Z', state: 'open' };

it('a request goes to the hub of the organization, with the person’s own token', async () => {
  const { sent, target } = stage(() => Response.json(created, { status: 201 }));
  await target.client.create({ host: 'gcr.io', reason: 'a build' }, never);
  expect(sent).toEqual([
    {
      url: 'https://hub.acme.example/base/v1/orgs/acme/requests',
      method: 'POST',
      token: 'Bearer token',
      body: { host: 'gcr.io', reason: 'a build' },
    },
  ]);
});

describe('in whose name', () => {
  it.each([
    ['nobody is signed in', sessions['signed-out']],
    ['the organization is not allowed', sessions['wrong-organization']],
    ['nothing is known yet', null],
  ] as const)('there is none where %s', (_why, session) => {
    const deps = { session: { state: () => session, accessToken: async () => 'token' }, clock: manualClock(), fetch };
    expect(requestsTarget({ hub: 'https://hub.acme.example', ...deps })).toBeNull();
  });

  it.each([
    ['signs out', sessions['signed-out']],
    ['is followed by another one', { kind: 'signed-in', org: 'acme', user: { sub: 'gus', name: 'Gus' } }],
    ['comes to another organization', { kind: 'signed-in', org: 'globex', user: { sub: 'mia', name: 'Mia' } }],
  ] as const)('nothing is sent where the person %s while the token is fetched', async (_what, later) => {
    let now: SessionState = sessions['signed-in'];
    const { sent, target } = stage(
      () => Response.json(created, { status: 201 }),
      () => now,
    );
    now = later;
    const outcome = await target.client.create({ host: 'gcr.io' }, never).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ problem: { code: 'request-needs-sign-in' } });
    expect(outcome).not.toBeInstanceOf(RequestRefused);
    expect(sent).toEqual([]);
  });
});

describe('what the hub answers', () => {
  it('about the request is its last word, in its own words', async () => {
    const { message } = problem('request-already-allowed', { host: 'gcr.io', by: 'gcr.io' });
    const failure = await failureOf(() =>
      refusal(409, 'request-already-allowed', message, { host: 'gcr.io', by: 'gcr.io' }),
    );
    expect(failure).toBeInstanceOf(RequestRefused);
    expect(failure).toMatchObject({ passing: false, problem: { code: 'request-already-allowed', message } });
  });

  it.each([
    [403, 'requests-off', false],
    [422, 'request-host-invalid', false],
    [429, 'requests-too-many-today', true],
    [400, 'body-invalid', false],
    [413, 'too-large', false],
  ])('%i %s is not sent again, or only later', async (status, code, passing) => {
    const failure = await failureOf(() => refusal(status, code));
    expect(failure).toBeInstanceOf(RequestRefused);
    expect(failure).toMatchObject({ passing });
  });

  it('with a code that we do not know is told with what it said', async () => {
    expect((await failureOf(() => refusal(422, 'request-too-new', 'Something new.'))).problem).toMatchObject({
      code: 'request-failed',
      cause: 'HTTP 422, request-too-new: Something new.',
    });
  });

  it.each([
    ['the sign-in', () => refusal(401, 'token-invalid'), 'not-authorized'],
    ['membership', () => refusal(403, 'not-a-member'), 'not-a-member'],
    ['a path that it does not know', () => refusal(404, 'not-found'), 'server-not-found'],
    ['how busy it is', () => refusal(429, 'too-many-requests'), 'server-busy'],
    ['a failure of its own', () => refusal(500, 'unexpected'), 'server-failed'],
    ['nothing that can be read', () => new Response('<html>', { status: 400 }), 'server-unexpected'],
    ['with another document', () => Response.json({ ok: true }, { status: 201 }), 'server-unexpected'],
  ])('about %s loses no request', async (_what, answer, code) => {
    const failure = await failureOf(answer);
    expect(failure).not.toBeInstanceOf(RequestRefused);
    expect(failure.problem.code).toBe(code);
  });

  it('a redirect is never followed', async () => {
    const { sent, target } = stage(
      () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }),
    );
    await expect(target.client.create({ host: 'gcr.io' }, never)).rejects.toThrow(/^server-redirected/);
    expect(sent).toHaveLength(1);
  });
});
