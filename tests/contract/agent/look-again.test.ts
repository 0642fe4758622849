import type { NetworkInterfaceInfo } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';

/** What is known is old when the machine wakes or comes to another network: the server is asked at once, not when it is due. */
let test: TestAgent;
beforeAll(async () => {
  // The first regular sync comes at any moment from a tenth of the interval on: far from now with the longest one.
  test = await startTestAgent({ settings: { refreshMinutes: 1440 } });
  await test.signIn('mia');
  await test.until('enforcing');
});
afterAll(() => test?.stop());

/** @returns when the server is next heard, by an event that makes the agent ask it. */
async function heardAfter(event: () => void): Promise<boolean> {
  // The end of a sync plans the next one: nothing else would ask it meanwhile.
  const { lastContact, next } = (await test.until(({ sync }) => !sync.running && sync.next !== null)).sync;
  expect((next ?? 0) - Date.now()).toBeGreaterThan(5 * 60_000);
  event();
  const { sync } = await test.until((snapshot) => (snapshot.sync.lastContact ?? 0) > (lastContact ?? 0));
  return sync.problem === null;
}

it('a machine that woke asks the server at once', async () => {
  expect(await heardAfter(() => test.agent.lookAgain())).toBe(true);
});

it('a machine that came to another network asks the server at once', async () => {
  const elsewhere: NetworkInterfaceInfo = {
    address: '192.0.2.7',
    netmask: '255.255.255.0',
    family: 'IPv4',
    mac: '00:00:5e:00:53:01',
    internal: false,
    cidr: '192.0.2.7/24',
  };
  const moved = heardAfter(() => {
    test.network = { eth0: [elsewhere] };
  });
  expect(await moved).toBe(true);
});
