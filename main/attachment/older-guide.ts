import type { Machine } from './machine.ts';
import { INTERFACE } from './names.ts';
import type { GatewayAddresses } from './record.ts';

/** The files that administrators were told to write by hand before there was a command, and what each line of them may be. */
const FILES: readonly { path: string; lines: (gateway: GatewayAddresses) => readonly RegExp[] }[] = [
  {
    path: '/etc/systemd/system/docker.service.d/portcullis.conf',
    lines: ({ proxy }) => [
      /^\[(Unit|Service)\]$/,
      /^(Wants|After)=portcullis-gateway\.service$/,
      new RegExp(
        `^Environment=("?(HTTPS?_PROXY=http://${proxy.host.replaceAll('.', '\\.')}:${proxy.port}|NO_PROXY=\\.direct\\.\\S+|GODEBUG=netdns=go)"? ?)+$`,
      ),
    ],
  },
  {
    path: '/etc/systemd/network/50-portcullis.netdev',
    lines: () => [/^\[NetDev\]$/, new RegExp(`^Name=${INTERFACE}$`), /^Kind=dummy$/],
  },
  {
    path: '/etc/systemd/network/50-portcullis.network',
    lines: () => [/^\[(Match|Network)\]$/, new RegExp(`^Name=${INTERFACE}$`), /^Address=[0-9a-f.:/]+$/],
  },
];

/**
 * Those that are on this machine and contain nothing else: an attachment takes their place. A file with anything more in it is somebody's
 * own, and is left alone.
 */
export async function olderFiles(machine: Machine, gateway: GatewayAddresses): Promise<string[]> {
  const found: string[] = [];
  for (const { path, lines } of FILES) {
    const text = await machine.read(path);
    if (text === null) continue;
    const allowed = lines(gateway);
    const said = text.split('\n').map((line) => line.trim());
    if (said.every((line) => line === '' || line.startsWith('#') || allowed.some((pattern) => pattern.test(line)))) {
      found.push(path);
    }
  }
  return found;
}
