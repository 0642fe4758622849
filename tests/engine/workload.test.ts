import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVm, type Vm } from '../../main/demo/vm/vm.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { type DockerCli, dockerCli } from '../support/docker-cli.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { importImage } from '../support/image.ts';

/** Containers use the gateway's second address (`dockerd --dns`), the engine itself the first. */
describe('inside containers', () => {
  const cleanup = new AsyncDisposableStack();
  let vm: Vm;
  let upstream: DnsStub;
  let gateway: TestGateway;
  let docker: DockerCli;

  beforeAll(async () => {
    vm = await createVm({ hostOctets: [3] });
    cleanup.defer(() => vm.destroy());
    upstream = await startDnsStub(({ name, type }) =>
      type === 'A' ? [{ type: 'A', name, ttl: 5, data: '192.0.2.80' }] : [],
    );
    cleanup.defer(() => upstream.close());
    gateway = await startGateway({
      upstreams: [upstream.address],
      config: {
        dns: { engine: [`${vm.gatewayAddress}:53`], workload: [`${vm.address(3)}:53`] },
        proxy: [],
        allowFrom: [`${vm.network.subnet}.0/24`],
      },
    });
    cleanup.defer(() => gateway.stop());
    await gateway.program({ registries: [{ address: 'ghcr.io' }] });
    await vm.startEngine({ containerDns: vm.address(3) });
    docker = cleanup.use(await dockerCli(vm.dockerSocket));
    await importImage(docker, 'app:1', ['getent', 'cat']);
  });
  afterAll(() => cleanup.disposeAsync());

  const inContainer = (...command: string[]) => docker.run(['run', '--rm', '--network', 'host', 'app:1', ...command]);

  it('the resolver is the second address', async () => {
    expect((await inContainer('cat', '/etc/resolv.conf')).stdout).toContain(`nameserver ${vm.address(3)}`);
  });

  it.each(['www.example.org', 'gitlab.com', 'ghcr.io'])('%s resolves, whether or not it is allowed', async (host) => {
    expect(await inContainer('getent', 'hosts', host)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^192\.0\.2\.80\s/),
    });
  });

  it.each(['quay.io', 'registry-1.docker.io', 'registry.gitlab.com'])(
    '%s does not resolve: it serves only a registry, which is not allowed',
    async (host) => {
      const asked = upstream.asked.length;
      expect((await inContainer('getent', 'hosts', host)).code).toBe(2);
      expect(upstream.asked.length).toBe(asked);
      await expect
        .poll(async () => (await gateway.control.call('denials', {})).hosts)
        .toContainEqual(expect.objectContaining({ host, view: 'workload', wall: 'dns' }));
    },
  );

  it('a registry that is removed from the policy stops resolving, and everything else keeps resolving', async () => {
    await gateway.program({ revision: 2, registries: [] });
    expect((await inContainer('getent', 'hosts', 'ghcr.io')).code).toBe(2);
    expect((await inContainer('getent', 'hosts', 'www.example.org')).code).toBe(0);
  });

  it('the engine does not resolve what only containers may', async () => {
    expect((await vm.exec(['getent', 'hosts', 'www.example.org'])).code).toBe(2);
  });
});
