import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as oidc from 'openid-client';
import { z } from 'zod';
import type { HubConfig } from '../../main/hub/config.ts';
import {
  DESKTOP_CLIENT_ID,
  type RegistryAccessSettings,
  RegistryAccessSettingsAnswer,
  SIGN_IN_REDIRECT_PATH,
} from '../../shared/hub-schema.ts';
import { PolicyKeys } from '../../shared/policy/keys.ts';
import { type Page, TestBrowser } from './test-browser.ts';

type Seed = z.input<typeof HubConfig>['seed'] & object;

/** `acme` with its owner and a member, which most tests want. */
const ACME: Seed = {
  organizations: [{ name: 'acme' }],
  users: [
    {
      username: 'olivia',
      name: 'Olivia',
      email: 'olivia@acme.example',
      organizations: [{ name: 'acme', role: 'owner' }],
    },
    { username: 'mia', name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] },
  ],
};
/** A user of another organization, for who is turned away. */
export const ACME_AND_GLOBEX: Seed = {
  organizations: [{ name: 'acme' }, { name: 'globex' }],
  users: [...(ACME.users ?? []), { username: 'gus', name: 'Gus', organizations: [{ name: 'globex', role: 'owner' }] }],
};

/** Nobody listens there: what a redirect to it carries is read off the address. */
export const CALLBACK = `http://127.0.0.1:9${SIGN_IN_REDIRECT_PATH}`;

export interface TestHub {
  /** Also the issuer; no slash at the end. */
  url: string;
  dataDir: string;
  pid: number;
  /** What it wrote to standard error so far: its log. */
  log: () => string;
  password: (username: string) => Promise<string>;
  /** What an administrator pins. */
  policyKeys: () => Promise<PolicyKeys>;
  /** Signs in by the real flow (browser, password, code with PKCE) and returns the access token. */
  signIn: (username: string) => Promise<string>;
  signInTokens: (username: string) => Promise<oidc.TokenEndpointResponse>;
  /** Goes through the pages behind an authorization address as the user would, to the last redirect's answer. */
  finishSignIn: (authorizationUrl: string | URL, username: string, browser?: TestBrowser) => Promise<Page>;
  /** An owner changes some of the settings. @returns what was saved, with its revision */
  putSettings: (
    org: string,
    change: Partial<RegistryAccessSettings>,
    owner?: string,
  ) => Promise<RegistryAccessSettingsAnswer>;
  /** SIGTERM; the data folder stays until `stop`. */
  halt: (signal?: NodeJS.Signals) => Promise<void>;
  /** Again on the same data, after `halt`. */
  start: () => Promise<void>;
  /** Ends the process and removes its folder. */
  stop: () => Promise<void>;
}

export type TestHubOptions = Seed & Omit<Partial<z.input<typeof HubConfig>>, 'seed' | 'dataDir'>;

/** The real hub as a process of its own, on a free port and a folder of its own. */
export async function startHub({ organizations, users, ...config }: TestHubOptions = {}): Promise<TestHub> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  const dataDir = join(folder, 'data');
  const configFile = join(folder, 'hub.json');
  const seed = { organizations: organizations ?? ACME.organizations, users: users ?? ACME.users };
  await writeFile(configFile, JSON.stringify({ dataDir, seed, ...config }));

  let child: ChildProcess | undefined;
  let log = '';
  const hub: TestHub = {
    url: '',
    dataDir,
    pid: 0,
    log: () => log,
    start: async () => {
      child = spawn(process.execPath, ['main/cli/index.ts', 'hub', 'run', '--config', configFile], {
        // The channel's end tells it that the test runner is gone, however that ended.
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString('utf8');
      });
      const ready = await firstLine(child);
      if (ready === undefined) throw new Error(`the hub did not start: ${log}`);
      hub.url = z.object({ ready: z.literal(true), url: z.string() }).parse(JSON.parse(ready)).url;
      hub.pid = child.pid ?? 0;
    },
    halt: async (signal = 'SIGTERM') => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
    stop: async () => {
      await hub.halt();
      await rm(folder, { recursive: true, force: true });
    },
    password: async (username) => {
      const file = await readFile(join(dataDir, 'passwords.json'), 'utf8');
      return z.record(z.string(), z.string()).parse(JSON.parse(file))[username] ?? '';
    },
    policyKeys: async () => PolicyKeys.parse(await (await fetch(`${hub.url}/v1/policy-keys`)).json()),
    signIn: async (username) => (await hub.signInTokens(username)).access_token,
    signInTokens: async (username) => {
      const client = await discover(hub.url);
      const verifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const url = oidc.buildAuthorizationUrl(client, {
        redirect_uri: CALLBACK,
        scope: 'openid profile email offline_access',
        prompt: 'consent',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
      });
      const page = await hub.finishSignIn(url, username, new TestBrowser(isCallback));
      return oidc.authorizationCodeGrant(client, page.url, { pkceCodeVerifier: verifier, expectedState: state });
    },
    finishSignIn: async (authorizationUrl, username, browser = new TestBrowser()) => {
      await browser.open(authorizationUrl);
      return browser.submit({ username, password: await hub.password(username) }, { name: 'action', value: 'sign-in' });
    },
    putSettings: async (org, change, owner = 'olivia') => {
      const address = `${hub.url}/v1/orgs/${encodeURIComponent(org)}/registry-access/settings`;
      const authorization = `Bearer ${await hub.signIn(owner)}`;
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
  await hub.start().catch(async (error: unknown) => {
    await hub.stop();
    throw error;
  });
  return hub;
}

/** The client that any OpenID library would be: discovery, no secret. Plain HTTP, because it is loopback. */
export function discover(issuer: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(issuer), DESKTOP_CLIENT_ID, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
}

export function isCallback(url: URL): boolean {
  return url.href.startsWith(CALLBACK);
}

/** @returns undefined if the process ended without a line */
async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  const lines = createInterface({ input: stdout });
  for await (const line of lines) return line;
  return undefined;
}
