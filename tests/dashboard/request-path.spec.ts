import type { Browser } from '@playwright/test';
import { PanelPage } from '../e2e/pages/panel-page.ts';
import { startTestAgent, type TestAgent } from '../support/agent.ts';
import { servePanel } from '../support/served-panel.ts';
import { test as base, expect } from './fixtures.ts';

/** A machine of a member, with the real agent and the real gateway, and its panel in a browser of its own beside the owner's. */
const test = base.extend<{ machine: TestAgent }>({
  machine: async ({ hubOptions }, use) => {
    const machine = await startTestAgent({ hub: hubOptions });
    await use(machine);
    await machine.stop();
  },
  hub: async ({ machine }, use) => use(machine.hub),
});

const QUAY = 'quay.io';

async function openPanel(machine: TestAgent, browser: Browser) {
  const served = await servePanel(machine.agent);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(served.address());
  const panel = new PanelPage(page);
  await panel.shows('enforcing');
  return {
    page,
    panel,
    async [Symbol.asyncDispose]() {
      await context.close();
      await served.close();
    },
  };
}

/** The next full minute that is not over before it is saved, as a field for date and time has it. The browsers' time zone is UTC. */
function nextMinute(): { field: string; at: number } {
  const at = Math.ceil((Date.now() + 20_000) / 60_000) * 60_000;
  return { field: new Date(at).toISOString().slice(0, 16), at };
}

test('blocked, requested, allowed until a time, pulled, expired, blocked again', async ({
  browser,
  hub,
  machine,
  page,
  signIn,
}) => {
  const { gateway } = machine;
  /** What a pull asks first: blocked by a 403, or not, and then there is no resolver here to find the registry with. */
  const isBlocked = async () => (await gateway.connect(`${QUAY}:443`)).status === 403;
  await hub.putSettings('acme', { requests: true });
  await machine.signIn('mia');
  await machine.until('enforcing');
  await using desk = await openPanel(machine, browser);
  const { panel } = desk;

  await expect.poll(isBlocked).toBe(true);
  await panel.ask(`${QUAY}/acme/tool:1`);
  await panel.check.getByRole('button', { name: 'Request access' }).click();
  const dialog = desk.page.getByRole('dialog', { name: `Request access to ${QUAY}` });
  await dialog.getByRole('textbox').fill('Our new build needs it.');
  await dialog.getByRole('button', { name: 'Send request' }).click();
  await expect(dialog).toContainText('Request sent.');
  await dialog.getByRole('button', { name: 'Close' }).click();

  await signIn('olivia', { view: 'requests' });
  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: QUAY, exact: true }) });
  await expect(row).toContainText('“Our new build needs it.”');
  await row.getByRole('button', { name: `Decide on ${QUAY}` }).click();
  const deciding = page.getByRole('dialog');
  await deciding.getByRole('radio', { name: 'Allow for a time or for teams' }).check();
  const { field, at } = nextMinute();
  await deciding.getByLabel('Allow until').fill(field);
  const decided = performance.now();
  await deciding.getByRole('button', { name: 'Allow' }).click();
  await expect.poll(isBlocked, { intervals: [50] }).toBe(false);
  const seconds = ((performance.now() - decided) / 1000).toFixed(2);
  process.stdout.write(`Seconds from the yes to the first pull that meets it: ${seconds}\n`);

  // Told on the machine, with its end, and said wherever somebody asks.
  const time = new Date(at).toISOString().slice(11, 16);
  await expect(desk.page.getByRole('region', { name: 'Your requests' })).toContainText('Allowed until');
  await expect(desk.page.getByRole('region', { name: 'Your requests' })).toContainText(time);
  await panel.ask(QUAY);
  await expect(panel.check).toContainText(time);

  // By the gateway's own clock: nobody sends it anything.
  await machine.stopAgent();
  await expect.poll(isBlocked, { intervals: [200], timeout: 150_000 }).toBe(true);
  // But for a tick: the machine's time since its start comes in hundredths of a second.
  expect(Date.now()).toBeGreaterThanOrEqual(at - 100);
  await expect(row).toHaveCount(0);
});
