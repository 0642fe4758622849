import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';
import { type DnsStub, startDnsStub } from '../../support/dns-stub.ts';
import { type PeopleClient, peopleClient } from '../../support/hub-people.ts';

const HOST = 'registry.team.example';
const PATIENCE = { timeout: 45_000, interval: 100 };

/** The real hub, agent and gateway: a team is joined and left at the hub, and the engine is allowed and blocked. */
describe('a registry that is allowed for a team', () => {
  let upstream: DnsStub;
  let test: TestAgent;
  let olivia: PeopleClient;
  let mia: string;
  beforeAll(async () => {
    upstream = await startDnsStub({ [HOST]: '192.0.2.1', 'docker.io': '192.0.2.2' });
    test = await startTestAgent({ gateway: { upstreams: [upstream.address] } });
    olivia = peopleClient(test.hub, 'acme', await test.hub.signIn('olivia'));
    mia = (await olivia.person('mia')).sub;
    await olivia.call('POST', 'teams', { name: 'platform' });
    await test.hub.putSettings('acme', { grants: [{ address: HOST, teams: ['platform'] }] });
    await test.signIn('mia');
    await test.until('enforcing');
  });
  afterAll(async () => {
    await test?.stop();
    await upstream?.close();
  });
  const rcode = async (host: string): Promise<string> => (await test.gateway.query(host)).rcode;
  const joins = (...teams: string[]) => olivia.call('PATCH', `people/${mia}`, { teams });

  it('is blocked for whoever is not in it', async () => {
    expect(await rcode('docker.io')).toBe('NOERROR');
    expect(await rcode(HOST)).toBe('NXDOMAIN');
  });

  it('is allowed from the next sync on for whoever has joined it, and blocked again for whoever has left', async () => {
    await joins('platform');
    await test.agent.handlers['sync.now']({});
    await vi.waitFor(async () => expect(await rcode(HOST)).toBe('NOERROR'), PATIENCE);
    expect((await test.gateway.status()).membership).toMatchObject({ sub: mia, teams: ['platform'] });
    await joins();
    await test.agent.handlers['sync.now']({});
    await vi.waitFor(async () => expect(await rcode(HOST)).toBe('NXDOMAIN'), PATIENCE);
    expect((await test.gateway.status()).membership).toMatchObject({ sub: mia, teams: [] });
    expect(await rcode('docker.io')).toBe('NOERROR');
  });

  it('stays allowed when the team is renamed, and ends with the team', async () => {
    await joins('platform');
    await test.agent.handlers['sync.now']({});
    await vi.waitFor(async () => expect(await rcode(HOST)).toBe('NOERROR'), PATIENCE);
    await olivia.call('PATCH', 'teams/platform', { name: 'core' });
    await vi.waitFor(
      async () => expect((await test.gateway.status()).membership).toMatchObject({ teams: ['core'] }),
      PATIENCE,
    );
    expect(await rcode(HOST)).toBe('NOERROR');
    await olivia.call('DELETE', 'teams/core');
    await vi.waitFor(async () => expect(await rcode(HOST)).toBe('NXDOMAIN'), PATIENCE);
  });
});
