import { caveatsOf } from '../../main/agent/diagnostics/caveats.ts';
import type { MachineFacts } from '../../main/agent/diagnostics/machine/machine-facts.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { IpcHandlers } from '../../shared/schemas/ipc.ts';
import type { CallResult, DeniedHost, RegistryRow, Transition } from '../../shared/schemas/ipc-schema.ts';
import type { OwnRequest } from '../../shared/schemas/own-request.ts';
import { NOW } from './snapshots.ts';

/** What the panel is filled with in its tests and pictures: an ordinary organization's list and an ordinary machine. */
type Companion = [host: string, purpose: string, shared?: boolean];

function registry(
  address: string,
  nickname: string | null,
  known: string | null,
  ...companions: Companion[]
): RegistryRow {
  return {
    address,
    nickname,
    known,
    problem: null,
    notices: [],
    companions: companions.map(([host, purpose, shared = false]) => ({
      host,
      purpose,
      shared,
      optIn: false,
      open: false,
      note: null,
    })),
  };
}

export const registries: readonly RegistryRow[] = [
  registry(
    'docker.io',
    null,
    'Docker Hub',
    ['registry-1.docker.io', 'api'],
    ['auth.docker.io', 'token'],
    ['production.cloudfront.docker.com', 'blobs'],
  ),
  registry('ghcr.io', 'GitHub packages', 'GitHub Container Registry', [
    'pkg-containers.githubusercontent.com',
    'blobs',
    true,
  ]),
  registry('registry.acme.example', 'Acme production', null),
  registry('registry-dev.acme.example:5000', 'Acme development', null),
  registry('quay.io', 'Quay', 'Quay', ['cdn.quay.io', 'blobs'], ['cdn01.quay.io', 'blobs']),
  registry(
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    'Payments team',
    'Amazon ECR',
    ['api.ecr.eu-central-1.amazonaws.com', 'api'],
    ['prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com', 'blobs'],
  ),
  registry('mcr.microsoft.com', null, 'Microsoft Container Registry', ['*.data.mcr.microsoft.com', 'blobs']),
  registry('registry.k8s.io', 'Kubernetes', 'Kubernetes', ['*-docker.pkg.dev', 'blobs', true]),
  registry('nvcr.io', 'NVIDIA', 'NVIDIA NGC', ['authn.nvidia.com', 'token'], ['layers.nvcr.io', 'blobs']),
  registry('*.gitlab.acme.example', null, null),
  {
    ...registry('htps//typo.example', 'Old mirror', null),
    problem: 'It is no address: "htps//typo.example" holds a slash.',
  },
];

/** Serves a list as the agent does: filtered by the query, page by page. */
export function listOf(rows: readonly RegistryRow[]): IpcHandlers['registries.list'] {
  return async ({ query, cursor, offset, limit }) => {
    const wanted = query.toLowerCase();
    const found = rows.filter((row) => `${row.address} ${row.nickname} ${row.known}`.toLowerCase().includes(wanted));
    const from = offset + (cursor === null ? 0 : Number(cursor));
    const end = from + limit;
    return {
      items: found.slice(from, end),
      total: found.length,
      next: end < found.length ? String(end) : null,
      stale: false,
      version: '1',
    };
  };
}

export const refusedImage: CallResult<'decide.explain'> = {
  subject: 'gcr.io/distroless/static',
  readAs: null,
  mayNeed: [],
  registry: 'gcr.io',
  kind: 'image',
  allowed: false,
  hosts: [
    {
      host: 'gcr.io',
      port: null,
      engine: { allowed: false, reason: 'not-in-policy' },
      workload: { allowed: false, reason: 'not-in-policy' },
    },
    {
      host: 'storage.googleapis.com',
      port: null,
      engine: { allowed: false, reason: 'not-in-policy' },
      workload: { allowed: true, reason: 'not-managed' },
    },
  ],
  sentence: 'gcr.io is blocked by acme.',
  next: 'Ask platform@acme.example to add it.',
  generation: 9,
};

export const allowedImage: CallResult<'decide.explain'> = {
  subject: 'ghcr.io/acme/app:1.2',
  readAs: null,
  mayNeed: [],
  registry: 'ghcr.io',
  kind: 'image',
  allowed: true,
  hosts: [
    {
      host: 'ghcr.io',
      port: null,
      engine: { allowed: true, reason: 'allowed-by-policy', registry: 'ghcr.io', rule: 'ghcr.io' },
      workload: { allowed: true, reason: 'allowed-by-policy', registry: 'ghcr.io', rule: 'ghcr.io' },
    },
    {
      host: 'pkg-containers.githubusercontent.com',
      port: null,
      engine: { allowed: true, reason: 'allowed-companion', registry: 'ghcr.io' },
      workload: { allowed: true, reason: 'allowed-companion', registry: 'ghcr.io' },
    },
  ],
  sentence: "ghcr.io is on acme's list.",
  next: null,
  generation: 9,
};

/** The texts that users see, as on a developer's Linux machine with a builder and a mirror of its own. */
export const machine: MachineFacts = {
  engine: {
    OSType: 'linux',
    Isolation: '',
    KernelVersion: '6.1.0-28-amd64',
    NoProxy: 'localhost',
    RegistryConfig: null,
  },
  wsl: null,
  wslContainers: null,
  builders: [
    { name: 'default', driver: 'docker' },
    { name: 'cluster', driver: 'kubernetes' },
  ],
  contexts: [{ name: 'default', endpoint: 'unix:///var/run/docker.sock' }],
  otherSockets: ['/run/user/1000/podman/podman.sock'],
  hostsFile: '/etc/hosts',
  hostsEntries: [{ line: 7, address: '10.0.0.5', name: 'registry-1.docker.io' }],
  daemonFile: '/etc/docker/daemon.json',
  daemon: 'absent',
  configFile: '/home/mia/.docker/config.json',
  containerProxies: [],
};
export const caveats = caveatsOf({
  platform: 'linux',
  engine: { kind: 'vm', name: 'Docker Engine in the VM', socket: 'unix:///run/portcullis/docker.sock' },
  proxyInUse: true,
  attachment: null,
  signInEnforced: true,
  filterResolvers: ['10.200.0.1', '10.200.0.3'],
  machine,
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const refusedHosts: readonly DeniedHost[] = [
  refusedHost('gcr.io', 14, 2 * MINUTE, 50 * MINUTE),
  refusedHost('docker.elastic.co', 1, 3 * HOUR, 3 * HOUR),
  { ...refusedHost('registry.hub.evil.example', 230, 5 * HOUR, 2 * DAY), views: ['workload'], walls: ['dns'] },
  { ...refusedHost('public.ecr.aws', 3, 26 * HOUR, 27 * HOUR), refused: false, reason: 'audit-only' },
];

function refusedHost(host: string, count: number, last: number, first: number): DeniedHost {
  return {
    host,
    refused: true,
    count,
    first: NOW - first,
    last: NOW - last,
    views: ['engine'],
    walls: ['proxy'],
    reason: 'not-in-policy',
  };
}

/** One of each kind, newest first. */
export const ownRequests: readonly OwnRequest[] = [
  ownRequest('gcr.io', 'open', 20 * MINUTE, null, {
    subject: 'docker pull gcr.io/distroless/static',
    reason: 'Base image of the new build.',
  }),
  ownRequest('nvcr.io', 'kept', 30 * MINUTE, null, {
    problem: problem('server-unreachable', { server: 'hub.acme.example' }),
  }),
  ownRequest('public.ecr.aws', 'allowed', 5 * HOUR, { until: NOW + 6 * DAY + 6 * HOUR }),
  ownRequest('docker.elastic.co', 'mirror', DAY, { use: 'mirror.acme.example/elastic' }),
  ownRequest('registry.hub.evil.example', 'declined', 4 * DAY, { reason: 'Nobody knows who runs this registry.' }),
  ownRequest('quay.io', 'allowed', 9 * DAY, { teams: ['platform'] }),
];

function ownRequest(
  host: string,
  state: OwnRequest['state'],
  ago: number,
  decided: Partial<NonNullable<OwnRequest['decided']>> | null,
  more: Partial<OwnRequest> = {},
): OwnRequest {
  const none = { at: NOW - ago / 2, until: null, teams: null, use: null, reason: null };
  return {
    ...{ id: `r-${host}`, host, state, at: NOW - ago, subject: null, reason: null, problem: null },
    decided: decided && { ...none, ...decided },
    ...more,
  };
}

export const transitions: readonly Transition[] = (
  [
    [50 * MINUTE, 'enforcing'],
    [51 * MINUTE, 'securing'],
    [5 * HOUR, 'enforcing'],
    [9 * HOUR, 'enforcing-stale'],
    [1 * DAY, 'enforcing'],
    [1 * DAY + 10 * MINUTE, 'sign-in-required'],
    [2 * DAY + 20 * HOUR, 'enforcing'],
    [2 * DAY + 21 * HOUR, 'not-enforcing'],
    [5 * DAY, 'enforcing'],
    [5 * DAY + 10 * HOUR, 'engine-stopped'],
    [6 * DAY, 'auditing'],
  ] as const
).map(([ago, to]) => ({ at: NOW - ago, from: 'securing', to, code: 'P' }));

/** A whole list as one page. */
export function allOf<Item>(items: readonly Item[]) {
  return async () => ({ items: [...items], total: items.length, next: null, stale: false, version: '1' });
}
