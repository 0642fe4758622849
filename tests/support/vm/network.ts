/** Of an interface of the network in which the layer runs: not of its loopback, whose addresses the gateway takes for its own. */
export const ADDRESSES = { resolver: '10.77.0.1', allowed: '10.77.0.10', other: '10.77.0.11' } as const;

/** The command in a network of its own, which ends with it: nobody else is reached, and all ports are free. */
export function withinVmNetwork(command: readonly string[]): string[] {
  const addresses = Object.values(ADDRESSES).map((address) => `ip address add ${address}/32 dev outside`);
  const links = ['ip link set lo up', 'ip link add outside type bridge', 'ip link set outside up'];
  const script = ['set -e', ...links, ...addresses, 'exec "$@"'].join('; ');
  return ['unshare', '--net', '--', 'sh', '-c', script, 'sh', ...command];
}
