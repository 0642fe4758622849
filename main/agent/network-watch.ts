import type { NetworkInterfaceInfo } from 'node:os';
import type { Clock } from '../platform/time/clock.ts';

const LOOK_EVERY_MS = 5_000;

/**
 * Notices another network by a change of this machine's addresses. Node has no event for that, and asking costs next to nothing.
 *
 * @param interfaces `os.networkInterfaces`.
 * @returns how to stop.
 */
export function watchNetwork(
  clock: Clock,
  interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>,
  onChange: () => void,
): () => void {
  let known = addressesOf(interfaces());
  let cancel = clock.after(LOOK_EVERY_MS, look);

  function look(): void {
    cancel = clock.after(LOOK_EVERY_MS, look);
    const now = addressesOf(interfaces());
    const changed = now !== known;
    known = now;
    if (changed) onChange();
  }

  return () => cancel();
}

function addressesOf(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string {
  const outer = Object.values(interfaces).flatMap((addresses) => addresses?.filter(({ internal }) => !internal) ?? []);
  return outer
    .map(({ address }) => address)
    .sort()
    .join();
}
