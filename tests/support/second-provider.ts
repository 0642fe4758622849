import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Adapter, type AdapterPayload, type Configuration, Provider } from 'oidc-provider';
import { SIGN_IN_REDIRECT_PATH } from '../../shared/schemas/hub-schema.ts';
import { type Page, TestBrowser } from './test-browser.ts';

/** An organization's own sign-in server, with another client, claim and token format than the hub's. */
export interface SecondProvider {
  issuer: string;
  clientId: string;
  /** The claim `groups` of each user; no other users exist. */
  groups: Record<string, unknown>;
  /** Paths of the requests since the start. */
  requests: string[];
  /** How to fail, by path; null to answer normally. */
  fault: (path: string) => Fault | null;
  /** Goes through its pages to the last redirect. */
  finishSignIn: (authorizationUrl: string, login: string) => Promise<Page>;
  /** Signs in a device from a browser elsewhere. */
  enterDeviceCode: (verificationUri: string, login: string) => Promise<Page>;
  /** Signs with a new key from now on, and forgets the old one. */
  rotateKeys: () => void;
  stop: () => Promise<void>;
}

/** How a server or a network can fail while it is reachable. */
export type Fault =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: string }
  /** Answers normally, but not before `until`. */
  | { kind: 'slow'; until: Promise<void> }
  | { kind: 'silence' }
  | { kind: 'hang-up' };

const CLIENT_ID = 'desktop-of-initech';

export interface SecondProviderOptions {
  /** JWT access tokens are for one API (RFC 8707), and not for the user info endpoint. */
  accessTokens: 'opaque' | 'jwt';
  rotation?: boolean;
  accessTokenSeconds?: number;
  /** false: never issues a refresh token. */
  refreshTokens?: boolean;
  groups: Record<string, unknown>;
}

export async function startSecondProvider(options: SecondProviderOptions): Promise<SecondProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/initech`;
  const storage = new Map<string, AdapterPayload>();
  const self: SecondProvider = {
    issuer,
    clientId: CLIENT_ID,
    groups: options.groups,
    requests: [],
    fault: () => null,
    finishSignIn: async (authorizationUrl, login) => {
      const browser = new TestBrowser();
      await browser.open(authorizationUrl);
      return throughPages(browser, login);
    },
    enterDeviceCode: async (verificationUri, login) => {
      const browser = new TestBrowser();
      await browser.open(verificationUri);
      // The code is in the address: the first form submits it, the second confirms it.
      await browser.submit({});
      await browser.submit({ confirm: 'yes' });
      return throughPages(browser, login);
    },
    rotateKeys: () => {
      callback = newProvider();
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  const newProvider = (): ReturnType<Provider['callback']> => {
    const provider = new Provider(issuer, configuration(options, self, storage));
    return provider.callback();
  };
  let callback = newProvider();

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', issuer).pathname;
    const inRealm = path.replace('/realms/initech', '');
    self.requests.push(inRealm);
    const fault = self.fault(inRealm);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'hang-up') return request.socket.destroy();
    if (fault?.kind === 'answer') return response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    // Mounted below a path, as in Express: the provider needs the original URL too.
    Object.assign(request, { originalUrl: request.url });
    request.url = request.url?.replace('/realms/initech', '') ?? '/';
    const answer = (): void => void callback(request, response);
    if (fault?.kind === 'slow') fault.until.then(answer, answer);
    else answer();
  });
  return self;
}

async function throughPages(browser: TestBrowser, login: string): Promise<Page> {
  await browser.submit({ login, password: 'any' });
  return browser.page.text.includes('value="consent"') ? browser.submit({}) : browser.page;
}

function configuration(
  options: SecondProviderOptions,
  { groups }: SecondProvider,
  storage: Map<string, AdapterPayload>,
): Configuration {
  const { accessTokens, rotation = true, accessTokenSeconds = 300, refreshTokens = true } = options;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    adapter: (model) => memoryAdapter(model, storage),
    clients: [
      {
        client_id: CLIENT_ID,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: [`http://127.0.0.1${SIGN_IN_REDIRECT_PATH}`],
        response_types: ['code'],
        grant_types: [
          'authorization_code',
          'urn:ietf:params:oauth:grant-type:device_code',
          ...(refreshTokens ? ['refresh_token'] : []),
        ],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub', 'groups'], profile: ['preferred_username'] },
    // Claims in the ID token too, as with most providers; the standard has them in the user info only.
    conformIdTokenClaims: false,
    features: {
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      ...(accessTokens === 'opaque'
        ? {}
        : {
            resourceIndicators: {
              enabled: true,
              defaultResource: () => 'https://api.initech.example',
              useGrantedResource: () => true,
              getResourceServerInfo: () => ({ scope: 'openid profile email', accessTokenFormat: 'jwt' }),
            },
          }),
    },
    findAccount: (_ctx, sub) =>
      Object.hasOwn(groups, sub)
        ? { accountId: sub, claims: () => ({ sub, preferred_username: sub, groups: groups[sub] }) }
        : undefined,
    rotateRefreshToken: () => rotation,
    ttl: { AccessToken: () => accessTokenSeconds, IdToken: () => 60 },
  };
}

/** Outlives a change of keys. Expiry is checked by the library. */
export function memoryAdapter(model: string, storage: Map<string, AdapterPayload>): Adapter {
  const key = (id: string): string => `${model} ${id}`;
  const find = (wanted: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
    [...storage].find(([name, payload]) => name.startsWith(key('')) && wanted(payload))?.[1];
  return {
    upsert: async (id, payload) => {
      storage.set(key(id), payload);
    },
    find: async (id) => storage.get(key(id)),
    findByUid: async (uid) => find((payload) => payload.uid === uid),
    findByUserCode: async (userCode) => find((payload) => payload.userCode === userCode),
    consume: async (id) => {
      const payload = storage.get(key(id));
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => {
      storage.delete(key(id));
    },
    revokeByGrantId: async (grantId) => {
      for (const [name, payload] of storage) if (payload.grantId === grantId) storage.delete(name);
    },
  };
}
