import type { CatalogueRow } from './catalogue-row.ts';

/** Registries in which a vendor or project publishes its own software. */
export const VENDOR_REGISTRIES: readonly CatalogueRow[] = [
  {
    id: 'elastic',
    name: 'Elastic',
    matches: ['docker.elastic.co'],
    dedicated: true,
    companions: [
      { host: 'docker-auth.elastic.co', purpose: 'token', dedicated: true },
      {
        host: 'docker-registry-production.d24a988e385e0074d717b6bdaea58f0d.r2.cloudflarestorage.com',
        purpose: 'blobs',
        dedicated: true,
      },
    ],
    source: 'https://www.docker.elastic.co/',
    checked: '2026-11-28',
    unread: 'Elastic publishes no list of hosts that could be read; both are from pulls recorded in public code.',
  },
  {
    id: 'chainguard',
    name: 'Chainguard',
    matches: ['cgr.dev'],
    dedicated: true,
    companions: [
      { host: '9236a389bd48b984df91adc1bc924620.r2.cloudflarestorage.com', purpose: 'blobs', dedicated: true },
    ],
    source: 'https://edu.chainguard.dev/chainguard/containers/network-requirements/',
    checked: '2026-11-28',
  },
  {
    id: 'linuxserver',
    name: 'LinuxServer.io',
    matches: ['lscr.io'],
    dedicated: true,
    companions: [
      {
        host: 'ghcr.io',
        purpose: 'token',
        dedicated: true,
        optIn: true,
        note: {
          en: 'lscr.io stands in front of GitHub Container Registry, which issues the tokens. Anyone can publish there.',
          de: 'lscr.io steht vor GitHub Container Registry, die die Tokens ausstellt. Dort kann jeder veröffentlichen.',
        },
      },
      { host: 'pkg-containers.githubusercontent.com', purpose: 'blobs', dedicated: true },
    ],
    source: 'https://github.com/getwud/wud/issues/143',
    checked: '2026-11-28',
    unread: 'LinuxServer.io documents no hosts; the thread shows the challenge that names ghcr.io.',
  },
  {
    id: 'oracle',
    name: 'Oracle Container Registry',
    matches: ['container-registry.oracle.com', 'container-registry-<mirror>.oracle.com'],
    dedicated: true,
    companions: [],
    source: 'https://docs.oracle.com/en/operating-systems/oracle-linux/podman/podman-UsingContainerRegistries.html',
    checked: '2026-11-28',
    unread: 'Its token comes from the same host (/auth), as its challenge says; the page names no host for layers.',
  },
  {
    id: 'suse',
    name: 'SUSE',
    matches: ['registry.suse.com'],
    dedicated: true,
    companions: [{ host: 'registry-storage.suse.com', purpose: 'blobs', dedicated: true }],
    source: 'https://github.com/uyuni-project/uyuni-docs/pull/4518',
    checked: '2026-11-28',
    unread:
      'The article that the page refers to (https://www.suse.com/support/kb/doc/?id=000021034) could not be read.',
  },
  {
    id: 'rancher',
    name: 'Rancher Prime',
    matches: ['registry.rancher.com'],
    dedicated: true,
    companions: [
      { host: 'scc.suse.com', purpose: 'token', dedicated: false },
      { host: 'registry-storage.suse.com', purpose: 'blobs', dedicated: true },
    ],
    source: 'https://documentation.suse.com/cloudnative/rke2/latest/en/install/airgap.html',
    checked: '2026-11-28',
    unread: 'The page names no hosts; these are from a recorded pull of rancher/rancher.',
  },
];
