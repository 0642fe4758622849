import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAgent, type TestAgent } from '../support/agent.ts';
import { waitFor } from '../support/background-process.ts';
import { startDnsStub } from '../support/dns-stub.ts';
import { startStallingRelay } from '../support/stalling-relay.ts';
import { ALLOWED, CONTACT, OTHER, REFUSAL, type Scene, startScene, UNKNOWN_IMAGE } from './scene.ts';

/** One developer's day with a real engine, in order: each step depends on the one before. */
describe('from required sign-in to a blocked pull, with a real engine', () => {
  const cleanup = new AsyncDisposableStack();
  let scene: Scene;
  let test: TestAgent;
  beforeAll(async () => {
    scene = cleanup.use(await startScene());
    const settings = { enabled: true, mode: 'enforce' as const, registries: [{ address: ALLOWED }], contact: CONTACT };
    test = await startTestAgent({
      hub: { organizations: [{ name: 'acme', settings }] },
      gateway: scene.gateway,
      engine: { kind: 'vm', name: 'Docker Engine in a test', socket: `unix://${scene.vm.dockerSocket}` },
    });
    cleanup.defer(() => test.stop());
  });
  afterAll(() => cleanup.disposeAsync());

  const pull = (image: string) => scene.docker.run(['pull', image]);
  const forget = (image: string) => scene.docker.run(['rmi', '--force', image]);
  async function expectBlocked(image: string, sentence: string): Promise<void> {
    expect(await pull(image)).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) });
  }
  const inForce = (revision: number) =>
    test.until(
      ({ state, policy }) =>
        state.id === 'enforcing' && policy?.kind === 'fresh' && policy.policy.revision === revision,
    );

  it('blocks every pull until somebody signs in, and says so', async () => {
    await test.until(({ state }) => state.id === 'sign-in-required' && state.protected === 'yes');
    await expectBlocked(`${ALLOWED}/app:1`, `${ALLOWED} is blocked until you sign in to acme.`);
  });

  it('proves both walls through the engine once a member has signed in, and pulls from the allowed registry', async () => {
    await test.signIn('mia');
    const { walls, state } = await test.until('enforcing');
    expect(state).toMatchObject({ look: 'green', protected: 'yes' });
    const { generation } = await test.gateway.status();
    expect(walls).toMatchObject({ dns: { kind: 'proven', generation }, proxy: { kind: 'proven', generation } });
    await scene.docker.ok('pull', `${ALLOWED}/app:1`);
    await scene.docker.ok('run', '--rm', '--network', 'none', `${ALLOWED}/app:1`, 'cat', '/etc/hostname');
  });

  it('blocks another registry, naming the host, the organization and the contact', async () => {
    const seen = scene.registries.other.requests().length;
    await expectBlocked(`${OTHER}/app:1`, REFUSAL);
    expect(scene.registries.other.requests().slice(seen)).toEqual([]);
  });

  it('allows a registry that the owner adds, and cuts it off when it is removed, pulls in progress included', async () => {
    await test.hub.putSettings('acme', { registries: [{ address: ALLOWED }, { address: OTHER }] });
    await inForce(2);
    await scene.docker.ok('pull', `${OTHER}/app:1`);
    await forget(`${OTHER}/app:1`);

    const port = 443;
    const { vm, names } = scene;
    await using relay = await startStallingRelay(
      { host: vm.address(12), port },
      { host: vm.address(11), port },
      100_000,
    );
    names[OTHER] = vm.address(12);
    const cut = pull(`${OTHER}/${UNKNOWN_IMAGE}`);
    await relay.stalled;
    await test.hub.putSettings('acme', { registries: [{ address: ALLOWED }] });
    await waitFor('the tunnels to be closed', () => relay.open() === 0);
    await expectBlocked(`${OTHER}/app:1`, REFUSAL);
    expect(await cut).toMatchObject({ code: 1 });
    names[OTHER] = vm.address(11);
    await inForce(3);
  });

  it('lists the blocked pulls', async () => {
    const { items } = await test.agent.handlers['denials.list']({ query: OTHER, cursor: null, offset: 0, limit: 10 });
    expect(items).toMatchObject([{ host: OTHER, reason: 'not-in-policy', refused: true }]);
    expect(items[0]?.walls).toContain('proxy');
  });

  it('keeps blocking without the agent', async () => {
    await test.stopAgent();
    await expectBlocked(`${OTHER}/app:1`, REFUSAL);
    await test.startAgent();
    await inForce(3);
  });

  it('shows no green and pulls nothing while the gateway is down, and has the same policy when it is back', async () => {
    const { generation } = await test.gateway.status();
    await forget(`${ALLOWED}/app:1`);
    await test.gateway.halt('SIGKILL');
    await test.until('locked');
    const from = test.history.length;
    expect(await pull(`${ALLOWED}/app:1`)).toMatchObject({ code: 1 });
    expect(test.history.slice(from).filter(({ state }) => state.look === 'green')).toEqual([]);
    await test.gateway.start();
    await test.until('enforcing');
    expect((await test.gateway.status()).generation).toBe(generation);
    await scene.docker.ok('pull', `${ALLOWED}/app:1`);
  });

  it('reports that no engine runs, and proves the walls again when one does', async () => {
    const { vm, proxy } = scene;
    await vm.stopEngine();
    await test.agent.handlers['enforcement.check']({});
    await test.until('engine-stopped');
    await vm.setProxy(proxy);
    await test.agent.handlers['enforcement.check']({});
    await test.until('enforcing');
  });

  it('proves nothing, and shows no green, once the engine was restarted without its proxy', async () => {
    const { vm, proxy } = scene;
    await vm.setProxy(undefined);
    expect(await test.agent.handlers['enforcement.check']({})).toMatchObject({
      verified: false,
      problem: { code: 'engine-proxy-gone' },
    });
    const { state, walls } = test.agent.snapshot();
    expect(state.look).not.toBe('green');
    expect(walls.proxy).toMatchObject({ kind: 'unproven', why: { code: 'engine-proxy-gone' } });
    await vm.setProxy(proxy);
    expect(await test.agent.handlers['enforcement.check']({})).toEqual({ verified: true, problem: null });
    await test.until('enforcing');
  });

  it('turns red when the engine is pointed past the filter', async () => {
    const { vm } = scene;
    const pointAt = (address: string) => vm.exec(['sh', '-c', `echo nameserver ${address} > /etc/resolv.conf`]);
    // The engine rereads resolv.conf every few seconds, so one check may still use the old one.
    const checkUntil = (id: string) =>
      waitFor(id, async () => {
        await test.agent.handlers['enforcement.check']({});
        return test.agent.snapshot().state.id === id;
      });
    const elsewhere = await startDnsStub(
      ({ name, type }) => (type === 'A' ? [{ type, name, ttl: 1, data: vm.address(11) }] : []),
      vm.address(12),
      53,
    );
    try {
      await pointAt(vm.address(12));
      await checkUntil('not-enforcing');
      expect(test.agent.snapshot().state).toMatchObject({ look: 'red', traffic: 'unknown' });
    } finally {
      await pointAt(vm.gatewayAddress);
      await elsewhere.close();
    }
    await checkUntil('enforcing');
  });

  it('blocks everything after a sign-out, even after a restart of all parts', async () => {
    const sentence = `${ALLOWED} is blocked until you sign in to acme.`;
    await test.agent.handlers['session.signOut']({});
    await forget(`${ALLOWED}/app:1`);
    await expectBlocked(`${ALLOWED}/app:1`, sentence);
    await test.stopAgent();
    await Promise.all([test.gateway.halt('SIGKILL'), test.hub.halt()]);
    await Promise.all([test.gateway.start(), test.hub.start()]);
    await scene.vm.setProxy(scene.proxy);
    await expectBlocked(`${ALLOWED}/app:1`, sentence);
    await test.startAgent();
    await test.until(({ state }) => state.id === 'sign-in-required' && state.protected === 'yes');
    await expectBlocked(`${ALLOWED}/app:1`, sentence);
  });
});
