import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildGatewayDeb } from '../../build/linux/deb.ts';
import { releaseOf } from '../../build/release.ts';
import { type AttachScene, startAttachScene } from '../engine/attach-scene.ts';
import { ALLOWED, OTHER, REFUSAL } from '../engine/scene.ts';
import { PROJECT, writeInGuest } from '../support/systemd-guest.ts';

/** A machine with a Docker Engine that the role takes over, and gives back. */
let scene: AttachScene;

beforeAll(async () => {
  const program = join(inject('built'), 'program/linux-x64');
  const options = { ...releaseOf(PROJECT), architecture: 'amd64', compression: 'none' } as const;
  const deb = await buildGatewayDeb(PROJECT, program, join(inject('built'), 'deb-for-ansible'), options);
  scene = await startAttachScene('nowhere');
  await cp(deb, join(scene.guest.root, 'srv', basename(deb)));
  const wanted = {
    portcullis_package: `/srv/${basename(deb)}`,
    portcullis_organizations: ['acme'],
    portcullis_hub: 'https://hub.acme.example',
    portcullis_policy_keys: { keys: [scene.signer.publicKey] },
    portcullis_settings: { supportContact: 'it@acme.example' },
  };
  await writeInGuest(scene.guest, '/root/wanted.json', JSON.stringify(wanted));
  await writeInGuest(scene.guest, '/etc/dpkg/dpkg.cfg.d/tests', 'force-unsafe-io\n');
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** @returns how many tasks changed something. */
async function play(...more: string[]): Promise<number> {
  const ansible = ['ansible-playbook', '-i', 'localhost,', '-c', 'local', '-e', '@/root/wanted.json', ...more];
  const { code, stdout, stderr } = await scene.guest.exec(
    ['env', 'HOME=/root', 'LC_ALL=C.UTF-8', ...ansible, join(PROJECT, 'build/mdm/ansible/site.yml')],
    { timeout: 400_000 },
  );
  const [, changed] = /changed=(\d+) .*failed=0/.exec(stdout) ?? [];
  if (code !== 0 || changed === undefined) throw new Error(`the play failed: ${stdout.slice(-3000)}${stderr}`);
  return Number(changed);
}

async function pull(registry: string) {
  await scene.docker(['rmi', '--force', `${registry}/app:1`]);
  const { code, stdout, stderr } = await scene.docker(['pull', `${registry}/app:1`]);
  return { code, said: stdout + stderr };
}

describe('the Ansible role, on a machine with the real package and a real engine', () => {
  it('installs, configures, attaches and proves: one pull is allowed, and another one blocked', async () => {
    expect(await play()).toBe(4);
    await scene.allow(ALLOWED);
    expect(await pull(ALLOWED)).toMatchObject({ code: 0 });
    expect(await pull(OTHER)).toMatchObject({ code: 1, said: expect.stringContaining(REFUSAL) });
  });

  it('changes nothing that is as it should be, and attaches what somebody has detached', async () => {
    expect(await play()).toBe(0);
    await scene.guest.ok('portcullis', 'engine', 'detach');
    expect(await play()).toBe(1);
    expect(await pull(OTHER)).toMatchObject({ code: 1, said: expect.stringContaining(REFUSAL) });
  });

  it('takes everything away, and the engine pulls what it likes', async () => {
    expect(await play('-e', 'portcullis_state=absent')).toBe(3);
    const { stdout } = await scene.guest.sh(
      'ls -d /etc/portcullis /usr/bin/portcullis /var/lib/portcullis 2>/dev/null; dpkg -l | grep portcullis',
    );
    expect(stdout).toBe('');
    expect(await pull(OTHER)).toMatchObject({ code: 0 });
  });
});
