import { GUEST_PORTS, type GuestHost, systemdGuestScript } from './guest-script.ts';
import { rancherScript } from './rancher-script.ts';

export const guestKinds = ['lima', 'colima', 'wsl', 'rancher', 'docker-desktop'] as const;
export type GuestKind = (typeof guestKinds)[number];

/** One file of what a guest is provisioned with. */
export interface GuestFile {
  /** Below a folder of its guest's name. */
  readonly name: string;
  /** Where it belongs, one line each. */
  readonly places: readonly string[];
  /** What to do where there is such a file already; null where it is ours alone. */
  readonly merge: string | null;
  readonly content: string;
  readonly mode: number;
}

/** Lima's user network: the loopback of the host (https://lima-vm.io/docs/config/network/user/). Colima and Rancher Desktop use Lima. */
const LIMA_HOST = '192.168.5.2';
/** The same in the user network of Rancher Desktop on Windows (gvisor-tap-vsock). */
const RANCHER_WINDOWS_HOST = '192.168.127.254';

const PROVISION = 'If the file exists, add the entry to its list "provision"; the rest of the file stays.';

/** @param address of the host as the guest sees it; null for the usual one of the guest. */
export function guestFiles(kind: GuestKind, address: string | null): GuestFile[] {
  const host: GuestHost = { kind: 'address', address: address ?? LIMA_HOST };
  switch (kind) {
    case 'lima':
      return [
        {
          name: 'override.yaml',
          places: [
            '$LIMA_HOME/_config/override.yaml (~/.lima/_config/override.yaml): all instances, from their next start',
          ],
          ...{ merge: PROVISION, mode: 0o644 },
          content: provisionYaml('system', systemdGuestScript({ host, isWsl: false })),
        },
        gatewayConfig(),
      ];
    case 'colima':
      return [
        {
          name: 'colima.yaml',
          places: [
            '~/.colima/PROFILE/colima.yaml: this profile (default: "default"), from its next start',
            '~/.colima/_templates/default.yaml: profiles that are made later',
          ],
          ...{ merge: PROVISION.replace('If the file exists, add', 'Add'), mode: 0o644 },
          content: provisionYaml('after-boot', systemdGuestScript({ host, isWsl: false })),
        },
        gatewayConfig(),
      ];
    case 'wsl':
      return [
        {
          name: 'portcullis-guest.sh',
          places: [
            'any folder; then, for each distribution: wsl -d NAME -u root -- sh ./portcullis-guest.sh',
            'it installs itself as /etc/portcullis/guest.sh and runs at each boot',
          ],
          ...{ merge: null, mode: 0o755 },
          content: systemdGuestScript({
            host: address === null ? { kind: 'default-route' } : host,
            isWsl: true,
          }),
        },
        {
          name: 'wsl.conf',
          places: ['/etc/wsl.conf in each distribution; takes effect after: wsl --shutdown'],
          ...{
            merge: 'If the file exists, set these two in it; the script writes the file only where there is none.',
            mode: 0o644,
          },
          content: '[boot]\nsystemd=true\n\n[network]\ngenerateResolvConf=false\n',
        },
        {
          name: 'wslconfig',
          places: ['%UserProfile%\\.wslconfig; takes effect after: wsl --shutdown'],
          ...{
            merge: 'If the file exists, set these three in it (check it with --check-wslconfig FILE).',
            mode: 0o644,
          },
          content: '[wsl2]\nnetworkingMode=nat\ndnsTunneling=false\nautoProxy=false\n',
        },
      ];
    case 'rancher':
      return [
        {
          name: 'override.yaml',
          places: [
            'macOS: ~/Library/Application Support/rancher-desktop/lima/_config/override.yaml',
            'Linux: ~/.local/share/rancher-desktop/lima/_config/override.yaml',
          ],
          ...{ merge: PROVISION, mode: 0o644 },
          content: provisionYaml('system', rancherScript(host)),
        },
        {
          name: 'portcullis.start',
          places: ['Windows: %LOCALAPPDATA%\\rancher-desktop\\provisioning\\portcullis.start'],
          ...{ merge: null, mode: 0o755 },
          content: rancherScript({ kind: 'address', address: address ?? RANCHER_WINDOWS_HOST }),
        },
        gatewayConfig(),
      ];
    case 'docker-desktop':
      return [adminSettings(address), gatewayConfig()];
  }
}

/**
 * Docker Desktop connects from the host, by the proxy in its settings: https://docs.docker.com/enterprise/security/hardened-desktop/settings-management/settings-reference/
 * `proxy` is for what the engine pulls. `containersProxy` is for all that containers send, which the allowlist of registries would cut off,
 * so it is left as it is.
 */
function adminSettings(address: string | null): GuestFile {
  const proxy = `http://${address ?? '127.0.0.1'}:${GUEST_PORTS.proxy}`;
  const content = {
    configurationFileVersion: 2,
    proxy: { locked: true, mode: 'manual', http: proxy, https: proxy, exclude: [] },
  };
  return {
    name: 'admin-settings.json',
    places: [
      'macOS: /Library/Application Support/com.docker.docker/admin-settings.json',
      'Windows: %ProgramData%\\DockerDesktop\\admin-settings.json',
      'Linux: /usr/share/docker-desktop/admin-settings.json',
      'it takes effect when Docker Desktop starts and its user signs in (docs/guests.md)',
    ],
    merge: 'If the file exists, replace its member "proxy"; the rest of the file stays.',
    content: `${JSON.stringify(content, null, 2)}\n`,
    mode: 0o644,
  };
}

/** A literal block (YAML 1.2 section 8.1.2) holds any text without tabs before its first character in a line's indentation. */
function provisionYaml(mode: string, script: string): string {
  const lines = script.replace(/\n$/, '').split('\n');
  return [
    `provision:`,
    `- mode: ${mode}`,
    '  script: |',
    ...lines.map((line) => (line === '' ? '' : `    ${line}`)),
    '',
  ].join('\n');
}

/** On the host's loopback, which the user network of these guests leads to. Nobody on the network reaches it. */
function gatewayConfig(): GuestFile {
  const content = {
    stateDir: '/var/lib/portcullis',
    control: '/var/run/portcullis/control.sock',
    dns: { engine: [`127.0.0.1:${GUEST_PORTS.engine}`], workload: [`127.0.0.1:${GUEST_PORTS.workload}`] },
    proxy: [`127.0.0.1:${GUEST_PORTS.proxy}`],
    allowFrom: ['127.0.0.0/8'],
  };
  return {
    name: 'gateway.json',
    places: ['the host, for: portcullis gateway run --config gateway.json (docs/gateway.md)'],
    merge: 'If this host has a gateway already, add these addresses to its lists.',
    content: `${JSON.stringify(content, null, 2)}\n`,
    mode: 0o644,
  };
}
