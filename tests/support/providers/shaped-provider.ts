import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AdapterPayload, type Configuration, type JWK, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { SIGN_IN_REDIRECT_PATH } from '../../../shared/schemas/hub-schema.ts';
import { memoryAdapter } from '../second-provider.ts';
import { type Page, TestBrowser } from '../test-browser.ts';
import { SHAPES, type Shape, type ShapedPerson, type ShapeName } from './shapes.ts';

/** A provider in the shape of a well-known one, in this process. */
export interface ShapedProvider {
  shape: Shape;
  issuer: string;
  clientId: string;
  people: Record<string, ShapedPerson>;
  /** Reaches it under the name of its issuer; everything else as it is. */
  fetch: typeof fetch;
  /** Goes through its pages to the page of the client. */
  finishSignIn: (url: string, login: string, browser?: TestBrowser) => Promise<Page>;
  browser: () => TestBrowser;
  /** Signs with a new key from now on; the old one is no longer published. */
  rotateKeys: () => void;
  /** Forgets every token. */
  forgetTokens: () => void;
  stop: () => Promise<void>;
}

export interface ShapedProviderOptions {
  people: Record<string, ShapedPerson>;
  /** `vendor`: spelled as the vendor does, reached by `fetch`. `loopback`: plain HTTP on this machine, for other processes. */
  issuer?: 'vendor' | 'loopback';
  /** Redirect URIs beside the agent's; with a secret the client is a server's. */
  client?: { id: string; secret?: string; redirectUris: string[] };
}

const CLIENT_ID = 'portcullis-at-initech';

export async function startShapedProvider(name: ShapeName, options: ShapedProviderOptions): Promise<ShapedProvider> {
  const shape = SHAPES[name];
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const vendor = new URL(shape.issuer);
  const issuer = options.issuer === 'loopback' ? shape.issuer.replace(vendor.origin, origin) : shape.issuer;
  const prefix = vendor.pathname.replace(/\/$/, '');
  const storage = new Map<string, AdapterPayload>();
  const offlineChallenges = new Set<string>();
  const reach: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (issuer === shape.issuer && url.origin === vendor.origin) {
      const headers = new Headers(init?.headers);
      headers.set('x-forwarded-host', vendor.host);
      headers.set('x-forwarded-proto', 'https');
      return fetch(origin + url.pathname + url.search, { ...init, headers });
    }
    return fetch(input, init);
  };
  const browser = (): TestBrowser => new TestBrowser(undefined, reach);
  const self: ShapedProvider = {
    shape,
    issuer,
    clientId: options.client?.id ?? CLIENT_ID,
    people: options.people,
    fetch: reach,
    browser,
    finishSignIn: async (url, login, at = browser()) => {
      const provider = new URL(issuer).origin;
      await at.open(url);
      for (let forms = 0; forms < 3 && at.page.url.origin === provider && at.page.text.includes('<form'); forms += 1) {
        await at.submit(at.page.text.includes('name="password"') ? { login, password: 'any' } : {});
      }
      return at.page;
    },
    rotateKeys: () => {
      callback = newProvider();
    },
    forgetTokens: () => storage.clear(),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  const newProvider = (): ReturnType<Provider['callback']> => {
    const provider = new Provider(issuer, configuration(shape, options, self, storage, offlineChallenges));
    provider.proxy = true;
    provider.use(async (ctx, next) => {
      const asked = new URL(ctx.req.url ?? '/', origin).searchParams;
      const refusal = refusalOf(shape, asked);
      if (refusal !== null) {
        ctx.status = 400;
        ctx.body = refusal;
        return;
      }
      if (asksForOffline(shape, asked)) offlineChallenges.add(asked.get('code_challenge') ?? '');
      await next();
      bend(shape, ctx as unknown as KoaContextWithOIDC);
    });
    return provider.callback();
  };
  let callback = newProvider();

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // Mounted below a path, as in Express: the provider needs the original URL too.
    Object.assign(request, { originalUrl: request.url });
    request.url = request.url?.replace(prefix, '') || '/';
    callback(request, response);
  });
  return self;
}

const words = (query: URLSearchParams, name: string): string[] => query.get(name)?.split(' ') ?? [];

/** Where the library has other rules: it drops `offline_access` without consent. */
function asksForOffline(shape: Shape, asked: URLSearchParams): boolean {
  return shape.offlineBy === 'access_type'
    ? asked.get('access_type') === 'offline' && words(asked, 'prompt').includes('consent')
    : words(asked, 'scope').includes('offline_access');
}

/** What it says instead of asking who signs in. */
function refusalOf(shape: Shape, asked: URLSearchParams): string | null {
  if (shape.offlineBy === 'access_type' && words(asked, 'scope').includes('offline_access')) {
    return 'Error 400: invalid_scope. Some requested scopes were invalid.';
  }
  if (shape.consent === 'asks-administrator' && words(asked, 'prompt').includes('consent')) {
    return 'AADSTS90094: An administrator has to grant this permission.';
  }
  return null;
}

/** Changes answers where the shape differs from what the library does. */
function bend(shape: Shape, ctx: KoaContextWithOIDC): void {
  const body = ctx.body as Record<string, unknown> | undefined;
  if (typeof body !== 'object' || body === null || ctx.oidc === undefined) return;
  switch (ctx.oidc.route) {
    case 'discovery':
      for (const member of shape.notInDiscovery) delete body[member];
      return;
    case 'userinfo':
      for (const member of Object.keys(body)) {
        if (ctx.status === 200 && member !== 'sub' && !shape.inUserInfo.includes(member)) delete body[member];
      }
      return;
    case 'token':
      if (ctx.oidc.params?.grant_type !== 'refresh_token') return;
      if (!shape.idTokenOnRefresh) delete body.id_token;
      if (!shape.rotation) delete body.refresh_token;
  }
}

function configuration(
  shape: Shape,
  { client }: ShapedProviderOptions,
  { people }: ShapedProvider,
  storage: Map<string, AdapterPayload>,
  offlineChallenges: ReadonlySet<string>,
): Configuration {
  const { claims, algorithm } = shape;
  const names = [true, false].flatMap((overage) =>
    Object.keys(claims('x', { name: 'x', organizations: ['x'], overage })),
  );
  return {
    adapter: (model) => memoryAdapter(model, storage),
    clients: [
      {
        client_id: client?.id ?? CLIENT_ID,
        ...(client?.secret === undefined
          ? { application_type: 'native', token_endpoint_auth_method: 'none' }
          : { client_secret: client.secret }),
        redirect_uris: client?.redirectUris ?? [`http://127.0.0.1${SIGN_IN_REDIRECT_PATH}`],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        id_token_signed_response_alg: algorithm,
      },
    ],
    jwks: { keys: [newKey(algorithm)] },
    enabledJWA: { idTokenSigningAlgValues: [algorithm] },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub', ...names] },
    conformIdTokenClaims: false,
    extraParams: ['access_type'],
    findAccount: (_ctx, sub) => {
      const person = Object.hasOwn(people, sub) ? people[sub] : undefined;
      return person && { accountId: sub, claims: () => ({ sub, ...claims(sub, person) }) };
    },
    issueRefreshToken: async (_ctx, _client, code) =>
      shape.offlineBy === 'offline_access' && shape.consent !== 'asks-administrator'
        ? code.scopes.has('offline_access')
        : 'codeChallenge' in code && offlineChallenges.has(code.codeChallenge ?? ''),
    expiresWithSession: () => false,
    rotateRefreshToken: () => shape.rotation,
    ttl: { AccessToken: () => 300, IdToken: () => 3600 },
  };
}

function newKey(algorithm: Shape['algorithm']): JWK {
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: algorithm, use: 'sig' } as JWK;
}
