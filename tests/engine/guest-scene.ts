import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../main/demo/outside/certificates.ts';
import { type CommandText, runCommand, runOrThrow } from '../../main/platform/process/run-command.ts';
import { waitFor } from '../support/background-process.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { type DockerCli, dockerCli } from '../support/docker-cli.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { importImage, seedRegistry } from '../support/image.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { type SystemdGuest, startGuest } from '../support/systemd-guest.ts';
import { CLI } from './attach-scene.ts';
import { ALLOWED, CONTACT, OTHER } from './scene.ts';

/**
 * A guest with a Docker Engine and nothing of ours, and the gateway outside it, on this machine, at the ports that guests expect. It listens
 * at two addresses: `first`, the guest's default route, and `second`, at whose port 53 a resolver answers that filters nothing.
 */
export interface GuestScene extends AsyncDisposable {
  readonly guest: SystemdGuest;
  readonly first: string;
  readonly second: string;
  readonly gateway: TestGateway;
  readonly other: TestRegistry;
  readonly upstream: DnsStub;
  /** What `engine guest-files` has written, below a folder of each guest's name. */
  readonly folder: string;
  docker(args: readonly string[], options?: Parameters<DockerCli['run']>[1]): Promise<CommandText>;
}

export async function startGuestScene(): Promise<GuestScene> {
  await using cleanup = new AsyncDisposableStack();
  const ca = createAuthority();
  const guest = cleanup.use(await startGuest({ hostOctets: [1, 10, 11, 12], ca: ca.certificate }));
  const [first, second] = [guest.address(1), guest.address(12)];
  const allowed = cleanup.use(await startRegistry({ host: guest.address(10), names: [ALLOWED], ca }));
  const other = cleanup.use(await startRegistry({ host: guest.address(11), names: [OTHER], ca }));
  const names: Record<string, string> = {
    [ALLOWED]: guest.address(10),
    [OTHER]: guest.address(11),
    'registry-1.docker.io': guest.address(11),
  };
  const upstream = await startDnsStub(
    ({ name, type }) => {
      const data = names[name.toLowerCase()];
      if (data === undefined) return { flags: 3 };
      return type === 'A' ? [{ type, name, ttl: 0, data }] : [];
    },
    second,
    53,
  );
  cleanup.defer(() => upstream.close());

  const docker: GuestScene['docker'] = async (args, options) => {
    await using cli = await dockerCli(guest.dockerSocket);
    return cli.run(args, options);
  };
  await using cli = await dockerCli(guest.dockerSocket);
  await waitFor('the engine', async () => (await cli.run(['version'])).code === 0);
  await importImage(cli, 'app:1', ['busybox']);
  for (const { address } of [allowed, other]) await seedRegistry(cli, 'app:1', address);

  const at = (port: number) => [`${first}:${port}`, `${second}:${port}`];
  const gateway = await startGateway({
    upstreams: [upstream.address],
    config: {
      dns: { engine: at(5301), workload: at(5303) },
      proxy: at(3128),
      allowFrom: [`${guest.subnet}.0/24`],
    },
  });
  cleanup.defer(() => gateway.stop());
  await gateway.program({ contact: CONTACT, registries: [{ address: ALLOWED }] });

  const folder = await mkdtemp(join(tmpdir(), 'portcullis-guest-files-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  await runOrThrow(runCommand, [
    ...CLI,
    'engine',
    'guest-files',
    '--lima',
    '--colima',
    '--rancher',
    '--host',
    second,
    '--out',
    folder,
  ]);
  // WSL's guest finds the gateway itself.
  await runOrThrow(runCommand, [...CLI, 'engine', 'guest-files', '--wsl', '--out', folder]);
  const made = cleanup.move();
  return {
    ...{ guest, first, second, gateway, other, upstream, folder, docker },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}
