import type { BridgeStage } from '../support/electron/bridge-stage.ts';
import { inputsFor, snapshotOf } from '../support/snapshots.ts';
import { test as base, expect } from './fixtures.ts';

/**
 * What only the preload script does. Everything else of the panel is tested over it in a real Electron, by the other specs. `@bridge`:
 * what only its stand-in counts.
 */
const test = base.extend<{ shell: BridgeStage }>({
  shell: async ({ agent }, use) => use(agent as BridgeStage),
});
test.describe.configure({ mode: 'parallel' });

test('the page is given two functions and nothing of Electron', { tag: '@shell' }, async ({ page, panel }) => {
  await panel.shows('enforcing');
  const given = await page.evaluate(() => {
    const { portcullis } = window as unknown as { portcullis: Record<string, unknown> };
    return {
      kinds: Object.entries(portcullis).map(([name, value]) => [name, typeof value]),
      node: ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron'].filter((name) => name in window),
    };
  });
  expect(given).toEqual({
    kinds: [
      ['call', 'function'],
      ['listen', 'function'],
    ],
    node: [],
  });
});

test('no code is asked for, and signing in is opened by the agent', { tag: '@shell' }, async ({ agent, panel }) => {
  agent.play(snapshotOf(inputsFor['sign-in-required']));
  agent.answer({ 'session.signIn': async () => ({ authorizationUrl: 'https://hub.acme.example/x', opened: true }) });
  await panel.button('Sign in').click();
  await expect.poll(() => agent.calls).toContainEqual({ call: 'session.signIn', args: { opener: 'agent' } });
  expect(panel.page.context().pages()).toHaveLength(1);
});

test('a call that is the owner’s, or none at all, is refused like any other bad one', { tag: '@shell' }, async ({
  page,
  panel,
}) => {
  await panel.shows('enforcing');
  const answers = await page.evaluate(async () => {
    const { portcullis } = window as unknown as { portcullis: { call(request: unknown): Promise<unknown> } };
    return Promise.all([
      portcullis.call({ id: 1, call: 'panel.open', args: { print: true } }),
      portcullis.call('nonsense'),
    ]);
  });
  expect(answers).toMatchObject([{ error: { code: 'ipc-unknown-call' } }, { error: { code: 'ipc-malformed' } }]);
});

test('Esc hides the panel, but only closes a dialog that is open', { tag: '@bridge' }, async ({
  page,
  panel,
  shell,
}) => {
  await panel.button('Sign out').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect(shell.hides()).toBe(0);
  await page.keyboard.press('Escape');
  await expect.poll(() => shell.hides()).toBe(1);
});

test('Esc sends a tip away before it hides the panel', { tag: '@bridge' }, async ({ page, panel, shell }) => {
  const lastSync = panel.policy.getByRole('definition').filter({ hasText: '3 min ago' });
  await lastSync.getByRole('button').hover();
  await expect(lastSync.getByRole('tooltip')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(lastSync.getByRole('tooltip')).toBeHidden();
  expect(shell.hides()).toBe(0);
  await page.keyboard.press('Escape');
  await expect.poll(() => shell.hides()).toBe(1);
});

test('a page loaded anew gets the state of that moment', { tag: '@shell' }, async ({ agent, page, panel }) => {
  await panel.shows('enforcing');
  agent.play(snapshotOf(inputsFor.locked));
  await page.reload();
  await panel.shows('locked');
});
