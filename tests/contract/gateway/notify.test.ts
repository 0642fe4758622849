import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { type NotifyReceiver, openNotifyReceiver } from '../../support/notify-receiver.ts';

const isRoot = process.platform === 'linux' && process.geteuid?.() === 0;

describe.runIf(process.platform === 'linux')('a gateway that a service manager waits for', () => {
  let folder: string;
  let gateway: TestGateway | undefined;
  let manager: NotifyReceiver | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-notify-'));
  });
  afterEach(async () => {
    await gateway?.stop();
    manager?.close();
    gateway = undefined;
    manager = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  async function startWith(name: string, config = {}): Promise<{ gateway: TestGateway; manager: NotifyReceiver }> {
    const receiver = await openNotifyReceiver(name);
    if (receiver === null) throw new Error('koffi is not installed');
    manager = receiver;
    gateway = await startGateway({ config, within: (command) => ['env', `NOTIFY_SOCKET=${name}`, ...command] });
    return { gateway, manager };
  }

  async function tells(started: { gateway: TestGateway; manager: NotifyReceiver }): Promise<void> {
    const told: string[] = [];
    const read = (): string[] => {
      told.push(...started.manager.read());
      return told;
    };
    await expect.poll(read, { timeout: 20_000 }).toEqual(['READY=1']);
    // It listens by then.
    expect((await started.gateway.query('gcr.io')).rcode).toBe('NXDOMAIN');
    await started.gateway.halt();
    expect(read()).toEqual(['READY=1', 'STOPPING=1']);
    expect(started.gateway.log()).not.toContain('could not be told');
  }

  it('says when it listens, and when it stops', async () => {
    await tells(await startWith(join(folder, 'notify')));
  });

  it('says so to an abstract name', async () => {
    await tells(await startWith(`@portcullis-${randomUUID()}`));
  });

  it.runIf(isRoot)('says so to a socket that only root can write to, though it is another user by then', async () => {
    const hidden = join(folder, 'hidden');
    await mkdir(hidden, { mode: 0o700 });
    await chmod(hidden, 0o700);
    await tells(await startWith(join(hidden, 'notify'), { user: 'nobody' }));
  });

  it.each([
    ['nobody listens there', '/nowhere/notify'],
    ['it is no name', 'vsock:2:1234'],
  ])('runs all the same where %s', async (_why, name) => {
    gateway = await startGateway({ within: (command) => ['env', `NOTIFY_SOCKET=${name}`, ...command] });
    expect((await gateway.query('gcr.io')).rcode).toBe('NXDOMAIN');
    expect(gateway.log()).toContain('service manager could not be told');
  });
});

it('has a unit that waits for it', async () => {
  const unit = await readFile(join(import.meta.dirname, '../../../build/portcullis-gateway.service'), 'utf8');
  expect(unit).toMatch(/^Type=notify$/m);
  expect(unit).toMatch(/^NotifyAccess=all$/m);
});
