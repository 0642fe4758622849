import { describe, expect, it } from 'vitest';
import { socketName } from '../../../../main/gateway/native/notify-socket.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import type { CommandOptions, CommandResult } from '../../../../main/platform/process/run-command.ts';
import { findServiceManager, type ServiceManagerParts } from '../../../../main/platform/process/service-manager.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const done: CommandResult = { kind: 'exited', code: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

function parts(change: Partial<ServiceManagerParts>): ServiceManagerParts {
  return {
    ...{ clock: manualClock(0), log: silentLogger(), pid: 7 },
    run: () => expect.unreachable('no command'),
    connect: () => expect.unreachable('no connection'),
    ...change,
  };
}

it('loads and sends nothing where nobody waits', async () => {
  for (const environment of [{}, { NOTIFY_SOCKET: '' }]) {
    const manager = await findServiceManager(environment, parts({}));
    await manager.tell('READY=1');
    expect(environment).toEqual({});
  }
});

it('waits while the queue is full', async () => {
  const sent: string[] = [];
  const clock = manualClock(0);
  let full = 3;
  const send = (state: string): void => {
    full -= 1;
    if (full >= 0) throw Object.assign(new Error('send EAGAIN'), { code: 'EAGAIN' });
    sent.push(state);
  };
  const environment = { NOTIFY_SOCKET: '/run/systemd/notify', HOME: '/' };
  const manager = await findServiceManager(environment, parts({ clock, connect: async () => ({ send, close() {} }) }));
  const told = manager.tell('READY=1');
  for (let waits = 0; waits < 3; waits += 1) {
    await expect.poll(() => clock.pending()).toEqual([50]);
    expect(sent).toEqual([]);
    clock.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await told;
  expect(sent).toEqual(['READY=1']);
  expect(environment).toEqual({ HOME: '/' });
});

it('speaks through systemd-notify where it cannot speak itself', async () => {
  const ran: [readonly string[], CommandOptions | undefined][] = [];
  const run: ServiceManagerParts['run'] = async (command, options) => {
    ran.push([command, options]);
    return done;
  };
  const environment = { NOTIFY_SOCKET: '@name', PATH: '/usr/bin' };
  const manager = await findServiceManager(environment, parts({ run, connect: async () => null }));
  await manager.tell('READY=1');
  expect(ran).toEqual([
    [['systemd-notify', 'READY=1'], { env: { PATH: '/usr/bin', NOTIFY_SOCKET: '@name' }, timeout: expect.any(Number) }],
  ]);
});

it('never fails the gateway', async () => {
  const broken = { connect: () => Promise.reject(new Error('connect ENOENT')) };
  await (await findServiceManager({ NOTIFY_SOCKET: '/gone' }, parts(broken))).tell('READY=1');
  const deaf = {
    connect: async () => ({
      send() {
        throw Object.assign(new Error('send ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
      close() {},
    }),
  };
  await (await findServiceManager({ NOTIFY_SOCKET: '/deaf' }, parts(deaf))).tell('STOPPING=1');
});

it.each([
  ['/a', [1, 0, 47, 97, 0]],
  ['@a', [1, 0, 0, 97]],
])('writes the name %s as unix(7) has it', (name, bytes) => {
  expect([...socketName(name)]).toEqual(bytes);
});

it.each(['', '/', '@', 'relative', 'vsock:2:1234', `/${'x'.repeat(107)}`, `@${'x'.repeat(108)}`, '/a\0b'])(
  'takes %j for no name',
  (name) => {
    expect(() => socketName(name)).toThrow(/no name/);
  },
);

it('takes the longest names there are', () => {
  expect(socketName(`/${'x'.repeat(106)}`)).toHaveLength(110);
  expect(socketName(`@${'x'.repeat(107)}`)).toHaveLength(110);
});

describe('descriptors that outlive the process', () => {
  const handed = { LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'a:b:b' };

  async function managed(environment: NodeJS.ProcessEnv) {
    const sent: [string, readonly number[] | undefined][] = [];
    const connect = async () => ({
      send: (message: string, descriptors?: readonly number[]) => void sent.push([message, descriptors]),
      close() {},
    });
    const manager = await findServiceManager(environment, parts({ connect }));
    return { sent, store: manager.descriptors };
  }

  it('are those that the manager hands to this process', async () => {
    const environment = { ...handed, NOTIFY_SOCKET: '@name', HOME: '/' };
    const { store } = await managed(environment);
    expect(store?.inherited).toEqual([
      { name: 'a', fd: 3 },
      { name: 'b', fd: 4 },
      { name: 'b', fd: 5 },
    ]);
    expect(environment).toEqual({ HOME: '/' });
  });

  it.each([
    ['another process is meant', { LISTEN_PID: '8' }],
    ['there is no number', { LISTEN_FDS: '3x' }],
    ['nothing is handed over', { LISTEN_FDS: undefined }],
  ])('are none where %s', async (_, change) => {
    const environment = { ...handed, ...change, NOTIFY_SOCKET: '@name' };
    expect((await managed(environment)).store?.inherited).toEqual([]);
    expect(environment).toEqual({});
  });

  it('are kept and let go of by name', async () => {
    const { sent, store } = await managed({ ...handed, NOTIFY_SOCKET: '@name' });
    await store?.keep('c', [8, 9]);
    await store?.forget('a');
    await store?.forgetAll();
    await store?.forgetAll();
    expect(sent).toEqual([
      ['FDSTORE=1\nFDPOLL=0\nFDNAME=c', [8, 9]],
      ['FDSTOREREMOVE=1\nFDNAME=a', undefined],
      ['FDSTOREREMOVE=1\nFDNAME=b', undefined],
      ['FDSTOREREMOVE=1\nFDNAME=c', undefined],
    ]);
  });

  it('are let go of by systemd-notify where this process cannot send them', async () => {
    const ran: (readonly string[])[] = [];
    const run: ServiceManagerParts['run'] = async (command) => {
      ran.push(command);
      return done;
    };
    const environment = { ...handed, NOTIFY_SOCKET: '@name' };
    const manager = await findServiceManager(environment, parts({ run, connect: async () => null }));
    await manager.descriptors?.keep('c', [8]);
    await manager.descriptors?.forget('b');
    expect(ran).toEqual([['systemd-notify', 'FDSTOREREMOVE=1', 'FDNAME=b']]);
  });

  it('are with nobody where nobody waits', async () => {
    expect((await findServiceManager({ ...handed }, parts({}))).descriptors).toBeNull();
  });
});
