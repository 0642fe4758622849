import { problem } from '../../shared/problems/catalogue.ts';
import type { ReportingView } from '../../shared/schemas/reporting.ts';
import { inputsFor, NOW, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';

const claims = { iss: 'tEst0ThumbPrint_oF-a-GatewaysOwnKey-43chars', org: 'acme', revision: 7, note: 'Größe' };
const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
const BODY = JSON.stringify({
  receipt: `eyJhbGciOiJFUzI1NiJ9.${payload}.${'s'.repeat(86)}`,
  unsigned: { system: 'Debian GNU/Linux 12', agentVersion: '0.1.0', caveats: ['push-and-pull'] },
});
const SENT = { at: NOW - 60_000, url: 'https://portcullis.acme.example/v1/orgs/acme/machines/reports', body: BODY };

const reporting = (change: Partial<ReportingView> = {}) =>
  snapshotOf(inputsFor.enforcing, {
    reporting: {
      ...{ level: 'state', shortId: 'tEst0ThumbPr', problem: null },
      last: { at: SENT.at, state: 'enforcing', missing: [] },
      ...change,
    },
  });

test('what is sent: the very bytes, when, and the identifier that support asks for', async ({
  panel,
  agent,
  page,
  accessible,
  clipboard,
}) => {
  agent.answer({ 'reports.last': async () => ({ sent: SENT }) });
  agent.play(reporting());
  await expect(page.getByLabel('For support').first()).toContainText('tEst0ThumbPr');
  await panel.goTo('Settings');
  const card = page.getByRole('region', { name: 'What is sent' });
  await expect(card).toContainText('State of enforcement');
  await expect(card).toContainText('No names of images, registries, files or this machine.');
  await expect(card.locator('code.identifier')).toHaveText('tEst0ThumbPr');
  await expect(card).toContainText('Enforcing');
  await accessible();

  const show = card.getByRole('button', { name: 'Show what was sent' });
  await show.press('Enter');
  const bytes = card.getByRole('region', { name: 'Sent, byte for byte' });
  expect(await bytes.innerText()).toBe(BODY);
  await expect(card.getByRole('region', { name: 'The receipt in it, readable' })).toContainText('"note": "Größe"');
  await expect(card).toContainText(SENT.url);
  await accessible();
  await card.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect.poll(clipboard).toBe(BODY);
  await card.getByRole('button', { name: 'Hide' }).click();
  await expect(bytes).toBeHidden();
});

test('what is sent is shown anew when another report was sent', async ({ panel, agent, page }) => {
  let body = BODY;
  agent.answer({ 'reports.last': async () => ({ sent: { ...SENT, body } }) });
  agent.play(reporting());
  await panel.goTo('Settings');
  await page.getByRole('button', { name: 'Show what was sent' }).click();
  const bytes = page.getByRole('region', { name: 'Sent, byte for byte' });
  await expect(bytes).toContainText('Debian GNU/Linux 12');
  body = BODY.replace('Linux 12', 'Linux 13');
  agent.play(reporting({ last: { at: NOW, state: 'enforcing', missing: [] } }));
  await expect(bytes).toContainText('Debian GNU/Linux 13');
});

test('what keeps the machine from counting, and why nothing could be sent, with the next step', async ({
  panel,
  agent,
  page,
  accessible,
}) => {
  agent.play(
    reporting({
      last: { at: SENT.at, state: 'not-enforcing', missing: [problem('attachment-wall-gone')] },
      problem: problem('reports-unknown-to-server'),
    }),
  );
  await panel.goTo('Settings');
  const card = page.getByRole('region', { name: 'What is sent' });
  await expect(card).toContainText('Not enforcing');
  await expect(card).toContainText('attachment-wall-gone');
  await expect(card).toContainText('Your server does not accept reports yet, so nothing is sent.');
  await accessible();
});

test('nothing is sent where the administrator has turned it off', async ({ panel, agent, page, accessible }) => {
  agent.play(reporting({ level: 'off', last: null }));
  await panel.goTo('Settings');
  const card = page.getByRole('region', { name: 'What is sent' });
  await expect(card).toContainText('Off: nothing is sent');
  await expect(card.getByRole('button', { name: 'Show what was sent' })).toHaveCount(0);
  await accessible();
});

test.describe('auf Deutsch', () => {
  test.use({ locale: 'de-DE' });
  test('steht dort, was gesendet wird', async ({ agent, page, accessible }) => {
    await page.goto(agent.address());
    agent.answer({ 'reports.last': async () => ({ sent: SENT }) });
    agent.play(reporting({ level: 'hosts' }));
    await page.getByRole('link', { name: 'Einstellungen' }).click();
    const card = page.getByRole('region', { name: 'Was gesendet wird' });
    await expect(card).toContainText('Stand der Durchsetzung und verwendete Registries');
    await card.getByRole('button', { name: 'Gesendetes anzeigen' }).click();
    await expect(card.getByRole('region', { name: 'Gesendet, Byte für Byte' })).toContainText('"receipt"');
    await accessible();
  });
});
