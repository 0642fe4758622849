import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test as base, expect, type Page, type TestInfo } from '@playwright/test';
import * as oidc from 'openid-client';
import { startTestAgent, type TestAgent } from '../support/agent.ts';
import { ACME_AND_GLOBEX } from '../support/hub.ts';
import { discover } from '../support/hub-client.ts';
import { createPolicySigner } from '../support/policy-signer.ts';
import { type ServedPanel, servePanel } from '../support/served-panel.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { PanelPage } from './pages/panel-page.ts';

/**
 * Every state of the managed configuration and of the session as its user meets it, with the real server, gateway and agent. Each
 * leaves a picture in test-results, to be looked at after a change of words or looks.
 */
const LIST = { registries: [{ address: 'registry.allowed.example', nickname: 'Acme production' }] };
const both = [
  { name: 'acme', role: 'member' as const },
  { name: 'globex', role: 'member' as const },
];
const HUB = {
  organizations: ACME_AND_GLOBEX.organizations,
  users: [...(ACME_AND_GLOBEX.users ?? []), { username: 'sam', name: 'Sam', organizations: both }],
};

class Scene {
  readonly real: TestAgent;
  readonly panel: PanelPage;
  #served: ServedPanel;
  readonly #info: TestInfo;
  #pictures = 0;

  private constructor(real: TestAgent, served: ServedPanel, page: Page, info: TestInfo) {
    this.real = real;
    this.panel = new PanelPage(page);
    this.#served = served;
    this.#info = info;
  }

  static async set(page: Page, info: TestInfo, options: Parameters<typeof startTestAgent>[0] = {}): Promise<Scene> {
    const real = await startTestAgent({ hub: HUB, ...options });
    await real.hub.putSettings('acme', LIST);
    const served = await servePanel(real.agent);
    await page.goto(served.address());
    return new Scene(real, served, page, info);
  }

  /** @param organizations what registry.json says; a string is written as it is */
  async registry(organizations: string[] | string | null): Promise<void> {
    const text = Array.isArray(organizations) ? JSON.stringify({ allowedOrgs: organizations }) : organizations;
    await this.real.gateway.writeManaged('registry.json', text);
  }

  /** As after a restart of the computer; the panel is opened anew. @param meanwhile what happens while no agent runs */
  async startAgentAnew(meanwhile?: () => Promise<void>): Promise<void> {
    await this.#served.close();
    await this.real.stopAgent();
    await meanwhile?.();
    await this.real.startAgent();
    this.#served = await servePanel(this.real.agent);
    await this.panel.page.goto(this.#served.address());
  }

  async picture(name: string): Promise<void> {
    this.#pictures += 1;
    const file = `${String(this.#pictures).padStart(2, '0')}-${name.replaceAll(/[ ,]+/g, '-')}.png`;
    await this.panel.page.screenshot({ path: this.#info.outputPath(file), animations: 'disabled' });
  }

  async strike(): Promise<void> {
    await this.#served.close();
    await this.real.stop();
  }
}

const test = base.extend<{ scene: (options?: Parameters<typeof startTestAgent>[0]) => Promise<Scene> }>({
  scene: async ({ page }, use, info) => {
    let scene: Scene | null = null;
    await use(async (options) => {
      scene = await Scene.set(page, info, options);
      return scene;
    });
    await (scene as Scene | null)?.strike();
  },
});
test.describe.configure({ timeout: 240_000 });

test('every state of the managed configuration', async ({ scene }) => {
  const here = await scene();
  const { panel, real } = here;
  await panel.shows('sign-in-required');
  await expect(panel.banner).toContainText('acme requires sign-in');
  await here.picture('present, signed out');
  await real.signIn('mia');
  await panel.shows('enforcing');
  await here.picture('present, signed in');

  await here.registry('{ "allowedOrgs": ["acme",] }');
  await panel.shows('locked');
  await expect(panel.banner).toContainText('registry.json');
  await expect(panel.managedBy).toContainText('Line 1');
  await expect(panel.proof).not.toContainText('although there is a policy');
  await here.picture('malformed');

  await here.registry(['acme']);
  await panel.shows('enforcing');
  await chmod(join(real.gateway.managedFolder, 'registry.json'), 0o666);
  await panel.shows('locked');
  await expect(panel.managedBy).toContainText('registry.json');
  await here.picture('unreadable because everybody may write it');
  await chmod(join(real.gateway.managedFolder, 'registry.json'), 0o644);
  await panel.shows('enforcing');

  await here.registry(['Acme', 'acme', 'globex']);
  await expect(panel.managedBy).toContainText('differ only in case');
  await expect(panel.managedBy).toContainText('the least restrictive policy');
  await here.picture('present with surprises');

  await here.registry(['initech']);
  await panel.shows('locked');
  await expect(panel.banner).toContainText(
    'Mia belongs to acme, but this machine requires initech. You stay signed in',
  );
  await here.picture('present, another organization now');

  await real.agent.handlers['session.signOut']({});
  await expect(panel.banner).toContainText('This machine has no policy key for initech.');
  await here.picture('present, signed out, no policy key for the other organization');

  await here.registry(null);
  await panel.shows('unmanaged');
  await here.picture('absent, signed out');
});

test('a machine without a policy key', async ({ scene }) => {
  const here = await scene({ settings: { policyKeys: undefined } });
  await here.real.signIn('mia');
  await here.panel.shows('locked');
  await expect(here.panel.banner).toContainText('policy key');
  await here.picture('no policy key');
});

test('every state of the session', async ({ scene, page, context }) => {
  const here = await scene();
  const { panel, real } = here;
  await panel.shows('sign-in-required');
  const opening = context.waitForEvent('page');
  await panel.button('Sign in').click();
  const signInPage = await opening;
  await page.bringToFront();
  await expect(panel.banner).toContainText('Finish signing in');
  await here.picture('signing in');
  // A page behind another may not be drawn, and what is clicked has to be.
  await signInPage.bringToFront();
  await signInPage.getByRole('button', { name: 'Cancel' }).click();
  await page.bringToFront();
  await expect(panel.banner).toContainText(/cancel/i);
  await here.picture('cancelled');

  await real.signIn('gus');
  await expect(panel.banner).toContainText('Gus belongs to globex');
  await here.picture('wrong organization');
  await here.registry(['Globex']);
  await expect(panel.banner).toContainText('names are case-sensitive');
  await here.picture('wrong only in letter case');
  await here.registry(['acme', 'globex']);
  // Whoever signs in before it is read belongs to no organization of the list before.
  await real.until(({ managed }) => managed?.allowedOrgs.length === 2);
  await real.agent.handlers['session.signOut']({});
  await real.signIn('sam');
  await panel.shows('enforcing');
  await expect(panel.managedBy).toContainText('Your administrator lists acme first, so its policy applies.');
  await here.picture('member of several');

  await real.hub.halt();
  await panel.button('Sync now').click();
  await panel.shows('enforcing-stale');
  await here.picture('server away');
  await here.startAgentAnew();
  await panel.shows('enforcing-stale');
  await expect(panel.managedBy).toContainText('server not reachable');
  await here.picture('offline');
});

test('a sign-in by a code that is entered on another device', async ({ scene }) => {
  const here = await scene();
  const { panel, real } = here;
  await panel.shows('sign-in-required');
  await panel.button('Use a code instead').click();
  const code = await panel.banner.locator('.user-code').textContent();
  await expect(panel.banner).toContainText(`${real.hub.url}/oidc/device`);
  await here.picture('code');

  const device = new TestBrowser();
  await device.open(`${real.hub.url}/oidc/device`);
  await device.submit({ user_code: code ?? '' });
  await device.submit({}, { name: 'confirm', value: 'yes' });
  const credentials = { username: 'mia', password: await real.hub.password('mia') };
  await device.submit(credentials, { name: 'action', value: 'sign-in' });
  await panel.shows('enforcing');
  await expect(panel.managedBy).toContainText('Mia, signed in');
});

test('a sign-in whose secret the keyring no longer has', async ({ scene }) => {
  const here = await scene();
  const { panel, real } = here;
  await real.signIn('mia');
  await panel.shows('enforcing');
  await here.startAgentAnew(() => real.secrets.remove());
  await panel.shows('enforcing-stale');
  await expect(panel.managedBy).toContainText('saved sign-in not readable');
  await expect(panel.action).toHaveText(['Sign in again', 'Use a code instead']);
  await here.picture('credential unreadable');
});

test('a sign-in that the server has ended', async ({ scene }) => {
  const here = await scene();
  const { panel, real } = here;
  await real.signIn('mia');
  await panel.shows('enforcing');
  await here.startAgentAnew(async () => {
    const { refreshToken } = JSON.parse((await real.secrets.read()) ?? '');
    await oidc.tokenRevocation(await discover(real.hub.url), refreshToken);
  });
  await panel.shows('sign-in-required');
  await expect(panel.banner).toContainText('ended your session');
  await here.picture('session ended');
});

test('a membership that ends', async ({ scene }) => {
  const here = await scene();
  const { panel, real } = here;
  await real.signIn('mia');
  await panel.shows('enforcing');
  await real.hub.halt();
  const database = new DatabaseSync(join(real.hub.dataDir, 'hub.sqlite'));
  database.prepare("DELETE FROM memberships WHERE sub = (SELECT sub FROM users WHERE username = 'mia')").run();
  database.close();
  await real.hub.start();
  await panel.button('Sync now').click();
  await panel.shows('sign-in-required');
  await expect(panel.banner).toContainText('Mia belongs to no organization');
  await expect(panel.banner).toContainText('Sign in with another account, or ask your administrator.');
  await expect(panel.button('Sign out')).toHaveCount(0);
  await expect(panel.button('Sync now')).toBeDisabled();
  await here.picture('membership ended');
});

test('a policy that expires and cannot be renewed', async ({ scene }) => {
  const signer = await createPolicySigner(['acme'], 'second');
  const here = await scene({ moreKeys: [signer.publicKey] });
  const { panel, real } = here;
  await real.signIn('mia');
  await panel.shows('enforcing');
  const iat = Math.floor(Date.now() / 1000);
  const last = await signer.policy({ iss: real.hub.url, revision: 100, iat, exp: iat + 10 });
  const answers = [() => new Response(last, { headers: { 'content-type': 'application/jose' } })];
  real.intercept = async ({ pathname }) =>
    pathname.endsWith('/registry-access') ? (answers.shift()?.() ?? new Response('', { status: 503 })) : null;
  await panel.button('Sync now').click();
  await panel.shows('locked');
  await expect(panel.banner).toContainText('The policy of acme expired on');
  await panel.button('Sync now').click();
  await expect(panel.policy).toContainText('cannot provide the policy');
  await expect(panel.banner).toContainText('A newer policy could not be fetched.');
  await expect(panel.readOut).toContainText('Provenblocks all pulls');
  await expect(panel.proof).toContainText('All pulls are currently blocked.');
  await here.picture('policy expired');
});

test('what a network says in place of the server', async ({ scene }) => {
  const here = await scene();
  const { panel, real } = here;
  await real.signIn('mia');
  await panel.shows('enforcing');
  const answers: [string, () => Response | Promise<Response>, string][] = [
    ['captive portal', () => new Response('<h1>Hotel', { headers: { 'content-type': 'text/html' } }), 'web page'],
    ['server out of order', () => new Response('', { status: 503 }), 'cannot provide the policy'],
    ['certificate', () => Promise.reject(certificateHasExpired()), 'not trusted'],
  ];
  for (const [name, answer, said] of answers) {
    real.intercept = async (url) => (url.pathname.endsWith('/registry-access') ? answer() : null);
    await panel.button('Sync now').click();
    await panel.shows('enforcing-stale');
    await expect(panel.policy).toContainText(said);
    await here.picture(name);
    real.intercept = null;
    await panel.button('Sync now').click();
    await panel.shows('enforcing');
  }
});

test('the gateway dies and comes back', async ({ scene }) => {
  const here = await scene();
  const { panel, real } = here;
  await real.signIn('mia');
  await panel.shows('enforcing');
  await real.gateway.halt('SIGKILL');
  await panel.shows('locked');
  await expect(panel.banner).toContainText('The filter is not responding, so all pulls are blocked.');
  await here.picture('gateway gone');
  await real.gateway.start();
  await panel.shows('enforcing');
});

function certificateHasExpired(): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' }) });
}
