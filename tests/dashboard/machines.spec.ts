import type { Locator, Page } from '@playwright/test';
import { SignInPage } from '../e2e/pages/sign-in-page.ts';
import { forgetPasswords, peopleClient } from '../support/hub-people.ts';
import { type ReportingAgent, reportingAgent } from '../support/machine-client.ts';
import { type SigningGateway, signingGateway } from '../support/signing-gateway.ts';
import { expect, test } from './fixtures.ts';

const list = (page: Page): Locator => page.getByRole('list', { name: 'Machines' });
const machine = (page: Page, gateway: SigningGateway): Locator =>
  list(page)
    .getByRole('listitem')
    .filter({ hasText: gateway.jkt.slice(0, 12) });
const state = (page: Page, name: RegExp): Locator =>
  page.getByRole('group', { name: 'Machines by state' }).getByRole('button', { name });

/** Three that are enrolled (one enforces, one has a way past, one is cloned), and one that is not. */
async function fleet(hub: { url: string }, owner: string, mia: ReportingAgent): Promise<SigningGateway[]> {
  const gateways = await Promise.all([1, 2, 3, 4].map(() => signingGateway(hub.url)));
  const [green, open, cloned, stranger] = gateways as [SigningGateway, SigningGateway, SigningGateway, SigningGateway];
  const thumbprints = [green, open, cloned].map(({ jkt }) => jkt);
  const enrolled = await peopleClient(hub, 'acme', owner).outcome('POST', 'machines/enrolments', { thumbprints });
  expect(enrolled).toBe('200');
  await mia.report(green);
  await mia.report(open, {
    attachment: {
      ...{ kind: 'audited', at: Math.floor(Date.now() / 1000) },
      engines: [
        { id: 'docker', running: true, hold: 'wall' },
        { id: 'podman', running: true, hold: 'nothing' },
      ],
      findings: [{ code: 'attachment-rules-missing', severity: 'open', engine: 'docker' }],
    },
  });
  await mia.report(cloned);
  await mia.report(cloned, { machine: crypto.randomUUID() });
  await mia.report(stranger, {}, { system: '<b>Debian</b>' });
  return gateways;
}

test('an administrator sees which machines enforce, what is missing, and what to do', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  const mia = reportingAgent(hub, 'acme', await hub.signIn('mia'));
  const [green, open, cloned, stranger] = await fleet(hub, await hub.signIn('olivia'), mia);
  if (!green || !open || !cloned || !stranger) throw new Error('no fleet');
  await signIn('olivia', { view: 'machines' });
  await expect(state(page, /^1\s*Enforcing/)).toBeVisible();
  await expect(state(page, /^1\s*Not enforcing/)).toBeVisible();
  await expect(state(page, /^2\s*Unverified/)).toBeVisible();
  // What needs attention comes first.
  await expect(list(page).getByRole('listitem').first()).toContainText(open.jkt.slice(0, 12));
  await expect(machine(page, open)).toContainText('Running and not attached to the gateway: podman.');
  await expect(machine(page, cloned)).toContainText('Two machines use this key');
  await accessible();

  await machine(page, open).getByRole('button').first().click();
  await expect(machine(page, open)).toContainText('sudo portcullis engine attach');
  await expect(machine(page, open)).toContainText('Reported by the agent, not signed');
  await expect(machine(page, open)).toContainText('podman: not attached');
  await accessible();

  await state(page, /Unverified/).click();
  await expect(list(page).getByRole('listitem')).toHaveCount(2);
  await expect(machine(page, stranger)).toContainText('not enrolled');
  await state(page, /Unverified/).click();

  // As it was read out on the phone.
  await page.getByLabel('Search machines').fill(green.jkt.slice(0, 12));
  await expect(list(page).getByRole('listitem')).toHaveCount(1);
  await expect(machine(page, green)).toContainText('Enforcing');
  await page.getByLabel('Search machines').fill('no such machine');
  await expect(page.getByText('No machine matches.')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(list(page).getByRole('listitem')).toHaveCount(4);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  expect((await download).suggestedFilename()).toBe('machines-acme.csv');
});

test('an owner enrols machines by thumbprints and by codes, over a fresh sign-in, and forgets one', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  const mia = reportingAgent(hub, 'acme', await hub.signIn('mia'));
  const gateway = await signingGateway(hub.url);
  await mia.report(gateway);
  const dashboard = await signIn('olivia', { view: 'machines' });
  await expect(machine(page, gateway)).toContainText('Unverified');
  await dashboard.button('Enrol machines').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('portcullis gateway identity');
  const field = dialog.getByLabel('Thumbprints, one per line');
  await field.fill(`host1,${gateway.jkt}\nnonsense`);
  await expect(dialog).toContainText('Line 2 has no thumbprint.');
  await accessible();
  await field.fill(`host1,${gateway.jkt}\n`);

  // What was pasted survives signing in anew.
  await forgetPasswords(hub);
  await dashboard.button('Enrol 1 machine').click();
  await expect(dialog).toContainText('password entered in the last 15 minutes');
  await dashboard.button('Enter your password again').click();
  await new SignInPage(page).signIn('olivia', await hub.password('olivia'));
  await expect(field).toHaveValue(`host1,${gateway.jkt}\n`);
  await dashboard.button('Enrol 1 machine').click();
  await expect(dialog).toContainText('Enrolled 1 machine.');
  await dashboard.button('Done').click();
  await expect(machine(page, gateway)).toContainText('Enforcing');

  await dashboard.button('Enrol machines').click();
  await dialog.getByRole('radio', { name: 'One-time codes' }).check();
  await dialog.getByLabel('How many').fill('3');
  await accessible();
  await dashboard.button('Make 3 codes').click();
  await expect(dialog.getByLabel('Codes, one per line')).toHaveValue(/^([0-9A-Z]{5}-){4}[0-9A-Z]{5}(\n.+){2}$/);
  await accessible();
  await dashboard.button('Done').click();
  await dashboard.button('Enrol machines').click();
  await dialog.getByRole('radio', { name: 'One-time codes' }).check();
  await expect(dialog).toContainText('3 codes are unused');
  await dashboard.button('Revoke unused codes').click();
  await expect(dialog).toContainText('Unused codes are void.');
  await dashboard.button('Cancel').click();

  await machine(page, gateway).getByRole('button').first().click();
  await dashboard.button('Forget machine').click();
  await dialog.getByRole('button', { name: 'Forget machine' }).click();
  await expect(page.getByText('No machine has reported yet.')).toBeVisible();
  await accessible();
});

test('an auditor sees machines, and may neither enrol nor forget', async ({ hub, page, signIn }) => {
  const mia = reportingAgent(hub, 'acme', await hub.signIn('mia'));
  const gateway = await signingGateway(hub.url);
  await mia.report(gateway);
  const dashboard = await signIn('ada', { view: 'machines' });
  await machine(page, gateway).getByRole('button').first().click();
  await expect(machine(page, gateway)).toContainText('Copy thumbprint');
  await expect(dashboard.button('Forget machine')).toBeHidden();
  await expect(dashboard.button('Enrol machines')).toBeHidden();
});

test('where the list blocks nothing, the view says so above the green ones', async ({ hub, page, signIn }) => {
  await hub.putSettings('acme', { mode: 'audit' });
  await signIn('olivia', { view: 'machines' });
  await expect(page.getByText('Registry Access is in audit mode')).toBeVisible();
});
