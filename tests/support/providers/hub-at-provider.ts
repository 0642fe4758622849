import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as oidc from 'openid-client';
import { pino } from 'pino';
import type { z } from 'zod';
import { HubConfig } from '../../../main/hub/config.ts';
import { PROVIDER_REPLY_PATH } from '../../../main/hub/external-identity/external-sign-in.ts';
import type { IdentityConfig } from '../../../main/hub/external-identity/identity-config.ts';
import { startHub } from '../../../main/hub/run.ts';
import { waitFor } from '../background-process.ts';
import { freePort } from '../free-port.ts';
import { CALLBACK, discover, isCallback } from '../hub-client.ts';
import { type ManualClock, manualClock } from '../manual-clock.ts';
import { type Page, TestBrowser } from '../test-browser.ts';

const MINUTE = 60_000;

type Identity = z.input<typeof IdentityConfig>;

/** A hub in this process, at which people sign in by a provider, and whose clock the test moves. */
export interface HubAtProvider {
  url: string;
  clock: ManualClock;
  /** So many minutes go by; after each, what was due has been done. */
  minutes: (count: number) => Promise<void>;
  log: () => string;
  /** Where a client of this hub begins, with what redeems the reply. */
  authorize: (
    more?: Record<string, string>,
  ) => Promise<{ url: URL; redeem: (page: Page) => Promise<oidc.TokenEndpointResponse> }>;
  /** The whole way of a person, provider included. @returns the access token */
  signIn: (user: string, browser?: TestBrowser) => Promise<string>;
  /** The status of the answer and its body. */
  get: (token: string, path: string) => Promise<{ status: number; body: unknown }>;
  stop: () => Promise<void>;
}

/** A place for a hub, known before its provider is: the provider has to know where to send people back to. */
export async function placeForHub(): Promise<{ port: number; redirectUri: string; secret: string }> {
  const port = await freePort();
  return { port, redirectUri: `http://localhost:${port}${PROVIDER_REPLY_PATH}`, secret: 'a secret of the tests' };
}

export async function startHubAtProvider(options: {
  place: Awaited<ReturnType<typeof placeForHub>>;
  identity: Omit<Identity, 'clientSecretFile'>;
  seed: z.input<typeof HubConfig>['seed'];
  /** Goes through the provider's pages. */
  atProvider: (url: string, user: string, browser: TestBrowser) => Promise<Page>;
  dashboardFolder?: string;
}): Promise<HubAtProvider> {
  const { place, atProvider } = options;
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  const clientSecretFile = join(folder, 'secret');
  await writeFile(clientSecretFile, `${place.secret}\n`, { mode: 0o600 });
  const clock = manualClock();
  let log = '';
  const write = (line: string): void => {
    log += line;
  };
  const logger = pino({ level: 'debug' }, { write });
  const config = HubConfig.parse({
    dataDir: join(folder, 'data'),
    listen: { port: place.port },
    seed: options.seed,
    identity: { ...options.identity, clientSecretFile },
  });
  const hub = await startHub(config, {
    clock,
    random: (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))),
    log: logger,
    env: {},
    dashboardFolder: options.dashboardFolder ?? join(folder, 'no-dashboard'),
  });
  const self: HubAtProvider = {
    url: hub.url,
    clock,
    minutes: async (count) => {
      const near = (): number => clock.pending().filter((ms) => ms <= MINUTE).length;
      const tasks = near();
      for (let minute = 0; minute < count; minute += 1) {
        clock.advance(MINUTE);
        await waitFor('the work of a minute to end', () => near() >= tasks);
      }
    },
    log: () => log,
    authorize: async (more = {}) => {
      const provider = await discover(hub.url);
      const verifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const url = oidc.buildAuthorizationUrl(provider, {
        redirect_uri: CALLBACK,
        scope: 'openid profile email offline_access',
        prompt: 'consent',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        ...more,
      });
      const redeem = (page: Page) =>
        oidc.authorizationCodeGrant(provider, page.url, { pkceCodeVerifier: verifier, expectedState: state });
      return { url, redeem };
    },
    signIn: async (user, browser = new TestBrowser(isCallback)) => {
      const { url, redeem } = await self.authorize();
      return (await redeem(await throughHub(url.href, user, browser))).access_token;
    },
    get: async (token, path) => {
      const response = await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status, body: await response.json().catch(() => null) };
    },
    stop: async () => {
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  async function throughHub(url: string, user: string, browser: TestBrowser): Promise<Page> {
    const page = await atProvider(url, user, browser);
    return page.text.includes('value="continue"') ? browser.submit({}, { name: 'action', value: 'continue' }) : page;
  }
  return self;
}
