import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { waitFor } from '../support/background-process.ts';
import { createPolicySigner, type PolicySigner } from '../support/policy-signer.ts';
import { ADDRESSES } from '../support/vm/network.ts';
import { ALLOWED, CONTACT, OTHER, type Outside, REFUSAL, seed, startOutside } from '../support/vm/outside.ts';
import { startVm, type Vm } from '../support/vm/vm.ts';

/** A machine's life, in order: each step depends on the one before. */
const cleanup = new AsyncDisposableStack();
let outside: Outside;
let vm: Vm;
let signer: PolicySigner;
beforeAll(async () => {
  outside = cleanup.use(await startOutside());
  vm = cleanup.use(await startVm({ ...inject('vm'), ca: outside.ca.certificate, resolver: ADDRESSES.resolver }));
  signer = await createPolicySigner();
  await seed(vm);
  await vm.ok('useradd --system --no-create-home --shell /usr/sbin/nologin portcullis');
  const unit = await readFile(join(import.meta.dirname, '../../build/portcullis-gateway.service'), 'utf8');
  await vm.write('/usr/lib/systemd/system/portcullis-gateway.service', unit);
  await vm.write('/etc/portcullis/registry.json', '{"allowedOrgs":["acme"]}\n');
  await vm.write(
    '/etc/portcullis/portcullis.json',
    `${JSON.stringify({ policyKeys: { keys: [signer.publicKey] } })}\n`,
  );
  await vm.ok('systemctl daemon-reload');
});
afterAll(() => cleanup.disposeAsync());

async function allow(...addresses: string[]): Promise<void> {
  await vm.ok('until [ -S /run/portcullis/control.sock ]; do sleep 0.2; done');
  const control = await vm.control();
  await control.call('program', {
    ...{ policyFile: '/nowhere', membershipFile: '/nowhere' },
    policy: await signer.policy({ contact: CONTACT, registries: addresses.map((address) => ({ address })) }),
    membership: await signer.membership({ org: 'acme' }),
  });
  control.close();
}

const pull = (image: string) => vm.sh(`docker rmi --force ${image} >/dev/null 2>&1; docker pull ${image} 2>&1`);
const requests = () => outside.allowed.requests().length + outside.other.requests().length;
const mainPid = () => vm.ok('systemctl show -P MainPID docker');

/** A pull that fails, and of which no registry has heard. @returns what the engine said */
async function pullFails(image: string): Promise<string> {
  const before = requests();
  const { code, stdout } = await pull(image);
  expect({ image, code, requests: requests() - before }).toEqual({ image, code: 1, requests: 0 });
  return stdout;
}

async function expectHeld(): Promise<void> {
  const { code, stdout } = await pull(`${ALLOWED}/app:1`);
  expect({ code, said: code === 0 ? '' : stdout }).toEqual({ code: 0, said: '' });
  expect(await pullFails(`${OTHER}/app:1`)).toContain(REFUSAL);
  expect(await pullFails(`${ADDRESSES.other}/app:1`)).toContain('is blocked by acme.');
}

describe('a machine that is attached', () => {
  it('is held by one command, by the program as it is installed', async () => {
    const { code, stdout, stderr } = await vm.sh('portcullis engine attach --restart');
    expect({ code, said: code === 0 ? '' : stdout, stderr }).toEqual({ code: 0, said: '', stderr: '' });
    await allow(ALLOWED);
    await expectHeld();
    expect(await vm.sh('portcullis engine audit')).toMatchObject({ code: 0 });
  });
});

describe('somebody who sets the clock of the machine', () => {
  /** Of changes that are waited for, looks a minute apart would see one each: six take five minutes at least. */
  const CHANGES = 6;
  const AT_MOST_MS = 180_000;

  it('ends what expires by it at once, and has it back with the clock', async () => {
    const control = await vm.control();
    const inForce = async () => (await control.call('status', {})).inForce.kind;
    expect(await inForce()).toBe('policy');
    const start = performance.now();
    for (let change = 0; change < CHANGES; change += 1) {
      const isAhead = change % 2 === 0;
      await vm.ok(`date --set='${isAhead ? '+' : '-'}400 days' >/dev/null`);
      await waitFor('the policy to follow the clock', async () => (await inForce()) === (isAhead ? 'deny' : 'policy'));
    }
    expect(performance.now() - start).toBeLessThan(AT_MOST_MS);
    control.close();
    await expectHeld();
  });
});

describe('the machine booted cold, with a gateway that does not start', () => {
  it('lets nothing pass, by name or by address, though its network works', async () => {
    await vm.ok('ln -sfn /bin/false /usr/bin/portcullis; sync');
    await vm.powerOff();
    await vm.boot();
    await vm.engine();
    expect((await vm.sh('systemctl is-active portcullis-gateway')).stdout).not.toBe('active\n');
    for (const image of [
      `${ALLOWED}/app:1`,
      `${ADDRESSES.allowed}/app:1`,
      `${OTHER}/app:1`,
      `${ADDRESSES.other}/app:1`,
    ]) {
      await pullFails(image);
    }
    // Anybody but the engine gets there.
    expect(await vm.sh(`timeout 60 bash -c 'exec 3<>/dev/tcp/${ADDRESSES.other}/443'`)).toMatchObject({ code: 0 });
  });

  it('pulls what is allowed once the gateway is there, without a restart of the engine', async () => {
    const before = await mainPid();
    // systemd tries it again each second.
    await vm.ok('ln -sfn /opt/portcullis/portcullis /usr/bin/portcullis');
    await allow(ALLOWED);
    await expectHeld();
    expect(await mainPid()).toBe(before);
    await waitFor('the audit', async () => (await vm.sh('portcullis engine audit')).code === 0);
  });
});

describe('the power goes off in the middle of an attach', () => {
  it('leaves the engine held or as it was, and never a record of a wall that is not there', async () => {
    expect(await vm.sh('portcullis engine detach')).toMatchObject({ code: 0, stderr: '' });
    expect(await pull(`${OTHER}/app:1`)).toMatchObject({ code: 0 });
    // Stopped there, so that nothing more reaches the disk than what the attach itself has made sure of.
    await vm.ok(`
      portcullis engine attach --restart >/root/attach.log 2>&1 & attach=$!
      until grep -qF 'write /etc/systemd/system/docker.service.d/' /root/attach.log; do kill -0 $attach || exit 1; done
      kill -STOP $attach`);
    await vm.powerOff();
    await vm.boot();
    await vm.engine();
    const record = await vm.ok('cat /etc/portcullis/attachment/attachment.json');
    expect(JSON.parse(record)).toMatchObject({ state: 'attaching' });
    const isLedToTheWall = (await vm.sh('test -s /etc/systemd/system/docker.service.d/50-portcullis.conf')).code === 0;
    if (isLedToTheWall) await pullFails(`${ADDRESSES.other}/app:1`);
    else expect(await pull(`${OTHER}/app:1`)).toMatchObject({ code: 0 });
    // Either way somebody is told.
    expect(await vm.sh('portcullis engine audit')).toMatchObject({ code: 4 });
  });

  it('is finished by the same command', async () => {
    const { code, stdout, stderr } = await vm.sh('portcullis engine attach --restart');
    expect({ code, said: code === 0 ? '' : stdout, stderr }).toEqual({ code: 0, said: '', stderr: '' });
    await allow(ALLOWED);
    await expectHeld();
    expect(await vm.sh('portcullis engine audit')).toMatchObject({ code: 0 });
  });
});
