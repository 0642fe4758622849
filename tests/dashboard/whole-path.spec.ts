import { startTestAgent, type TestAgent } from '../support/agent.ts';
import { test as base, expect } from './fixtures.ts';
import { RegistryAccessPage } from './registry-access-page.ts';

/** A machine of a member, with the real agent and the real gateway, beside the owner's browser. */
const test = base.extend<{ machine: TestAgent }>({
  machine: async ({ hubOptions }, use) => {
    const machine = await startTestAgent({ hub: hubOptions });
    await use(machine);
    await machine.stop();
  },
  hub: async ({ machine }, use) => use(machine.hub),
});

const QUAY = 'quay.io';

test('what an owner saves is what an engine meets: from the switch to a blocked pull, and back', async ({
  machine,
  page,
  signIn,
}) => {
  const { gateway } = machine;
  /** What a pull asks first: blocked by a 403, or not, and then there is no resolver here to find the registry with. */
  const pull = async () => (await gateway.connect(`${QUAY}:443`)).status;
  const seconds: Record<string, string> = {};
  /** From the click until a pull meets the new policy. */
  async function timed(what: string, save: () => Promise<void>, wanted: 'blocked' | 'passed'): Promise<void> {
    const start = performance.now();
    await save();
    await expect.poll(async () => (await pull()) === 403, { intervals: [20] }).toBe(wanted === 'blocked');
    seconds[what] = ((performance.now() - start) / 1000).toFixed(2);
  }

  await machine.signIn('mia');
  await machine.until('enforcing');
  expect(await pull()).toBe(403);

  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  const save = () => view.save.click();
  await view.add(QUAY, 'Quay');
  await timed('added', save, 'passed');
  await machine.until(
    ({ state, policy }) => state.id === 'enforcing' && JSON.stringify(policy).includes('"registries":2'),
  );

  await view.remove(QUAY);
  await timed('removed', save, 'blocked');

  const restrictions = page.getByRole('switch', { name: 'Restrictions' });
  await restrictions.click();
  await timed('switched off', save, 'passed');
  await machine.until('restrictions-off');
  await restrictions.click();
  await timed('switched on', save, 'blocked');
  await machine.until('enforcing');

  await page.getByRole('radio', { name: 'Audit only' }).check();
  await timed('audit', save, 'passed');
  await machine.until('auditing');
  await page.getByRole('radio', { name: 'Block', exact: true }).check();
  await timed('blocking again', save, 'blocked');
  await machine.until('enforcing');
  process.stdout.write(`Seconds from Save & Apply to the first pull that meets it: ${JSON.stringify(seconds)}\n`);
});
