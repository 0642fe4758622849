import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { ALLOWED_REGISTRY, BLOCKED_REGISTRY } from '../../main/demo/outside/outside.ts';
import { runCommand, textOf } from '../../main/platform/process/run-command.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { connectThrough } from '../support/connect-through.ts';
import { pidOf, startDemo, type TestDemo } from '../support/demo.ts';
import { hubClient } from '../support/hub-client.ts';
import { PanelPage } from './pages/panel-page.ts';

/**
 * What a newcomer does after `npm start`, on the real thing: hub, gateway, agent and panel, in one go, because each step stands on
 * the one before.
 */
test.describe.configure({ mode: 'serial', timeout: 600_000 });

let demo: TestDemo;
let context: BrowserContext;
let panel: PanelPage;

test.beforeAll(async ({ browser }) => {
  demo = await startDemo();
  context = await browser.newContext();
});
test.afterAll(async () => {
  await context?.close();
  await demo?.stop();
});

/** The phrase that `docker pull` prints, or null where the proxy lets it through (to whatever the network then says). */
async function refusalOf(host: string): Promise<string | null> {
  // A tunnel that was allowed is cut when its host is no longer: that is no refusal yet.
  const cut = { status: 0, phrase: '' };
  const { status, phrase } = await connectThrough(demo.proxy, `${host}:443`).catch(() => cut);
  return status === 403 ? phrase : null;
}

/** What the demo prints for a registry, run as it is printed. */
async function curl(registry: string): Promise<{ code: number; stdout: string }> {
  const line = demo.output().match(new RegExp(`curl .*https://${registry}/.*`))?.[0] ?? 'false';
  const { code, stdout } = textOf(await runCommand(['sh', '-c', `${line} --silent`]));
  return { code: code ?? -1, stdout };
}

async function signInAs(username: string, password: string): Promise<Page> {
  const opening = context.waitForEvent('page');
  await panel.button('Sign in').click();
  const hub = await opening;
  await hub.getByLabel('User name').fill(username);
  await hub.getByLabel('Password').fill(password);
  await hub.getByRole('button', { name: 'Sign in', exact: true }).click();
  return hub;
}

test('before anybody has signed in, everything is refused, and the refusal says why', async () => {
  panel = new PanelPage(await context.newPage());
  await panel.page.goto(demo.panelUrl);
  await panel.shows('sign-in-required');
  await expect(panel.headline).toHaveText('Sign in to pull images');
  await expect(panel.banner).toContainText('demo, no engine attached');
  await expect(panel.banner).toContainText('acme requires sign-in on this machine');
  for (const host of ['gcr.io', 'ghcr.io', 'registry-1.docker.io']) {
    expect(await refusalOf(host)).toMatch(new RegExp(`^${host} .*acme`));
  }
});

test('the address of the panel is good once', async () => {
  const second = await context.newPage();
  await second.goto(demo.panelUrl);
  await expect(second.getByText('portcullis open')).toBeVisible();
  await second.close();
});

test('a wrong password is said plainly, and changes nothing', async () => {
  const hub = await signInAs('mia', 'wrong');
  await expect(hub.getByText(/password/i).first()).toBeVisible();
  await expect(hub.getByLabel('Password')).toBeVisible();
  await hub.getByRole('button', { name: 'Cancel' }).click();
  await hub.close();
  await panel.page.bringToFront();
  await expect(panel.banner).toContainText(/cancel/i);
  expect(await refusalOf('ghcr.io')).not.toBeNull();
});

test('a member signs in, and what the organization allows passes', async () => {
  const hub = await signInAs('mia', demo.password('mia'));
  await expect(hub.getByText(/close this (window|page|tab)/i)).toBeVisible();
  await hub.close();
  await panel.page.bringToFront();
  await panel.shows('enforcing');
  await expect(panel.headline).toHaveText('Restricted by acme');
  await expect(panel.banner).toContainText('demo, no engine attached');
  await expect(panel.policy).toContainText('revision 1');
  await expect(panel.registries).toContainText('GitHub');
  await expect(panel.proof).toContainText('Blocked a test name');
  expect(await refusalOf('ghcr.io')).toBeNull();
  expect(await refusalOf('gcr.io')).toMatch(/^gcr\.io .*acme.*olivia@acme\.example/);
});

test('the panel leads through what to try, as the terminal does', async () => {
  const tour = panel.page.getByRole('region', { name: 'Try the demo' });
  await expect(tour.getByRole('listitem')).toHaveCount(4);
  await expect(tour.getByRole('listitem').first()).toContainText('Done');
  const commands = await tour.getByRole('code').allTextContents();
  expect(commands).toHaveLength(3);
  for (const command of commands) expect(demo.output()).toContain(command);
});

test('an image is pulled from the demo’s own registry, and its other one is blocked, without any network', async () => {
  expect(await curl(ALLOWED_REGISTRY)).toMatchObject({ code: 0, stdout: expect.stringContaining('"tags":["latest"]') });
  const blocked = await curl(BLOCKED_REGISTRY);
  expect(blocked.code).not.toBe(0);
  expect(blocked.stdout).toContain(`403 ${BLOCKED_REGISTRY} is blocked by acme.`);
});

test('the command line says the same as the panel', async () => {
  const status = await demo.cli('status');
  expect(status).toMatchObject({ code: 0 });
  expect(status.stdout).toContain('Restricted by acme (demo, no engine attached) [P-ENFORCING]');
  const explained = await demo.cli('explain', 'gcr.io/distroless/static', '--json');
  expect(JSON.parse(explained.stdout)).toMatchObject({ allowed: false, kind: 'image' });
  expect(explained.code).toBe(3);
});

test('the owner adds a registry and takes it away, with no sign-out', async () => {
  const hub = hubClient(
    () => demo.hubUrl,
    async (username) => demo.password(username),
  );
  const allowed: RegistryEntry[] = [{ address: 'ghcr.io', nickname: 'GitHub' }, { address: ALLOWED_REGISTRY }];

  await hub.putSettings('acme', { registries: [...allowed, { address: 'gcr.io' }, { address: BLOCKED_REGISTRY }] });
  await expect.poll(() => refusalOf('gcr.io'), { intervals: [100] }).toBeNull();
  expect(await curl(BLOCKED_REGISTRY)).toMatchObject({ code: 0 });
  await expect(panel.policy).toContainText('revision 2');
  await panel.shows('enforcing');
  await hub.putSettings('acme', { registries: allowed });
  await expect.poll(() => refusalOf('gcr.io'), { intervals: [100] }).toContain('acme');
  await panel.shows('enforcing');
});

test('a gateway that is killed is a closed wall, shows no green, and comes back as it was', async () => {
  const before = (await demo.cli('status', '--json')).stdout;
  const generation: unknown = JSON.parse(before).gateway.generation;
  const states: string[] = [];
  await panel.page.exposeFunction('sawState', (state: string) => states.push(state));
  await panel.page.evaluate(() => {
    const place = document.querySelector('[data-state]');
    const tell = (): unknown => Reflect.get(window, 'sawState')(place?.getAttribute('data-state'));
    new MutationObserver(tell).observe(document.body, {
      subtree: true,
      attributes: true,
      attributeFilter: ['data-state'],
    });
  });
  process.kill(await pidOf(demo, 'gateway'), 'SIGKILL');
  await expect.poll(() => states.length).toBeGreaterThan(0);
  expect(states[0]).toBe('locked');
  await expect(panel.headline).toHaveText(/^Restricted by acme/);
  expect(JSON.parse((await demo.cli('status', '--json')).stdout).gateway.generation).toBe(generation);
  expect(await refusalOf('gcr.io')).toContain('acme');
});

test('an agent that is killed loosens nothing', async () => {
  process.kill(await pidOf(demo, 'agent'), 'SIGKILL');
  expect(await refusalOf('gcr.io')).toContain('acme');
  expect(await refusalOf('ghcr.io')).toBeNull();
  await expect.poll(async () => (await demo.cli('status')).stdout, { timeout: 60_000 }).toMatch(/^Restricted by acme/);
  expect(await refusalOf('gcr.io')).toContain('acme');
});

test('signing out refuses everything, also after a restart of all parts', async () => {
  await panel.page.goto(await demo.openPanel());
  await panel.button('Sign out').click();
  await panel.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await panel.shows('sign-in-required');
  // The panel says so at once; that it holds is another claim, which waits for the proof.
  await expect.poll(async () => JSON.parse((await demo.cli('status', '--json')).stdout).state.protected).toBe('yes');
  expect(await refusalOf('ghcr.io')).toContain('acme');
  const { hubUrl, proxy } = demo;
  await demo.restart();
  expect({ hubUrl: demo.hubUrl, proxy: demo.proxy }).toEqual({ hubUrl, proxy });
  expect(await refusalOf('ghcr.io')).toContain('acme');
  expect((await demo.cli('status')).stdout).toContain('P-SIGN-IN');
});
