import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../main/agent/engines/create-engine.ts';
import { createDockerEngine } from '../../main/agent/engines/docker-engine.ts';
import { verifyReceipt } from '../../shared/policy/verify-receipt.ts';
import { DIRECT_PROBE_SUFFIX, PROBE_SUFFIX } from '../../shared/probe-names.ts';
import type { AttachmentStatus, ControlEventData } from '../../shared/schemas/control-schema.ts';
import { waitFor } from '../support/background-process.ts';
import type { ControlClient } from '../support/gateway.ts';
import { installInGuest, writeInGuest } from '../support/systemd-guest.ts';
import { type AttachScene, startAttachScene } from './attach-scene.ts';
import { ALLOWED } from './scene.ts';

let scene: AttachScene;
let control: ControlClient;
beforeAll(async () => {
  scene = await startAttachScene();
  await installInGuest(scene.guest, 'podman');
  // Its usual driver cannot work on the copy-on-write root of this machine.
  await scene.guest.ok('rm', '-rf', '/var/lib/containers');
  await writeInGuest(
    scene.guest,
    '/etc/containers/storage.conf',
    '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n',
  );
  const { code, stderr } = await scene.portcullis('engine', 'attach', '--restart');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  control = await scene.control();
});
afterAll(async () => {
  control?.close();
  await scene?.[Symbol.asyncDispose]();
});

async function attachment(client = control): Promise<AttachmentStatus | null> {
  return (await client.call('status', {})).attachment;
}

describe('a gateway as a service of a real systemd', () => {
  it('has started only once it listens', async () => {
    const { code, stdout } = await scene.guest.sh(`
      systemctl show -p Type -p NotifyAccess -p ActiveState portcullis-gateway
      for round in 1 2 3; do
        systemctl reset-failed portcullis-gateway; systemctl restart portcullis-gateway
        ss -Hltn 'sport = :3128' | grep -q LISTEN && echo listens
      done`);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Type=notify\n'),
    });
    expect(stdout.split('\n').filter((line) => line === 'listens')).toHaveLength(3);
    control = await scene.control();
  });

  it('reads root’s audit in its sandbox, as a user without any capability', async () => {
    await scene.allow(ALLOWED);
    const audited = await waitFor('the audit', async () => {
      const status = await attachment();
      return status?.kind === 'audited' && status.findings.length === 0 ? status : null;
    });
    expect(audited.engines).toContainEqual(
      expect.objectContaining({ id: 'docker', hold: 'wall', running: true, socket: 'unix:///run/docker.sock' }),
    );
  });

  it('signs that root’s own probes came by both walls, anew after its own restart, and that it knows root’s code', async () => {
    const audit = () => scene.guest.ok('systemctl', 'start', 'portcullis-engine-audit.service');
    /** By a connection of its own: each has its limit. */
    const receipt = async () => {
      await using stack = new AsyncDisposableStack();
      const client = await scene.control();
      stack.defer(() => client.close());
      const request = { aud: 'https://hub.acme.example', org: 'acme', nonce: 'n' };
      const verified = await verifyReceipt((await client.call('receipt', request)).receipt, {
        ...request,
        now: Date.now() / 1000,
      });
      if (!verified.ok) throw new Error(JSON.stringify(verified.problem));
      return verified.value;
    };
    const probed = () =>
      waitFor('root’s probes', async () => {
        await audit();
        const claims = await receipt();
        return claims.probes.length === 2 ? claims : null;
      });
    const claims = await probed();
    expect(claims).toMatchObject({ place: 'system', account: 'service', managed: 'present', keysPinned: true });
    expect(claims.probes.map(({ wall, view }) => `${wall} ${view}`).sort()).toEqual(['dns engine', 'proxy engine']);
    expect(claims.attachment).toMatchObject({ kind: 'audited', findings: [] });

    await scene.guest.ok('systemctl', 'restart', 'portcullis-gateway');
    control = await scene.control();
    const again = await probed();
    expect(again.iss).toBe(claims.iss);
    expect(again.machine).toBe(claims.machine);

    expect(again.enrolment).toBeUndefined();
    await scene.guest.sh('umask 077; echo ABCDE-FGHJK-MNPQR-STVWX-YZ012 > /etc/portcullis/enrolment-code');
    await audit();
    expect((await receipt()).enrolment).toMatchObject({ proof: expect.any(String) });
    expect(await scene.guest.sh('test ! -e /etc/portcullis/enrolment-code')).toMatchObject({ code: 0 });
  });

  it('tells at once of a wall that the audit misses', async () => {
    const listener = await scene.control();
    const open = Promise.withResolvers<void>();
    listener.on('generation', async () => {
      const status = await attachment(listener).catch(() => null);
      if (status?.kind === 'audited' && status.findings.some(({ severity }) => severity === 'open')) open.resolve();
    });
    await listener.call('subscribe', {});
    const audit = () => scene.guest.ok('systemctl', 'start', 'portcullis-engine-audit.service');
    await scene.guest.ok('nft', 'delete', 'table', 'inet', 'portcullis_guard');
    // Sooner than its timer does, which takes up to a minute.
    await audit();
    await open.promise;
    listener.close();
    // It has loaded the wall again after its report; the next one says so.
    await audit();
    await waitFor('the wall', async () => {
      const status = await attachment();
      return status?.kind === 'audited' && status.findings.length === 0;
    });
  });
});

describe('a probe through an engine behind a real wall', () => {
  /** The guest's engine lies elsewhere here than the audit says. */
  async function engine(change: (status: AttachmentStatus | null) => AttachmentStatus | null) {
    const socket = `unix://${scene.guest.dockerSocket}`;
    const { listeners, attachment: status } = await control.call('status', {});
    const here = JSON.parse(JSON.stringify(status).replaceAll('unix:///run/docker.sock', socket));
    return createEngine(
      { kind: 'linux', name: 'Docker Engine', socket },
      {
        gatewayListeners: () => ({ dns: listeners.dns.engine, proxy: listeners.proxy }),
        attachment: () => change(here),
        randomId: () => 1,
      },
    );
  }

  it('is cut off on its way past the gateway, and says so only where the audit knows of the wall', async () => {
    const elsewhere = scene.guest.address(11);
    const signal = AbortSignal.timeout(120_000);
    // NO_PROXY leads past the proxy, as an engine's own settings may.
    await scene.guest.sh(`
      mkdir -p /run/systemd/system/docker.service.d
      printf '[Service]\\nEnvironment=NO_PROXY=${elsewhere}\\n' >/run/systemd/system/docker.service.d/90-past.conf
      systemctl daemon-reload; systemctl reset-failed docker; systemctl restart docker`);
    const walled = await (await engine((status) => status)).probe(elsewhere, signal);
    expect(walled).toEqual({ kind: 'walled', detail: expect.stringContaining('no route to host') });
    expect(await (await engine(() => null)).probe(elsewhere, signal)).toMatchObject({ kind: 'no-answer' });
  });
});

describe('a probe through Podman', () => {
  it('proves both walls by its own API, as often as it is made, and leaves nothing', async () => {
    const { guest } = scene;
    await guest.ok('systemctl', 'start', 'podman.socket');
    const podman = createDockerEngine({
      ...{ kind: 'linux', name: 'Podman' },
      socket: `unix://${join(guest.root, 'run/podman/podman.sock')}`,
    });
    const signal = AbortSignal.timeout(120_000);
    expect(await podman.inspect(signal)).toMatchObject({
      ...{ kind: 'running', version: expect.stringMatching(/^\d+\.\d+/) },
      ...{ dns: { inUse: true }, proxy: { inUse: true } },
    });
    const seen: ControlEventData<'probe'>[] = [];
    control.on('probe', (sighting) => seen.push(sighting));
    await control.call('subscribe', {});
    for (const [suffix, wall] of [
      [PROBE_SUFFIX, 'proxy'],
      [DIRECT_PROBE_SUFFIX, 'dns'],
      [PROBE_SUFFIX, 'proxy'],
    ] as const) {
      const nonce = randomBytes(16).toString('hex');
      expect(await podman.probe(`n${nonce}.${suffix}`, signal)).toMatchObject({ kind: 'denied' });
      await waitFor('the probe', () => seen.find((event) => event.nonce === nonce && event.wall === wall));
    }
    expect(await guest.ok('podman', 'images', '--quiet')).toBe('');
  });
});
