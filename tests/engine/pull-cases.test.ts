import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/background-process.ts';
import { dockerCli } from '../support/docker-cli.ts';
import { importImage } from '../support/image.ts';
import { pullCases } from '../support/pull-cases.ts';
import { startRegistry } from '../support/registry.ts';
import { writeInGuest } from '../support/systemd-guest.ts';
import { type AttachScene, startAttachScene } from './attach-scene.ts';
import { ALLOWED, OTHER } from './scene.ts';

/** The table of docs/attachment.md, on an attached machine with registries outside and one on its own loopback. */
describe('a pull on an attached machine', () => {
  const cleanup = new AsyncDisposableStack();
  let scene: AttachScene;
  let revision: string;
  const filled = (text: string): string =>
    text.replaceAll('ALLOWED', ALLOWED).replaceAll('OTHER', OTHER).replaceAll('ADDRESS', scene.guest.address(11));

  beforeAll(async () => {
    scene = cleanup.use(await startAttachScene());
    const { guest, docker } = scene;
    for (const host of [guest.address(10), guest.address(11)]) {
      cleanup.use(await startRegistry({ host, port: 5000, names: [] }));
    }
    const config = 'version: 0.1\nstorage: { filesystem: { rootdirectory: /tmp/registry } }\nhttp: { addr: ":5000" }\n';
    await writeInGuest(guest, '/tmp/registry.yml', config);
    await guest.ok('systemd-run', '--unit=registry', 'docker-registry', 'serve', '/tmp/registry.yml');
    await waitFor(
      'the registry of the guest',
      async () => (await guest.sh('busybox wget -q -O - http://127.0.0.1:5000/v2/')).code === 0,
    );
    await engineWith({});
    await using cli = await dockerCli(guest.dockerSocket);
    await importImage(cli, 'app:1', ['sleep']);
    for (const image of [
      ...[`${guest.address(10)}/app:1`, `${guest.address(10)}/library/app:1`, `${guest.address(11)}/app:1`],
      ...[`${guest.address(10)}:5000/app:1`, `${guest.address(11)}:5000/app:1`],
      ...['localhost:5000/app:1', 'localhost:5000/library/app:1'],
    ]) {
      await docker(['tag', 'app:1', image]);
      const pushed = await docker(['push', image]);
      expect({ image, ...pushed }).toMatchObject({ code: 0 });
      await docker(['rmi', image]);
    }
    await docker(['rmi', '--force', 'app:1']);
    // A name that only the search list completes.
    scene.names['short.corp.test'] = guest.address(10);
    await guest.ok('sh', '-c', 'echo "search corp.test" >>/etc/resolv.conf');
    const attached = await scene.portcullis('engine', 'attach', '--restart');
    expect(attached).toMatchObject({ code: 0, stderr: '' });
    revision = '';
  });
  afterAll(() => cleanup.disposeAsync());

  /** Starts the engine with these mirrors, if it has others. */
  async function engineWith({ mirror }: { mirror?: string }): Promise<void> {
    const { guest } = scene;
    const config = JSON.stringify({
      'insecure-registries': [ALLOWED, OTHER, 'short', guest.address(10), guest.address(11)].map(
        (host) => `${host}:5000`,
      ),
      ...(mirror === undefined ? {} : { 'registry-mirrors': [mirror] }),
    });
    if (config === revision) return;
    revision = config;
    await writeInGuest(guest, '/etc/docker/daemon.json', config);
    await guest.sh('systemctl reset-failed docker');
    await guest.ok('systemctl', 'restart', 'docker');
  }

  it.each(pullCases)('$title: $outcome', async ({ image, mirror, hosts, allowed, outcome, says }) => {
    await engineWith(mirror === undefined ? {} : { mirror: filled(mirror) });
    await scene.allow(ALLOWED, ...(allowed === undefined ? [] : [filled(allowed)]));
    if (hosts !== undefined)
      await scene.guest.ok('sh', '-c', `cp -p /etc/hosts /tmp/hosts; echo '${filled(hosts)}' >>/etc/hosts`);
    const before = scene.registries.other.requests().length;
    const pull = async () => {
      await scene.docker(['rmi', '--force', filled(image)]);
      return scene.docker(['pull', filled(image)]);
    };
    try {
      // The gateway reads a changed hosts file anew every few seconds.
      const { code, stdout, stderr } = await (hosts === undefined
        ? pull()
        : waitFor('the hosts file to be read', async () => {
            const result = await pull();
            return (result.code === 0) === (outcome === 'pulled') && result;
          }));
      expect({ code, says: stdout + stderr }).toEqual({
        code: outcome === 'pulled' ? 0 : 1,
        says: expect.stringContaining(filled(says)),
      });
      if (outcome === 'blocked' && !says.startsWith('x509')) {
        expect(scene.registries.other.requests().length).toBe(before);
      }
    } finally {
      if (hosts !== undefined) await scene.guest.ok('cp', '-p', '/tmp/hosts', '/etc/hosts');
    }
  });
});
