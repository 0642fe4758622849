import { expect, it } from 'vitest';
import { answeringFetch } from '../../../main/platform/net/web-answer.ts';
import { electronFetch } from '../../../main/shell/electron-fetch.ts';

const session = (answer: () => Promise<Response>) => {
  const asked: unknown[] = [];
  const fetch = (...args: unknown[]): Promise<Response> => {
    asked.push(args);
    return answer();
  };
  return { asked, fetch };
};

it('hands the request on to Electron, without cookies or certificates of its own', async () => {
  const { fetch, asked } = session(async () => new Response('ok'));
  const init = { headers: { 'if-none-match': '"1"' } };
  expect(await (await electronFetch({ fetch })(new URL('https://hub.example/v1/me'), init)).text()).toBe('ok');
  const request = new Request('https://hub.example/v1/me', { method: 'POST' });
  await electronFetch({ fetch })(request);
  expect(asked).toEqual([
    ['https://hub.example/v1/me', { ...init, credentials: 'omit' }],
    [request, { credentials: 'omit' }],
  ]);
});

it('makes an answer of a redirect that must not be followed, as Fetch does', async () => {
  const { fetch } = session(() => Promise.reject(new Error('Redirect was cancelled')));
  const response = await electronFetch({ fetch })('https://hub.example/', { redirect: 'manual' });
  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBeNull();
});

it('tells a network that sends one elsewhere, as it is told without Electron', async () => {
  const { fetch } = session(() => Promise.reject(new Error('Redirect was cancelled')));
  const asked = answeringFetch(electronFetch({ fetch }), 10_000)('https://hub.example/v1/me');
  await expect(asked).rejects.toMatchObject({
    problem: { code: 'captive-portal', cause: 'HTTP 302 to another place' },
  });
});

it('tells a server that cannot be reached by Electron’s own words', async () => {
  const { fetch } = session(() => Promise.reject(new Error('net::ERR_PROXY_CONNECTION_FAILED')));
  const asked = answeringFetch(electronFetch({ fetch }), 10_000)('https://hub.example/v1/me');
  await expect(asked).rejects.toMatchObject({ problem: { cause: 'net::ERR_PROXY_CONNECTION_FAILED' } });
});

it('fails as Electron fails otherwise', async () => {
  const { fetch } = session(() => Promise.reject(new Error('net::ERR_NAME_NOT_RESOLVED')));
  await expect(electronFetch({ fetch })('https://hub.example/', { redirect: 'manual' })).rejects.toThrow('ERR_NAME');
  const redirected = session(() => Promise.reject(new Error('Redirect was cancelled')));
  await expect(electronFetch(redirected)('https://hub.example/')).rejects.toThrow('Redirect was cancelled');
});
