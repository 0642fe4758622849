import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { RequestsDecided, RequestsPage } from '../../../shared/schemas/hub/requests.ts';
import type { OwnRequest } from '../../../shared/schemas/own-request.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';
import { waitFor } from '../../support/background-process.ts';
import { type PeopleClient, peopleClient } from '../../support/hub-people.ts';

/** The whole path on a real hub, gateway and agent: blocked, requested, decided, allowed. */
let test: TestAgent;
let owner: PeopleClient;
let news: OwnRequest[];
beforeAll(async () => {
  test = await startTestAgent();
  owner = peopleClient(test.hub, 'acme', await test.hub.signIn('olivia'));
  listen();
  await test.signIn('mia');
  await test.until('enforcing');
});
afterAll(() => test?.stop());
beforeEach(() => {
  news = [];
  test.intercept = null;
});

/** To the agent that runs now. */
function listen(): void {
  test.agent.onRequestNews((request) => news.push(request));
}

const create = (subject: string, reason = ''): Promise<OwnRequest> =>
  test.agent.handlers['requests.create']({ subject, host: null, reason });
const own = async (): Promise<OwnRequest[]> =>
  (await test.agent.handlers['requests.list']({ query: '', cursor: null, offset: 0, limit: 200 })).items;
const latestFor = async (host: string): Promise<OwnRequest | undefined> =>
  (await own()).find((one) => one.host === host);
const isAllowed = async (subject: string): Promise<boolean> =>
  (await test.agent.handlers['decide.explain']({ subject })).allowed;
const offered = ({ requests }: Snapshot): boolean => requests?.unavailable === null;
const queued = async () => (await owner.get(RequestsPage, 'GET', 'requests')).items;
const decide = (host: string, decision: object) =>
  owner.get(RequestsDecided, 'POST', 'requests/decisions', { host, decision });
const keptFile = (): string => join(test.stateDir, 'requests.json');
/** Nothing of requests gets through, as where the network is gone. */
const cutOff = async (url: URL): Promise<Response | null> => {
  if (url.pathname.includes('/requests')) throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
  return null;
};

async function problemOf(work: Promise<unknown>): Promise<ProblemError['problem']> {
  const outcome = await work.catch((error: unknown) => error);
  if (outcome instanceof ProblemError) return outcome.problem;
  throw new Error(`no problem: ${JSON.stringify(outcome)}`);
}

it('none is taken before the organization takes them, and whom to ask is named', async () => {
  await test.hub.putSettings('acme', { contact: 'platform@acme.example' });
  await test.until(({ policy }) => policy?.kind === 'fresh' && policy.policy.contact === 'platform@acme.example');
  expect(await problemOf(create('gcr.io'))).toMatchObject({
    code: 'requests-not-offered',
    next: 'Ask platform@acme.example instead.',
  });
  expect(await queued()).toEqual([]);
  await test.hub.putSettings('acme', { requests: true });
  await test.until(offered);
});

describe('a request', () => {
  it('reaches the owners as the person who is signed in, and the pull works as soon as its yes is told', async () => {
    expect(await isAllowed('gcr.io/distroless/static')).toBe(false);
    const request = await create('docker pull gcr.io/distroless/static', 'the new build');
    expect(request).toMatchObject({ host: 'gcr.io', state: 'open', reason: 'the new build' });
    expect(await queued()).toMatchObject([
      {
        host: 'gcr.io',
        people: 1,
        asked: [{ username: 'mia', subject: 'docker pull gcr.io/distroless/static', reason: 'the new build' }],
      },
    ]);
    await decide('gcr.io', { kind: 'allow', addresses: ['gcr.io'] });
    await waitFor('the news', () => news.length > 0);
    await waitFor('the gateway to allow it', () => isAllowed('gcr.io/distroless/static'));
    expect(news).toMatchObject([{ host: 'gcr.io', state: 'allowed' }]);
    expect(await problemOf(create('gcr.io/distroless/base'))).toMatchObject({ code: 'request-allowed' });
  });

  it('allowed until a time is told with that time, and the pull works until then', async () => {
    await create('registry.gitlab.com/acme/app');
    const until = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 3_600_000);
    await decide('registry.gitlab.com', {
      kind: 'allow',
      addresses: ['registry.gitlab.com'],
      until: until.toISOString(),
    });
    await waitFor('the news', () => news.length > 0);
    expect(news).toMatchObject([
      { host: 'registry.gitlab.com', state: 'allowed', decided: { until: until.getTime(), teams: null } },
    ]);
    await waitFor('the gateway to allow it', () => isAllowed('registry.gitlab.com/acme/app'));
  });

  it('that is declined, or answered with a mirror, says so', async () => {
    await create('quay.io');
    await create('nvcr.io');
    await decide('quay.io', { kind: 'decline', reason: 'Use the mirror.' });
    await decide('nvcr.io', { kind: 'mirror', use: 'mirror.acme.example/nvcr' });
    await waitFor('both', () => news.length === 2);
    expect(await latestFor('quay.io')).toMatchObject({ state: 'declined', decided: { reason: 'Use the mirror.' } });
    expect(await latestFor('nvcr.io')).toMatchObject({ state: 'mirror', decided: { use: 'mirror.acme.example/nvcr' } });
  });

  it('is withdrawn by whoever made it, and by its own id only', async () => {
    const { id } = await create('quay.io');
    expect(
      await problemOf(test.agent.handlers['requests.withdraw']({ id: '../registry-access/settings' })),
    ).toMatchObject({ code: 'request-not-open' });
    await test.agent.handlers['requests.withdraw']({ id });
    expect(await queued()).toEqual([]);
    expect(await latestFor('quay.io')).toMatchObject({ state: 'withdrawn' });
  });

  it('with what the hub does not take says why, in the hub’s words', async () => {
    const { code } = await problemOf(create('n0pe.probe.portcullis.internal'));
    expect(code).toBe('request-host-invalid');
    expect(await latestFor('n0pe.probe.portcullis.internal')).toBeUndefined();
  });

  it('to a hub of before says so, and whom to ask', async () => {
    test.intercept = async (url) =>
      url.pathname.includes('/requests') ? new Response('Not found', { status: 404 }) : null;
    expect(await problemOf(create('quay.io'))).toMatchObject({
      code: 'requests-unknown-to-server',
      next: 'Ask platform@acme.example instead.',
    });
    await test.until((snapshot) => !offered(snapshot));
    test.intercept = null;
    await create('quay.io');
    await test.until(offered);
    await test.agent.handlers['requests.withdraw']({ id: (await latestFor('quay.io'))?.id ?? '' });
  });
});

describe('without the server', () => {
  it('it is kept for this user’s eyes only, over a restart, and sent at the next sync that succeeds', async () => {
    test.intercept = cutOff;
    expect(await create('quay.io/acme/app', 'the new build')).toMatchObject({ state: 'kept' });
    expect((await stat(keptFile())).mode & 0o777).toBe(0o600);
    expect((await test.until(({ requests }) => requests?.kept === 1)).requests?.kept).toBe(1);
    await test.stopAgent();
    await test.startAgent();
    listen();
    await test.until(({ requests }) => requests?.kept === 1);
    expect(await latestFor('quay.io')).toMatchObject({ state: 'kept', reason: 'the new build' });
    expect(await queued()).toEqual([]);
    test.intercept = null;
    await test.agent.handlers['sync.now']({});
    await test.until(({ requests }) => requests?.kept === 0 && requests.open === 1);
    expect(await queued()).toMatchObject([{ host: 'quay.io', asked: [{ username: 'mia', reason: 'the new build' }] }]);
  });

  it('what was decided while no agent ran is told at the next start', async () => {
    await test.stopAgent();
    await decide('quay.io', { kind: 'decline', reason: 'No.' });
    await test.startAgent();
    listen();
    await waitFor('the news', () => news.length > 0);
    expect(news).toMatchObject([{ host: 'quay.io', state: 'declined' }]);
  });
});

describe('it goes with the account', () => {
  it('nothing of it stays after a sign-out, and nothing is sent in another person’s name', async () => {
    test.intercept = cutOff;
    await create('quay.io', 'a secret project');
    expect(await readFile(keptFile(), 'utf8')).toContain('a secret project');
    await test.agent.handlers['session.signOut']({});
    await waitFor('the file to be gone', () =>
      stat(keptFile()).then(
        () => false,
        () => true,
      ),
    );
    test.intercept = null;
    await test.signIn('olivia');
    await test.until('enforcing');
    await test.until(offered);
    await test.agent.handlers['sync.now']({});
    expect(await own()).toEqual([]);
    expect(await queued()).toEqual([]);
    await create('quay.io', 'mine');
    expect(await queued()).toMatchObject([{ asked: [{ username: 'olivia', reason: 'mine' }] }]);
  });
});
