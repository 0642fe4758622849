import { existsSync, readFileSync } from 'node:fs';
import { type RunCommand, runOrThrow } from '../../platform/process/run-command.ts';
import type { Step } from './plan.ts';

/** Names and addresses of a VM's network, all derived from three octets that no other VM has. */
export interface VmNetwork {
  /** `10.200.7` */
  readonly subnet: string;
  /** Where the network namespace is mounted. */
  readonly namespaceFile: string;
  /** At most 15 characters: the kernel's limit. */
  readonly hostLink: string;
  readonly guestLink: string;
  readonly guestAddress: string;
  readonly hostAddresses: readonly string[];
}

/** @param namespaceFile a path of our own, because ip-netns(8) would leave a mount at /run/netns behind */
export function vmNetwork(subnet: string, hostOctets: readonly number[], namespaceFile: string): VmNetwork {
  const short = subnet.split('.').slice(1).join('-');
  return {
    subnet,
    namespaceFile,
    hostLink: `pcvm${short}h`,
    guestLink: `pcvm${short}g`,
    guestAddress: `${subnet}.2`,
    hostAddresses: hostOctets.map((octet) => `${subnet}.${octet}`),
  };
}

/**
 * A network namespace with a virtual cable to the host and no default route: the VM reaches the host's own addresses and nothing else, so
 * there is no way around the gateway. A container with the right to change routes can name the host as its router, and the host forwards
 * where another engine on it has turned that on: whatever comes off the cable for somebody else is dropped by a rule.
 */
export function networkSteps(network: VmNetwork, run: RunCommand): Step[] {
  const { namespaceFile, hostLink, guestLink, guestAddress, hostAddresses } = network;
  const families = existsSync('/proc/sys/net/ipv6') ? ['-4', '-6'] : ['-4'];
  // Before the tables that other programs fill, and after the host's own addresses (preference 0).
  const drop = ['preference', '1', 'iif', hostLink, 'blackhole'];
  const inGuest = ['nsenter', `--net=${namespaceFile}`, 'ip'];
  return [
    commandStep({
      title: `network namespace ${namespaceFile}`,
      commands: [
        ['touch', namespaceFile],
        ['unshare', `--net=${namespaceFile}`, 'true'],
      ],
      exists: () => isMountPoint(namespaceFile),
      remove: ['umount', namespaceFile],
    }),
    ...families.map((family) =>
      commandStep({
        title: `rule that nothing is forwarded from ${hostLink} (IPv${family.slice(1)})`,
        commands: [['ip', family, 'rule', 'add', ...drop]],
        exists: async () => {
          const { stdout } = await runOrThrow(run, ['ip', family, 'rule', 'show']);
          return stdout.split('\n').some((line) => line.includes(` iif ${hostLink} `));
        },
        remove: ['ip', family, 'rule', 'delete', ...drop],
      }),
    ),
    commandStep({
      title: `cable ${hostLink} (${hostAddresses.join(', ')}) to ${guestLink} (${guestAddress})`,
      commands: [
        ['ip', 'link', 'add', hostLink, 'type', 'veth', 'peer', 'name', guestLink, 'netns', namespaceFile],
        ...hostAddresses.map((address) => ['ip', 'address', 'add', `${address}/24`, 'dev', hostLink]),
        ['ip', 'link', 'set', hostLink, 'up'],
        [...inGuest, 'address', 'add', `${guestAddress}/24`, 'dev', guestLink],
        [...inGuest, 'link', 'set', guestLink, 'up'],
        [...inGuest, 'link', 'set', 'lo', 'up'],
      ],
      exists: () => existsSync(`/sys/class/net/${hostLink}`),
      remove: ['ip', 'link', 'delete', hostLink],
    }),
  ];

  function commandStep({
    title,
    commands,
    exists,
    remove,
  }: {
    title: string;
    commands: string[][];
    exists: () => boolean | Promise<boolean>;
    remove: string[];
  }): Step {
    return {
      title,
      async apply() {
        for (const command of commands) await runOrThrow(run, command);
      },
      async verify() {
        return (await exists()) ? null : 'missing';
      },
      async undo() {
        if (await exists()) await runOrThrow(run, remove);
      },
    };
  }
}

function isMountPoint(path: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === path);
}
