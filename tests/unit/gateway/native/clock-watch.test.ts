import { readdirSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openClockWatch } from '../../../../main/gateway/native/clock-watch.ts';

/** How many of this process's descriptors are timers of the kernel's. */
function timers(): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link === 'anon_inode:[timerfd]').length;
}

// That it is told when the clock is set, only a machine of its own can show: tests/vm/guests.test.ts.
describe.runIf(process.platform === 'linux')('a watch of the clock', () => {
  it('says nothing while nobody sets the clock, and leaves nothing open', async () => {
    const watchClock = await openClockWatch();
    const before = timers();
    const heard: string[] = [];
    const stop = watchClock?.({ onSet: () => heard.push('set'), onLost: () => heard.push('lost') });
    expect(timers()).toBe(before + 1);
    for (let turn = 0; turn < 3; turn += 1) await setImmediate();
    expect(heard).toEqual([]);
    stop?.();
    stop?.();
    expect(timers()).toBe(before);
  });
});

it('does not exist where Linux’s calls cannot be made', async () => {
  expect(await openClockWatch('win32', 'x64')).toBeNull();
  expect(await openClockWatch('darwin', 'arm64')).toBeNull();
  expect(await openClockWatch('linux', 'riscv64')).toBeNull();
});
