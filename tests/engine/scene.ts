import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority } from '../../main/demo/outside/certificates.ts';
import { createVm, type Vm } from '../../main/demo/vm/vm.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { type DockerCli, dockerCli } from '../support/docker-cli.ts';
import type { TestGatewayOptions } from '../support/gateway.ts';
import { importImage, seedRegistry } from '../support/image.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';

/** An allowed registry, and one that is not. Both have `app:1`, so that a failed pull means blocked. */
export const ALLOWED = 'allowed.registry.test';
export const OTHER = 'other.registry.test';
/** A registry that redirects to `OTHER` for the layers of its images. */
export const REDIRECTING = 'redirecting.registry.test';
/** An image at `OTHER` of which the engine has no layer. */
export const UNKNOWN_IMAGE = 'unknown:1';
/** The policy's contact. */
export const CONTACT = 'platform@acme.example';
/** What is printed for `OTHER`. */
export const REFUSAL = `${OTHER} is blocked by acme. To request access, contact ${CONTACT}.`;

/** Everything but the gateway: an engine whose DNS and proxy point at where the gateway will be, two registries, and a name server. */
export interface Scene extends AsyncDisposable {
  readonly vm: Vm;
  readonly docker: DockerCli;
  /** The gateway's upstream: the test's Internet. */
  readonly upstream: DnsStub;
  readonly names: Record<string, string>;
  readonly registries: { readonly allowed: TestRegistry; readonly other: TestRegistry };
  /** The CA of the registries' certificates, PEM. */
  readonly caFile: string;
  readonly ca: Authority;
  /** The gateway's proxy, for `vm.setProxy`. */
  readonly proxy: string;
  /** How to start the gateway that this engine is pointed at. */
  readonly gateway: Pick<TestGatewayOptions, 'upstreams' | 'config'>;
}

/** The registries are filled before the engine is pointed at the gateway, and by address. */
export async function startScene(): Promise<Scene> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-scene-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const ca = createAuthority();
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca.certificate);

  const vm = await createVm({ hostOctets: [10, 11, 12, 13] });
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

  const names: Record<string, string> = {
    [ALLOWED]: vm.address(10),
    [OTHER]: vm.address(11),
    [REDIRECTING]: vm.address(13),
  };
  // A TTL of 0 (RFC 1035 section 3.2.1), because tests change the addresses.
  const upstream = await startDnsStub(({ name, type }) => {
    const data = names[name.toLowerCase()];
    if (data === undefined) return { flags: 3 };
    return type === 'A' ? [{ type, name, ttl: 0, data }] : [];
  });
  cleanup.defer(() => upstream.close());
  const proxyAddress = `${vm.gatewayAddress}:3128`;
  const proxy = `http://${proxyAddress}`;
  await vm.startEngine({ caFile, proxy });

  const gateway = {
    upstreams: [upstream.address],
    config: {
      dns: { engine: [`${vm.gatewayAddress}:53`] },
      proxy: [proxyAddress],
      allowFrom: [`${vm.network.subnet}.0/24`],
    },
  };
  const made = cleanup.move();
  return {
    ...{ vm, docker, upstream, names, registries, ca, caFile, proxy, gateway },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}
