import { closeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { formatSocketAddress, type SocketAddress } from '../../platform/net/socket-address.ts';
import type { DescriptorStore } from '../../platform/process/service-manager.ts';
import { bindProblem } from '../bind-problem.ts';
import { pickAddress } from '../dns/pick-address.ts';
import type { ListeningSockets, Protocol } from '../native/listening-sockets.ts';

/** An address of the gateway, and how many sockets it has for each protocol: for DNS one for each thread. */
export interface SocketPlace {
  address: SocketAddress;
  udp: number;
  tcp: number;
}

/**
 * The sockets on which the gateway listens, kept by the service manager too: questions and connections that come while a gateway is
 * replaced wait in them, and its successor answers.
 */
export interface KeptSockets {
  /** With the port that was picked where it was 0. */
  addressOf(place: SocketPlace): SocketAddress;
  /** A copy of one of them, for a reader that closes it. @throws Error with a `code` */
  copy(place: SocketPlace, protocol: Protocol, index: number): number;
}

/** A place with its sockets. */
export interface HeldPlace {
  address: SocketAddress;
  udp: number[];
  tcp: number[];
}

const RETRY_MS = 50;
const RETRIES = 200;

const PROTOCOLS = ['udp', 'tcp'] as const;

/** A name in the manager's store: printable and without colons (sd_pid_notify_with_fds(3)). */
export function storeName(protocol: Protocol, address: SocketAddress): string {
  return `${protocol}-${formatSocketAddress(address).replaceAll(':', '.')}`;
}

/**
 * What a start takes over, and what it lets go of. A place is taken over whole or not at all: a socket that nobody reads would still be
 * dealt its share of the questions.
 *
 * @param portOf see `ListeningSockets`: names prove nothing
 */
export function planTakeOver(
  places: readonly SocketPlace[],
  inherited: DescriptorStore['inherited'],
  portOf: ListeningSockets['portOf'],
): { held: Map<SocketPlace, HeldPlace>; dropped: DescriptorStore['inherited'] } {
  const held = new Map<SocketPlace, HeldPlace>();
  const taken = new Set<number>();
  for (const place of places) {
    const { address } = place;
    const named = (protocol: Protocol): number[] =>
      inherited.filter(({ name, fd }) => name === storeName(protocol, address) && !taken.has(fd)).map(({ fd }) => fd);
    const [udp, tcp] = [named('udp'), named('tcp')];
    const ports = new Set([
      ...udp.map((fd) => portOf(fd, 'udp', address)),
      ...tcp.map((fd) => portOf(fd, 'tcp', address)),
    ]);
    const [port = null] = ports;
    if (udp.length !== place.udp || tcp.length !== place.tcp || ports.size !== 1 || port === null) continue;
    for (const fd of [...udp, ...tcp]) taken.add(fd);
    held.set(place, { address: { host: address.host, port }, udp, tcp });
  }
  return { held, dropped: inherited.filter(({ fd }) => !taken.has(fd)) };
}

/**
 * Takes over what the predecessor left, and opens the rest. Call before privileges are dropped.
 *
 * @param sockets null where this process cannot open them itself
 * @returns null where every part of the gateway opens its own
 * @throws ProblemError of `bindProblem`
 */
export async function openKeptSockets(
  places: readonly SocketPlace[],
  store: DescriptorStore | null,
  sockets: ListeningSockets | null,
): Promise<KeptSockets | null> {
  if (store === null) return null;
  // inet_pton(3) does not know interface names (`fe80::1%eth0`).
  const usable = places.some(({ address }) => address.host.includes('%')) ? null : sockets;
  if (usable === null) {
    await letGo(store, store.inherited);
    return null;
  }
  for (const { fd } of store.inherited) usable.keepFromChildren(fd);
  const { held, dropped } = planTakeOver(places, store.inherited, usable.portOf);
  await letGo(store, dropped);
  for (const place of places) {
    if (held.has(place)) continue;
    const opened = await openPlace(place, usable, dropped.length > 0 ? RETRIES : 0);
    held.set(place, opened);
    for (const protocol of PROTOCOLS) {
      if (opened[protocol].length > 0) await store.keep(storeName(protocol, place.address), opened[protocol]);
    }
  }
  const of = (place: SocketPlace): HeldPlace => {
    const found = held.get(place);
    if (found === undefined) throw new Error('not a place of these');
    return found;
  };
  return {
    addressOf: (place) => of(place).address,
    copy(place, protocol, index) {
      const fd = of(place)[protocol][index];
      if (fd === undefined) throw new Error(`no socket ${index} for ${protocol}`);
      return usable.duplicate(fd);
    },
  };
}

async function letGo(store: DescriptorStore, dropped: DescriptorStore['inherited']): Promise<void> {
  for (const name of new Set(dropped.map((each) => each.name))) await store.forget(name);
  for (const { fd } of dropped) closeSync(fd);
}

/** @param retries while the address is in use: the manager lets go when it has read that it should */
async function openPlace(place: SocketPlace, sockets: ListeningSockets, retries: number): Promise<HeldPlace> {
  for (let left = retries; ; left -= 1) {
    try {
      return await openOnce(place, sockets);
    } catch (error) {
      const isInUse = error instanceof ProblemError && error.problem.code === 'address-in-use';
      if (!isInUse || left === 0) throw error;
    }
    await setTimeout(RETRY_MS);
  }
}

async function openOnce(place: SocketPlace, sockets: ListeningSockets): Promise<HeldPlace> {
  // Sockets that share an address do not notice another program that has it.
  const address = place.udp > 0 ? await pickAddress(place.address) : place.address;
  const held: HeldPlace = { address, udp: [], tcp: [] };
  try {
    for (const protocol of PROTOCOLS) {
      const count = place[protocol];
      while (held[protocol].length < count) held[protocol].push(sockets.open(protocol, held.address, count > 1));
    }
    const [first] = held.tcp;
    const port = first === undefined ? null : sockets.portOf(first, 'tcp', held.address);
    return port === null ? held : { ...held, address: { host: address.host, port } };
  } catch (error) {
    for (const fd of [...held.udp, ...held.tcp]) sockets.close(fd);
    throw bindProblem(address, error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}
