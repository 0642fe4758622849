import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fetch } from '../../../../main/platform/net/web-answer.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { memorySecretStore } from '../../../support/memory-secret-store.ts';
import { type TestSession, testSession } from '../../../support/test-session.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

/** What went to the server, as names of headers and the form. */
let requests: { path: string; headers: string[]; form: Record<string, string> }[];
const recording: Fetch = async (input, init) => {
  requests.push({
    path: new URL(String(input)).pathname,
    headers: [...new Headers(init?.headers).keys()],
    form: Object.fromEntries(new URLSearchParams(String(init?.body ?? ''))),
  });
  return fetch(input, init);
};

const open: TestSession[] = [];
beforeEach(() => {
  requests = [];
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function signedIn(username: string): Promise<TestSession> {
  const test = await testSession(
    { hub: hub.url, allowedOrgs: ['acme'] },
    { fetch: recording, secrets: memorySecretStore() },
  );
  open.push(test);
  const { authorizationUrl } = await test.session.signIn();
  await hub.finishSignIn(authorizationUrl, username);
  await test.until('signed-in');
  return test;
}

const tokenIn = (kept: string): string => JSON.parse(kept).refreshToken;
const replaced = (kept: string, refreshToken: string): string => JSON.stringify({ ...JSON.parse(kept), refreshToken });

/** Puts a secret in place of mia's and starts again. */
async function restartedWith(change: (kept: string) => string): Promise<TestSession> {
  const test = await signedIn('mia');
  const kept = (await test.secrets.read()) ?? expect.unreachable();
  await test.secrets.write(change(kept));
  requests = [];
  test.states.length = 0;
  const again = await test.restart();
  open.splice(open.indexOf(test), 1, again);
  await again.session.reconsider();
  return again;
}

async function signsInAgain({ session, until }: TestSession): Promise<void> {
  const { authorizationUrl } = await session.signIn();
  await hub.finishSignIn(authorizationUrl, 'mia');
  await until('signed-in');
}

/** Whoever can write to the keyring is its user, or a program that runs as them. */
describe('a keyring with something else in place of the sign-in', () => {
  it.each([
    ['nothing but white space', ' '],
    ['a word', 'null'],
    ['JSON of another kind', '{"refresh_token":"SWAPPED"}'],
    ['a megabyte', 'SWAPPED'.repeat(150_000)],
    ['a NUL', 'SWAPPED\0'],
    ['a header of its own', 'SWAPPED\r\nAuthorization: Bearer SWAPPED'],
    ['half a letter', 'SWAPPED\ud83d'],
    ['terminal codes', '\u001b]0;SWAPPED\u0007'],
  ])('%s: nobody is signed in, nothing is sent, and signing in again works', async (_what, text) => {
    const again = await restartedWith(() => text);
    const state = await again.until('credential-unreadable');
    expect(state.problem.code).toBe('credential-corrupted');
    await expect(again.session.accessToken()).rejects.toThrow();
    expect(requests.filter(({ form }) => 'refresh_token' in form)).toEqual([]);
    expect(again.log() + JSON.stringify(again.states)).not.toContain('SWAPPED');
    await signsInAgain(again);
  });

  it.each([
    ['a made-up token', 'SWAPPED'],
    ['a token of a megabyte', 'SWAPPED'.repeat(150_000)],
    ['a header of its own', 'SWAPPED\r\nAuthorization: Bearer SWAPPED'],
    ['another parameter', 'SWAPPED&scope=admin&client_id=other'],
    ['other letters', 'SWAPPED ключ 鍵'],
    ['terminal codes', '\u001b]0;SWAPPED\u0007'],
  ])(
    'in the right form, with %s: it goes to the server alone, as a token, which does not take it',
    async (_what, token) => {
      const again = await restartedWith((kept) => replaced(kept, token));
      expect(['signed-out', 'offline']).toContain(again.states.at(-1)?.kind);
      await expect(again.session.accessToken()).rejects.toThrow();
      expect(again.log() + JSON.stringify(again.states)).not.toContain('SWAPPED');
      for (const { path, headers, form } of requests.filter(({ form }) => 'refresh_token' in form)) {
        expect(path).toBe('/oidc/token');
        expect(headers).not.toContain('authorization');
        expect(Object.keys(form).sort()).toEqual(['client_id', 'grant_type', 'refresh_token']);
        expect(form.refresh_token).toBe(token);
      }
      await signsInAgain(again);
    },
  );

  it.each<[string, (kept: string, theirs: string) => string, object]>([
    [
      'as it is',
      (_kept, theirs) => theirs,
      { kind: 'credential-unreadable', problem: { code: 'credential-corrupted' } },
    ],
    [
      'in the form of this one',
      (kept, theirs) => replaced(kept, tokenIn(theirs)),
      { kind: 'offline', problem: { code: 'other-user' } },
    ],
  ])('the sign-in of somebody else, %s: it gives nothing to whose it is not', async (_how, change, state) => {
    const olivia = await signedIn('olivia');
    const theirs = (await olivia.secrets.read()) ?? expect.unreachable();
    const again = await restartedWith((kept) => change(kept, theirs));
    expect(again.states.at(-1)).toMatchObject(state);
    await expect(again.session.accessToken()).rejects.toThrow();
    expect(JSON.stringify(again.states)).not.toContain('Olivia');
    await signsInAgain(again);
  });
});
