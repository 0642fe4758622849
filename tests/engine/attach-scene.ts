import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createAuthority } from '../../main/demo/outside/certificates.ts';
import { connectRpc } from '../../main/platform/net/json-rpc.ts';
import type { CommandText } from '../../main/platform/process/run-command.ts';
import { controlEvents, controlMethods, MAX_CONTROL_LINE } from '../../shared/schemas/control-schema.ts';
import { waitFor } from '../support/background-process.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { type DockerCli, dockerCli } from '../support/docker-cli.ts';
import type { ControlClient } from '../support/gateway.ts';
import { importImage, seedRegistry } from '../support/image.ts';
import { createPolicySigner, type PolicySigner } from '../support/policy-signer.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { PROJECT, type SystemdGuest, startGuest, writeInGuest } from '../support/systemd-guest.ts';
import { ALLOWED, CONTACT, OTHER } from './scene.ts';

/** Our command line in the guest, as root. */
export const CLI = [join(PROJECT, 'node_modules/.bin/node'), join(PROJECT, 'main/cli/index.ts')];

/** A machine with a Docker Engine and an installed gateway that nothing points at, and two registries outside. */
export interface AttachScene extends AsyncDisposable {
  readonly guest: SystemdGuest;
  readonly registries: { readonly allowed: TestRegistry; readonly other: TestRegistry };
  /** The guest's resolver before anything is attached. */
  readonly upstream: DnsStub;
  readonly names: Record<string, string>;
  /** `docker` in front of the guest's engine, whichever boot it is. */
  docker(args: readonly string[], options?: Parameters<DockerCli['run']>[1]): Promise<CommandText>;
  portcullis(...args: string[]): Promise<CommandText>;
  /** Programs a policy that allows these. */
  allow(...addresses: string[]): Promise<void>;
  control(): Promise<ControlClient>;
  /** Signs the policies, and is to be pinned. */
  readonly signer: PolicySigner;
}

/** @param from where the gateway comes: installed from this checkout, or not there yet. */
export async function startAttachScene(from: 'checkout' | 'nowhere' = 'checkout'): Promise<AttachScene> {
  await using cleanup = new AsyncDisposableStack();
  const ca = createAuthority();
  const guest = cleanup.use(await startGuest({ hostOctets: [1, 10, 11, 12], ca: ca.certificate }));
  const registries = {
    allowed: cleanup.use(await startRegistry({ host: guest.address(10), names: [ALLOWED], ca })),
    other: cleanup.use(await startRegistry({ host: guest.address(11), names: [OTHER], ca })),
  };
  const names: Record<string, string> = { [ALLOWED]: guest.address(10), [OTHER]: guest.address(11) };
  const upstream = await startDnsStub(
    ({ name, type }) => {
      const data = names[name.toLowerCase()];
      if (data === undefined) return { flags: 3 };
      return type === 'A' ? [{ type, name, ttl: 0, data }] : [];
    },
    guest.address(1),
    53,
  );
  cleanup.defer(() => upstream.close());

  const docker: AttachScene['docker'] = async (args, options) => {
    await using cli = await dockerCli(guest.dockerSocket);
    return cli.run(args, options);
  };
  await using cli = await dockerCli(guest.dockerSocket);
  await waitFor('the engine', async () => (await cli.run(['version'])).code === 0);
  await importImage(cli, 'app:1', ['sleep', 'cat', 'getent', 'busybox']);
  await seedRegistry(cli, 'app:1', registries.allowed.address);
  await seedRegistry(cli, 'app:1', registries.other.address);

  const signer = await createPolicySigner();
  if (from === 'checkout') await installCheckout(guest, signer);

  let revision = 0;
  const scene: Omit<AttachScene, keyof AsyncDisposable> = {
    ...{ guest, registries, upstream, names, docker, signer },
    portcullis: (...args) => guest.exec([...(from === 'checkout' ? CLI : ['portcullis']), ...args]),
    async allow(...addresses) {
      revision += 1;
      const client = await scene.control();
      const registries = addresses.map((address) => ({ address }));
      await client.call('program', {
        ...{ policyFile: '/nowhere', membershipFile: '/nowhere' },
        policy: await signer.policy({ revision, contact: CONTACT, registries }),
        membership: await signer.membership({ org: 'acme' }),
      });
      client.close();
    },
    async control() {
      // It may be about to start.
      const socket = await waitFor('the gateway', async () => {
        const attempt = connect(join(guest.root, 'run/portcullis/control.sock'));
        return once(attempt, 'connect').then(
          () => attempt,
          () => null,
        );
      });
      return connectRpc(socket, controlMethods, controlEvents, { maxLine: MAX_CONTROL_LINE });
    },
  };
  const made = cleanup.move();
  return { ...scene, [Symbol.asyncDispose]: () => made.disposeAsync() };
}

async function installCheckout(guest: SystemdGuest, signer: PolicySigner): Promise<void> {
  await guest.ok('useradd', '--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'portcullis');
  const unit = await readFile(join(PROJECT, 'build/portcullis-gateway.service'), 'utf8');
  await writeInGuest(
    guest,
    '/usr/lib/systemd/system/portcullis-gateway.service',
    unit.replace('/usr/bin/portcullis', CLI.join(' ')),
  );
  await writeInGuest(guest, '/etc/portcullis/registry.json', '{"allowedOrgs":["acme"]}\n');
  await writeInGuest(
    guest,
    '/etc/portcullis/portcullis.json',
    `${JSON.stringify({ policyKeys: { keys: [signer.publicKey] } })}\n`,
  );
  await guest.ok('systemctl', 'daemon-reload');
}
