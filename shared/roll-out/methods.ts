import type { RollOutFormat } from '../schemas/hub/roll-out.ts';

/** What an administrator manages machines with. */
export const ROLL_OUT_METHODS = [
  'debian',
  'ansible',
  'windows-installer',
  'intune',
  'group-policy',
  'macos',
  'files',
] as const;
export type RollOutMethod = (typeof ROLL_OUT_METHODS)[number];

export interface RollOutValues {
  readonly organization: string;
  /** An origin. */
  readonly hub: string;
}

interface Steps {
  /** To download. */
  readonly files: readonly RollOutFormat[];
  /** To paste, or null where there is nothing to type. Names of organizations and origins need no quoting in any of them. */
  readonly commands: (values: RollOutValues) => string | null;
}

/** The same as in docs/install-linux.md, docs/install-windows.md and the page of each device management. */
export const rollOutSteps: Record<RollOutMethod, Steps> = {
  debian: {
    files: ['policy-keys'],
    commands: ({ organization, hub }) =>
      [
        'sudo install -m 600 policy-keys.json /root/policy-keys.json',
        "sudo debconf-set-selections <<'END'",
        `portcullis-gateway portcullis-gateway/organizations string ${organization}`,
        `portcullis-gateway portcullis-gateway/hub string ${hub}`,
        'portcullis-gateway portcullis-gateway/policy-keys-file string /root/policy-keys.json',
        'portcullis-gateway portcullis-gateway/attach select now',
        'END',
        'sudo DEBIAN_FRONTEND=noninteractive apt-get install --yes ./portcullis-gateway_*.deb',
      ].join('\n'),
  },
  ansible: {
    files: ['policy-keys'],
    commands: ({ organization, hub }) =>
      [
        '# group_vars/all.yml',
        `portcullis_organizations: ["${organization}"]`,
        `portcullis_hub: "${hub}"`,
        `portcullis_policy_keys: "{{ lookup('file', 'policy-keys.json') | from_json }}"`,
      ].join('\n'),
  },
  'windows-installer': {
    files: ['policy-keys'],
    commands: ({ organization, hub }) =>
      `msiexec /i portcullis-gateway.msi /qn /L*V %TEMP%\\portcullis.log ALLOWEDORG="${organization}" HUB=${hub} POLICYKEYSFILE=C:\\deploy\\policy-keys.json`,
  },
  intune: { files: ['intune'], commands: () => null },
  'group-policy': { files: ['reg'], commands: () => 'reg.exe import portcullis.reg' },
  macos: { files: ['mobileconfig'], commands: () => null },
  files: {
    files: ['registry-json', 'portcullis-json', 'plist'],
    commands: () =>
      [
        'sudo install -d -m 755 /etc/portcullis',
        'sudo install -m 644 registry.json portcullis.json /etc/portcullis/',
        'sudo portcullis engine attach --restart',
      ].join('\n'),
  },
};

/** What shows on a machine whether it worked: each exits with 0 only if so. */
export const CHECK_COMMANDS = [
  'portcullis managed-config check',
  'portcullis gateway status',
  'portcullis status --check',
];
