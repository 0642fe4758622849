import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';
import { type DnsStub, startDnsStub } from '../../support/dns-stub.ts';
import { peopleClient } from '../../support/hub-people.ts';

const ALLOWED = 'registry.acme.example';
const TRIAL = 'trial.acme.example';
const TEAMS = 'platform.acme.example';

/** From the owner's settings to the pull, over the real hub, gateway and agent; in the order it happens. */
describe('a registry that is allowed until a time, and one for a team', () => {
  let upstream: DnsStub;
  let test: TestAgent;
  let setTeams: (teams: string[]) => Promise<void>;
  beforeAll(async () => {
    upstream = await startDnsStub({ [ALLOWED]: '192.0.2.1', [TRIAL]: '192.0.2.2', [TEAMS]: '192.0.2.3' });
    test = await startTestAgent({
      hub: {
        organizations: [
          { name: 'acme', settings: { enabled: true, mode: 'enforce', registries: [{ address: ALLOWED }] } },
        ],
        users: [
          { username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] },
          { username: 'mia', name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] },
        ],
      },
      gateway: { upstreams: [upstream.address] },
    });
    const olivia = peopleClient(test.hub, 'acme', await test.hub.signIn('olivia'));
    await olivia.get(z.unknown(), 'POST', 'teams', { name: 'platform' });
    const { items } = await olivia.get(
      z.object({ items: z.array(z.object({ sub: z.string(), username: z.string() })) }),
      'GET',
      'people',
    );
    const mia = items.find(({ username }) => username === 'mia')?.sub;
    setTeams = async (teams) => {
      await olivia.get(z.unknown(), 'PATCH', `people/${mia}`, { teams });
    };
  });
  afterAll(async () => {
    await test?.stop();
    await upstream?.close();
  });

  const explain = (host: string) => test.agent.handlers['decide.explain']({ subject: host });
  const rcode = async (host: string): Promise<string> => (await test.gateway.query(host)).rcode;
  const inForce =
    (revision: number) =>
    ({ state, policy }: { state: { id: string }; policy: unknown }) =>
      state.id === 'enforcing' && JSON.stringify(policy).includes(`"revision":${revision},`);

  it('is pulled for as long as it is allowed, and told so', async () => {
    await setTeams(['platform']);
    await test.signIn('mia');
    await test.until('enforcing');
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await test.hub.putSettings('acme', {
      grants: [
        { address: TRIAL, until },
        { address: TEAMS, teams: ['platform'] },
      ],
    });
    await test.until(inForce(2));
    await test.until(({ gateway }) => gateway.membership?.teams?.includes('platform') === true);
    expect(await rcode(TRIAL)).toBe('NOERROR');
    expect(await rcode(TEAMS)).toBe('NOERROR');
    expect((await explain(TRIAL)).sentence).toMatch(new RegExp(`^${TRIAL} is allowed by acme until `));
    expect((await explain(TEAMS)).sentence).toBe(`${TEAMS} is allowed by acme for team platform.`);
    const page = await test.agent.handlers['grants.list']({ query: '', cursor: null, limit: 50, offset: 0 });
    expect(page.items.map(({ address, counts }) => [address, counts])).toEqual([
      [TRIAL, true],
      [TEAMS, true],
    ]);
  });

  it('is blocked at the next sync once its member has left the team', async () => {
    await setTeams([]);
    // In the same second nobody could tell which of two proofs is the newer one.
    await expect
      .poll(async () => {
        await test.agent.handlers['sync.now']({});
        return rcode(TEAMS);
      })
      .toBe('NXDOMAIN');
    expect((await explain(TEAMS)).sentence).toBe(`${TEAMS} is blocked by acme.`);
    expect(await rcode(TRIAL)).toBe('NOERROR');
  });

  it('ends by itself, while the hub is away', async () => {
    const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 8_000);
    await test.hub.putSettings('acme', { grants: [{ address: TRIAL, until: until.toISOString() }] });
    await test.until(inForce(3));
    await test.hub.stop();
    await expect.poll(() => rcode(TRIAL)).toBe('NXDOMAIN');
    expect(Date.now()).toBeGreaterThanOrEqual(until.getTime());
    expect((await explain(TRIAL)).allowed).toBe(false);
  });
});
