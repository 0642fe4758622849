import type { Locator, Page } from '@playwright/test';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { OwnRequest } from '../../shared/schemas/own-request.ts';
import type { BridgeStage } from '../support/electron/bridge-stage.ts';
import { allOf, ownRequests, refusedImage } from '../support/panel-data.ts';
import type { PanelStage } from '../support/panel-stage.ts';
import { inputsFor, NOW, notOffered, offered, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';

const sent = (agent: PanelStage): unknown[] =>
  agent.calls.filter(({ call }) => call === 'requests.create').map(({ args }) => args);

function offer(agent: PanelStage, items: readonly OwnRequest[] = []): void {
  agent.answer({ 'decide.explain': async () => refusedImage, 'requests.list': allOf(items) });
  const open = items.filter(({ state }) => state === 'open').length;
  agent.play(snapshotOf(inputsFor.enforcing, { requests: { ...offered, open, version: String(items.length + 1) } }));
}

const [open] = ownRequests;
function requestOf(change: Partial<OwnRequest>): OwnRequest {
  if (open === undefined) throw new Error('no request to play');
  return { ...open, at: NOW, ...change };
}

const dialogOf = (page: Page): Locator => page.getByRole('dialog', { name: /^Request access/ });

for (const scheme of ['light', 'dark'] as const) {
  test.describe(`in the ${scheme} theme`, () => {
    test.use({ colorScheme: scheme });

    test('dialog and list are accessible, and nothing is cut off in a narrow window', async ({
      agent,
      page,
      panel,
      accessible,
    }) => {
      offer(agent, ownRequests);
      await panel.goTo('Activity');
      const own = page.getByRole('region', { name: 'Your requests' });
      await expect(own.getByRole('listitem')).toHaveCount(ownRequests.length);
      await accessible();
      await page.setViewportSize({ width: 320, height: 700 });
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(await overflow()).toBeLessThanOrEqual(0);
      await accessible();
      await panel.button('Request again docker.elastic.co').click();
      await expect(dialogOf(page)).toBeVisible();
      await accessible();
      expect(await overflow()).toBeLessThanOrEqual(0);
    });
  });
}

test.describe('after a check that found a host blocked', () => {
  test('access is requested with a reason, and what the owners see is shown before', async ({ agent, page, panel }) => {
    offer(agent);
    agent.answer({ 'requests.create': async ({ reason }) => requestOf({ reason }) });
    await panel.ask('gcr.io/distroless/static');
    await expect(panel.button('Copy request')).toHaveCount(0);
    await panel.check.getByRole('button', { name: 'Request access' }).click();
    const dialog = dialogOf(page);
    await expect(dialog).toHaveAccessibleName('Request access to gcr.io');
    await expect(dialog.getByRole('textbox')).toBeFocused();
    for (const seen of ['What the owners of acme see', 'gcr.io/distroless/static', 'Mia', 'Nothing else is sent.']) {
      await expect(dialog).toContainText(seen);
    }
    expect(sent(agent)).toEqual([]);
    await page.keyboard.type('Base image of the new build.');
    await dialog.getByRole('button', { name: 'Send request' }).click();
    await expect(dialog).toContainText('Request sent. You will be told when it is decided.');
    expect(sent(agent)).toEqual([
      { subject: 'gcr.io/distroless/static', host: 'gcr.io', reason: 'Base image of the new build.' },
    ]);
    await expect(dialog.getByRole('button', { name: 'Close' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    offer(agent, [requestOf({})]);
    await expect(panel.check).toContainText('Waiting for a decision');
    await expect(panel.check.getByRole('button', { name: 'Request access' })).toHaveCount(0);
  });

  test('a server that is away is no reason to lose it', async ({ agent, page, panel }) => {
    offer(agent);
    agent.answer({ 'requests.create': async () => requestOf({ state: 'kept' }) });
    await panel.ask('gcr.io/distroless/static');
    await panel.check.getByRole('button', { name: 'Request access' }).click();
    await dialogOf(page).getByRole('button', { name: 'Send request' }).click();
    await expect(dialogOf(page)).toContainText(
      "acme's server cannot be reached. Your request is saved on this machine",
    );
  });

  test('what the server does not take is said in the dialog, and what was written stays', async ({
    agent,
    page,
    panel,
    accessible,
  }) => {
    offer(agent);
    agent.answer({
      'requests.create': async () => {
        throw new ProblemError(problem('requests-kept-full', { most: 20 }));
      },
    });
    await panel.ask('gcr.io/distroless/static');
    await panel.check.getByRole('button', { name: 'Request access' }).click();
    const dialog = dialogOf(page);
    await dialog.getByRole('textbox').fill('a reason');
    await dialog.getByRole('button', { name: 'Send request' }).click();
    await expect(dialog.getByRole('alert')).toContainText('20 requests are already waiting to be sent');
    await expect(dialog.getByRole('textbox')).toHaveValue('a reason');
    await accessible();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(dialog).toBeHidden();
  });

  test('where requests are not taken there is no button, and whom to ask is named', async ({ agent, panel }) => {
    offer(agent);
    agent.play(snapshotOf(inputsFor.enforcing, { requests: notOffered }));
    await panel.ask('gcr.io/distroless/static');
    await expect(panel.button('Copy request')).toBeVisible();
    await expect(panel.check).toContainText('Send it to platform@acme.example');
    await expect(panel.check.getByRole('button', { name: 'Request access' })).toHaveCount(0);
    await panel.goTo('Activity');
    await expect(panel.page.getByRole('button', { name: 'Request access' })).toHaveCount(0);
  });
});

test.describe('at what was blocked lately', () => {
  test('each host has the way to a request, or what has become of it', async ({ agent, page, panel }) => {
    offer(agent, ownRequests);
    await panel.goTo('Activity');
    const row = (host: string) => panel.activity.getByRole('listitem').filter({ hasText: host });
    await expect(row('gcr.io')).toContainText('Waiting for a decision');
    await expect(row('docker.elastic.co')).toContainText('Use mirror.acme.example/elastic instead');
    await row('docker.elastic.co').getByRole('button', { name: 'Request again docker.elastic.co' }).click();
    await expect(dialogOf(page)).toHaveAccessibleName('Request access to docker.elastic.co');
    expect(sent(agent)).toEqual([]);
  });
});

test.describe('one’s own requests', () => {
  test('tell what was decided, until when, for whom and why', async ({ agent, page, panel }) => {
    offer(agent, ownRequests);
    await panel.goTo('Activity');
    const own = page.getByRole('region', { name: 'Your requests' });
    for (const [host, state] of [
      ['gcr.io', 'Waiting for a decision · requested 20 min ago'],
      ['nvcr.io', 'Will be sent'],
      ['public.ecr.aws', 'Allowed until Friday 18:00'],
      ['docker.elastic.co', 'Use mirror.acme.example/elastic instead'],
      ['registry.hub.evil.example', 'Declined: Nobody knows who runs this registry.'],
      ['quay.io', 'Allowed for team platform'],
    ] as const) {
      await expect(own.getByRole('listitem').filter({ hasText: host }).first()).toContainText(state);
    }
  });

  test('can be withdrawn while they are open or not sent', async ({ agent, page, panel }) => {
    offer(agent, ownRequests);
    await panel.goTo('Activity');
    const own = page.getByRole('region', { name: 'Your requests' });
    await expect(own.getByRole('button', { name: 'Withdraw' })).toHaveCount(2);
    await own.getByRole('button', { name: 'Withdraw gcr.io' }).click();
    await expect.poll(() => agent.calls).toContainEqual({ call: 'requests.withdraw', args: { id: 'r-gcr.io' } });
  });

  test('stand on the first page while there is news of them', async ({ agent, page, panel }) => {
    offer(agent, ownRequests);
    await panel.goTo('Overview');
    const own = page.getByRole('region', { name: 'Your requests' });
    await expect(own.getByRole('listitem')).toHaveCount(3);
    await own.getByRole('link', { name: 'All 6' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible();
  });
});

test.describe('what comes from outside', { tag: '@bridge' }, () => {
  const link = { kind: 'request', subject: 'gcr.io/distroless/static', from: 'link' } as const;
  const shellOf = (agent: PanelStage): BridgeStage => agent as BridgeStage;

  test('a link fills in a request, says so, and sends nothing by any key', async ({
    agent,
    page,
    panel,
    accessible,
  }) => {
    await page.clock.install({ time: NOW });
    await page.clock.pauseAt(NOW + 1_000);
    offer(agent);
    await panel.shows('enforcing');
    shellOf(agent).notify(link);
    const dialog = dialogOf(page);
    await expect(dialog).toContainText('A link filled this in. Nothing has been sent.');
    await expect(dialog).toHaveAccessibleName('Request access to gcr.io');
    // As somebody types who did not see it come, or is made to press its button.
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    const send = dialog.getByRole('button', { name: 'Send request' });
    await expect(send).toHaveAttribute('aria-disabled', 'true');
    await send.click({ force: true });
    await send.dblclick({ force: true });
    expect(sent(agent)).toEqual([]);
    await page.clock.resume();
    await expect(send).toHaveAttribute('aria-disabled', 'false');
    expect(sent(agent)).toEqual([]);
    await accessible();
  });

  test('a link that comes while a request is filled in changes nothing of it', async ({ agent, page, panel }) => {
    offer(agent);
    agent.answer({ 'requests.create': async () => requestOf({}) });
    await panel.ask('gcr.io/distroless/static');
    await panel.check.getByRole('button', { name: 'Request access' }).click();
    for (let count = 0; count < 5; count += 1) shellOf(agent).notify({ ...link, subject: 'evil.example/x' });
    shellOf(agent).notify({ kind: 'request', subject: 'evil.example', from: 'notification' });
    await dialogOf(page).getByRole('button', { name: 'Send request' }).click();
    await expect(dialogOf(page)).toContainText('Request sent.');
    expect(sent(agent)).toEqual([{ subject: 'gcr.io/distroless/static', host: 'gcr.io', reason: '' }]);
  });

  test('with requests not taken, a link says why', async ({ agent, page, panel }) => {
    offer(agent);
    agent.play(snapshotOf(inputsFor.enforcing, { requests: notOffered }));
    await panel.shows('enforcing');
    shellOf(agent).notify(link);
    await expect(dialogOf(page)).toContainText('acme does not take requests through Portcullis.');
    await expect(dialogOf(page)).toContainText('Ask platform@acme.example instead.');
    await expect(dialogOf(page).getByRole('button', { name: 'Send request' })).toHaveCount(0);
  });
});
