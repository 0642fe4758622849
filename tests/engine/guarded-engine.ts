import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVm, type Vm } from '../../main/engines/vm/vm.ts';
import { createTestCa } from '../support/certificates.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { type DockerCli, dockerCli } from '../support/docker-cli.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { importImage, seedRegistry } from '../support/image.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';

/** The registry that the policy lists, and one that it does not. Both hold `app:1`, so that a refusal is no missing image. */
export const ALLOWED = 'allowed.registry.test';
export const OTHER = 'other.registry.test';
/** An image at `OTHER` that the engine has no part of. */
export const UNKNOWN_IMAGE = 'unknown:1';
/** Who the policy says to ask. */
export const CONTACT = 'platform@acme.example';

export interface GuardedEngine extends AsyncDisposable {
  readonly vm: Vm;
  readonly docker: DockerCli;
  readonly gateway: TestGateway;
  /** What stands behind the gateway: the test's Internet. */
  readonly upstream: DnsStub;
  readonly names: Record<string, string>;
  readonly registries: { readonly allowed: TestRegistry; readonly other: TestRegistry };
  /** The gateway's proxy, for `vm.setProxy`. */
  readonly proxy: string;
  /** Puts a policy in force whose list is these addresses. Each call is a revision of its own. */
  allow(...addresses: string[]): Promise<void>;
}

/** An engine in a VM, the gateway in front of it, and two registries behind that. `ALLOWED` is on the list. */
export async function startGuardedEngine(): Promise<GuardedEngine> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-guarded-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const ca = createTestCa();
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca.certificate);

  const vm = await createVm({ hostOctets: [10, 11, 12] });
  cleanup.defer(() => vm.destroy());
  const registries = {
    allowed: cleanup.use(await startRegistry({ host: vm.address(10), names: [ALLOWED], ca })),
    other: cleanup.use(await startRegistry({ host: vm.address(11), names: [OTHER], ca })),
  };
  const docker = cleanup.use(await dockerCli(vm.dockerSocket));
  await vm.startEngine({ caFile });
  await importImage(docker, 'app:1', ['sleep', 'cat', 'getent']);
  await seedRegistry(docker, 'app:1', registries.allowed.address);
  await seedRegistry(docker, 'app:1', registries.other.address);
  await importImage(docker, UNKNOWN_IMAGE, ['tar']);
  await seedRegistry(docker, UNKNOWN_IMAGE, registries.other.address);
  await docker.ok('rmi', UNKNOWN_IMAGE);

  const names: Record<string, string> = { [ALLOWED]: vm.address(10), [OTHER]: vm.address(11) };
  const upstream = await startDnsStub(names);
  cleanup.defer(() => upstream.close());
  const gateway = await startGateway({
    upstreams: [upstream.address],
    config: {
      dns: { engine: [`${vm.gatewayAddress}:53`] },
      proxy: [`${vm.gatewayAddress}:3128`],
      allowFrom: [`${vm.network.subnet}.0/24`],
    },
  });
  cleanup.defer(() => gateway.stop());
  const proxy = `http://${vm.gatewayAddress}:3128`;
  await vm.startEngine({ caFile, proxy });

  let revision = 0;
  const allow = async (...addresses: string[]): Promise<void> => {
    revision += 1;
    await gateway.program({ revision, contact: CONTACT, registries: addresses.map((address) => ({ address })) });
  };
  await allow(ALLOWED);
  const made = cleanup.move();
  return {
    ...{ vm, docker, gateway, upstream, names, registries, proxy, allow },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}
