import * as oidc from 'openid-client';
import {
  DESKTOP_CLIENT_ID,
  type RegistryAccessSettings,
  RegistryAccessSettingsAnswer,
  SIGN_IN_REDIRECT_PATH,
} from '../../shared/schemas/hub-schema.ts';
import { type Page, TestBrowser } from './test-browser.ts';

/** Nothing listens there: tests read the parameters of the redirect. */
export const CALLBACK = `http://127.0.0.1:9${SIGN_IN_REDIRECT_PATH}`;

/** What people do at a hub, with its pages and its API. */
export interface HubClient {
  /** Signs in with the real flow (browser, password, code with PKCE). @returns the access token */
  signIn: (username: string, password?: string) => Promise<string>;
  /** @param password of a person whose password is not in the file */
  signInTokens: (username: string, password?: string) => Promise<oidc.TokenEndpointResponse>;
  /** Goes through the sign-in pages as the user would, to the last redirect. */
  finishSignIn: (
    authorizationUrl: string | URL,
    username: string,
    browser?: TestBrowser,
    password?: string,
  ) => Promise<Page>;
  /** Changes some of the settings as an owner. @returns what was saved, with its revision */
  putSettings: (
    org: string,
    change: Partial<RegistryAccessSettings>,
    owner?: string,
  ) => Promise<RegistryAccessSettingsAnswer>;
}

/** @param password of a user of that hub. */
export function hubClient(url: () => string, password: (username: string) => Promise<string>): HubClient {
  const client: HubClient = {
    signIn: async (username, chosen) => (await client.signInTokens(username, chosen)).access_token,
    signInTokens: async (username, chosen) => {
      const provider = await discover(url());
      const verifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const address = oidc.buildAuthorizationUrl(provider, {
        redirect_uri: CALLBACK,
        scope: 'openid profile email offline_access',
        prompt: 'consent',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
      });
      const page = await client.finishSignIn(address, username, new TestBrowser(isCallback), chosen);
      return oidc.authorizationCodeGrant(provider, page.url, { pkceCodeVerifier: verifier, expectedState: state });
    },
    finishSignIn: async (authorizationUrl, username, browser = new TestBrowser(), chosen) => {
      await browser.open(authorizationUrl);
      const entered = { username, password: chosen ?? (await password(username)) };
      return browser.submit(entered, { name: 'action', value: 'sign-in' });
    },
    putSettings: async (org, change, owner = 'olivia') => {
      const address = `${url()}/v1/orgs/${encodeURIComponent(org)}/registry-access/settings`;
      const authorization = `Bearer ${await client.signIn(owner)}`;
      const current = await fetch(address, { headers: { authorization } });
      const { revision: _revision, ...settings } = RegistryAccessSettingsAnswer.parse(await current.json());
      const response = await fetch(address, {
        method: 'PUT',
        headers: {
          authorization,
          'content-type': 'application/json',
          'if-match': current.headers.get('etag') ?? '',
        },
        body: JSON.stringify({ ...settings, ...change }),
      });
      if (!response.ok) throw new Error(`PUT settings: ${response.status} ${await response.text()}`);
      return RegistryAccessSettingsAnswer.parse(await response.json());
    },
  };
  return client;
}

/** Like any OpenID client: discovery, no secret. Plain HTTP, because it is loopback. */
export function discover(issuer: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(issuer), DESKTOP_CLIENT_ID, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
}

export function isCallback(url: URL): boolean {
  return url.href.startsWith(CALLBACK);
}
