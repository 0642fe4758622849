import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createAuthority } from '../../../main/demo/outside/certificates.ts';
import { WebhookSecret, WebhookTested } from '../../../shared/schemas/hub/webhooks.ts';
import { type CompanyProxy, startCompanyProxy } from '../../support/company-proxy.ts';
import { startHub } from '../../support/hub.ts';
import { CALLBACK, discover, isCallback } from '../../support/hub-client.ts';
import { peopleClient } from '../../support/hub-people.ts';
import { placeForHub } from '../../support/providers/hub-at-provider.ts';
import { type ShapedProvider, startShapedProvider } from '../../support/providers/shaped-provider.ts';
import { TestBrowser } from '../../support/test-browser.ts';

/** A hub in a company's network: the identity provider and a chat are outside, where only a proxy leads, and the authority is the system's. */
const authority = createAuthority();
const CHAT = 'chat.example';
let folder: string;
let caFile: string;
let place: Awaited<ReturnType<typeof placeForHub>>;
let provider: ShapedProvider;
let vendor: string;
let outside: Server;
let proxy: CompanyProxy;
const delivered: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-outbound-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.certificate);
  await writeFile(join(folder, 'secret'), 'a secret of the tests', { mode: 0o600 });
  place = await placeForHub();
  provider = await startShapedProvider('keycloak', {
    client: { id: 'portcullis-hub', secret: 'a secret of the tests', redirectUris: [place.redirectUri] },
    people: { mia: { name: 'Mia', organizations: ['acme-staff'] } },
  });
  vendor = new URL(provider.issuer).host;
  const { certificate: cert, key } = authority.issue(vendor, CHAT);
  outside = createServer({ cert, key }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { host = '', ...headers } = request.headers;
    if (host === CHAT) {
      delivered.push(body);
      response.writeHead(204).end();
      return;
    }
    const answer = await provider.fetch(`https://${host}${request.url}`, {
      ...{ method: request.method ?? 'GET', redirect: 'manual' },
      headers: { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? '' },
      ...(body === '' ? {} : { body }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(await answer.text());
  });
  outside.listen(0, '127.0.0.1');
  await once(outside, 'listening');
  const { port } = outside.address() as AddressInfo;
  proxy = await startCompanyProxy((target) =>
    [`${vendor}:443`, `${CHAT}:443`].includes(target) ? port : { status: 403 },
  );
});
afterAll(async () => {
  await proxy?.stop();
  outside?.closeAllConnections();
  outside?.close();
  await provider?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  proxy.tunnels.length = 0;
});

/** @returns where a browser, which knows the outside, ends up with the sign-in of mia */
async function signIn(env: NodeJS.ProcessEnv): Promise<{ url: URL; text: string }> {
  const hub = await startHub({
    ...{ listen: { port: place.port }, env: { SSL_CERT_FILE: caFile, ...env } },
    identity: {
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecretFile: join(folder, 'secret'),
      rolesClaim: provider.shape.organizationsClaim,
      rolesForm: provider.shape.organizationsForm,
      roles: [{ value: 'acme-staff', organization: 'acme', role: 'member' }],
    },
  });
  try {
    const url = oidc.buildAuthorizationUrl(await discover(hub.url), {
      redirect_uri: CALLBACK,
      scope: 'openid profile',
      code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
      state: oidc.randomState(),
    });
    return await provider.finishSignIn(url.href, 'mia', new TestBrowser(isCallback, provider.fetch));
  } finally {
    await hub.stop();
  }
}

it('reaches the identity provider through the proxy, and trusts the certificates of the system', async () => {
  const { url, text } = await signIn({ HTTPS_PROXY: proxy.url });
  expect([`${url.origin}${url.pathname}`, url.searchParams.has('code')], text).toEqual([CALLBACK, true]);
  expect(new Set(proxy.tunnels)).toEqual(new Set([`${vendor}:443`]));
});

it('does not ask the proxy for what NO_PROXY names', async () => {
  const { url, text } = await signIn({ HTTPS_PROXY: proxy.url, NO_PROXY: vendor });
  expect(url.origin).toBe(`http://localhost:${place.port}`);
  expect(text).toContain('identity-unreachable');
  expect(proxy.tunnels).toEqual([]);
});

it('sends webhooks through the proxy, and says what the proxy does not let through', async () => {
  const hub = await startHub({ webhooks: { caFile }, env: { HTTPS_PROXY: proxy.url } });
  try {
    const olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
    const outcome = async (url: string) => {
      const added = { name: 'chat', url, events: ['settings.changed'] };
      const { webhook } = await olivia.get(WebhookSecret, 'POST', 'webhooks', added);
      return (await olivia.get(WebhookTested, 'POST', `webhooks/${webhook.id}/test`)).delivery;
    };
    expect(await outcome(`https://${CHAT}/hook`)).toMatchObject({ state: 'delivered', status: 204, problem: null });
    expect(delivered).toEqual([expect.stringContaining('"type":"test"')]);
    expect(await outcome('https://elsewhere.example/')).toMatchObject({
      ...{ state: 'failed', status: null },
      problem: { code: 'webhook-proxy-failed', cause: 'HTTP 403' },
    });
    expect(proxy.tunnels).toEqual([`${CHAT}:443`, 'elsewhere.example:443']);
  } finally {
    await hub.stop();
  }
});
