import { expect, it } from 'vitest';
import { openUpstreams } from '../../../main/gateway/upstreams.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { formatSocketAddress, type SocketAddress } from '../../../main/platform/net/socket-address.ts';
import { manualClock } from '../../support/manual-clock.ts';

const own: SocketAddress[] = [{ host: '10.200.0.1', port: 53 }];

/** Resolvers of a system whose resolv.conf says what `system.text` says; null: it cannot be read. */
async function following(text: string | null) {
  const clock = manualClock(0);
  const system = { text };
  const reads: string[] = [];
  const upstreams = await openUpstreams('system', own, {
    ...{ clock, log: silentLogger() },
    resolvConf: {
      path: null,
      async read() {
        reads.push(system.text ?? 'unreadable');
        if (system.text === null) throw new Error('EIO');
        return system.text;
      },
    },
  });
  const changes: string[][] = [];
  const stop = await upstreams.follow(own, (changed) => changes.push(changed.map(formatSocketAddress)));
  return {
    ...{ system, changes, stop },
    current: () => upstreams.current().map(formatSocketAddress),
    /** Lets the resolvers be read once more. */
    async check() {
      const before = reads.length;
      clock.advance(5_000);
      await expect.poll(() => reads.length).toBe(before + 1);
      // The reading is used, and the next one scheduled, in the microtasks behind it.
      await new Promise((done) => setImmediate(done));
    },
    reads,
    advance: (ms: number) => clock.advance(ms),
  };
}

it('are those that are configured, and never change', async () => {
  const upstreams = await openUpstreams(['192.0.2.1:53'], own, {
    ...{ clock: manualClock(0), log: silentLogger() },
    resolvConf: { path: null, read: () => expect.unreachable() },
  });
  await upstreams.follow(own, () => expect.unreachable());
  expect(upstreams.current()).toEqual([{ host: '192.0.2.1', port: 53 }]);
});

it('are those of the system without the gateway itself, and follow it', async () => {
  const upstreams = await following('nameserver 10.200.0.1\nnameserver 192.0.2.1\n');
  expect(upstreams.current()).toEqual(['192.0.2.1:53']);
  await upstreams.check();
  expect(upstreams.changes).toEqual([]);
  upstreams.system.text = 'nameserver 192.0.2.2\n';
  await upstreams.check();
  expect(upstreams.changes).toEqual([['192.0.2.2:53']]);
  expect(upstreams.current()).toEqual(['192.0.2.2:53']);
});

it('stay for one reading that is empty or fails, and are none after two', async () => {
  const upstreams = await following('nameserver 192.0.2.1\n');
  upstreams.system.text = '';
  await upstreams.check();
  expect(upstreams.current()).toEqual(['192.0.2.1:53']);
  upstreams.system.text = null;
  await upstreams.check();
  expect(upstreams.changes).toEqual([[]]);
});

it('are not read any more once that is stopped', async () => {
  const upstreams = await following('nameserver 192.0.2.1\n');
  const { length } = upstreams.reads;
  upstreams.stop();
  upstreams.advance(60_000);
  expect(upstreams.reads).toHaveLength(length);
});
