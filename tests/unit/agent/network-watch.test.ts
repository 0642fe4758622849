import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { watchNetwork } from '../../../main/agent/network-watch.ts';
import { manualClock } from '../../support/manual-clock.ts';

function at(address: string, internal = false): NetworkInterfaceInfo {
  return { address, internal, family: 'IPv4', netmask: '255.255.255.0', mac: '00:00:00:00:00:00', cidr: null };
}

describe('the watch for another network', () => {
  it('notices new and lost addresses, once each, but not those of the machine alone', () => {
    const clock = manualClock();
    let interfaces: Record<string, NetworkInterfaceInfo[]> = { lo: [at('127.0.0.1', true)], eth0: [at('192.0.2.7')] };
    let changes = 0;
    const stop = watchNetwork(
      clock,
      () => interfaces,
      () => {
        changes += 1;
      },
    );
    const changesWith = (next: typeof interfaces): number => {
      interfaces = next;
      clock.advance(60_000);
      return changes;
    };
    expect(changesWith({ ...interfaces })).toBe(0);
    expect(changesWith({ ...interfaces, lo: [at('127.0.0.1', true), at('127.0.0.2', true)] })).toBe(0);
    expect(changesWith({ ...interfaces, wlan0: [at('198.51.100.4')] })).toBe(1);
    expect(changesWith({ lo: interfaces.lo ?? [] })).toBe(2);
    stop();
    expect(changesWith({})).toBe(2);
  });
});
