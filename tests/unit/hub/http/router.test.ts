import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createRouter } from '../../../../main/hub/http/router.ts';

const calls: string[] = [];
const route = createRouter({
  '/v1/me': { GET: () => void calls.push('me') },
  '/v1/orgs/{org}/activity': { GET: (_exchange, org) => void calls.push(`activity of ${org}`) },
  '/v1/orgs/{org}/teams/{name}/of/{sub}': {
    DELETE: (_exchange, ...rest) => void calls.push(rest.join(' ')),
  },
  '/v1/orgs/{org}/settings': { GET: () => undefined, PUT: (_exchange, org) => void calls.push(`put ${org}`) },
});

async function request(method: string, path: string): Promise<unknown> {
  calls.length = 0;
  const [request, response] = [{ method } as IncomingMessage, {} as ServerResponse];
  const url = new URL(path, 'http://hub');
  await route({ request, response, path: url.pathname, url });
  return [...calls];
}

describe('a route', () => {
  it('is found by path and method, and gets the decoded organization', async () => {
    expect(await request('GET', '/v1/me?x=1')).toEqual(['me']);
    expect(await request('GET', '/v1/orgs/acme%20inc/activity')).toEqual(['activity of acme inc']);
    expect(await request('PUT', '/v1/orgs/acme/settings')).toEqual(['put acme']);
  });

  it('gets everything its path leaves open, decoded, in order', async () => {
    expect(await request('DELETE', '/v1/orgs/acme/teams/a%2Fb/of/1')).toEqual(['acme a/b 1']);
  });

  it('with GET answers HEAD too', async () => {
    expect(await request('HEAD', '/v1/me')).toEqual(['me']);
  });

  it.each(['/v1', '/v1/me/', '/v1/me/more', '/v1/orgs//activity', '/v1/orgs/a/b/activity', '/v1/orgs/%zz/activity'])(
    'does not exist at %s',
    async (path) => {
      await expect(request('GET', path)).rejects.toMatchObject({ body: { status: 404, code: 'not-found' } });
    },
  );

  it('names its methods where it is called with another', async () => {
    await expect(request('DELETE', '/v1/orgs/acme/settings')).rejects.toMatchObject({
      body: { status: 405, code: 'method-not-allowed', title: 'This address only accepts GET, PUT.' },
      headers: { allow: 'GET, PUT' },
    });
  });
});
