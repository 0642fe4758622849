import type { Caveat } from '../../shared/caveat.ts';
import type { IpcHandlers } from '../../shared/ipc.ts';
import type { CallResult, RegistryRow } from '../../shared/ipc-schema.ts';

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
    companions: companions.map(([host, purpose, shared = false]) => ({ host, purpose, shared, optIn: false })),
  };
}

export const registries: readonly RegistryRow[] = [
  registry(
    'docker.io',
    null,
    'Docker Hub',
    ['registry-1.docker.io', 'API'],
    ['auth.docker.io', 'tokens'],
    ['production.cloudfront.docker.com', 'image data'],
  ),
  registry('ghcr.io', 'GitHub packages', 'GitHub Container Registry', [
    'pkg-containers.githubusercontent.com',
    'image data',
    true,
  ]),
  registry('registry.acme.example', 'Acme production', null),
  registry('registry-dev.acme.example:5000', 'Acme development', null),
  registry('quay.io', 'Quay', 'Quay', ['cdn.quay.io', 'image data'], ['cdn01.quay.io', 'image data']),
  registry(
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    'Payments team',
    'Amazon ECR',
    ['api.ecr.eu-central-1.amazonaws.com', 'API'],
    ['prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com', 'image data'],
  ),
  registry('mcr.microsoft.com', null, 'Microsoft Container Registry', ['*.data.mcr.microsoft.com', 'image data']),
  registry('registry.k8s.io', 'Kubernetes', 'Kubernetes', ['*-docker.pkg.dev', 'image data', true]),
  registry('nvcr.io', 'NVIDIA', 'NVIDIA NGC', ['authn.nvidia.com', 'tokens'], ['layers.nvcr.io', 'image data']),
  registry('*.gitlab.acme.example', null, null),
  {
    ...registry('htps//typo.example', 'Old mirror', null),
    problem: 'It is no address: “htps//typo.example” holds a slash.',
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
  sentence: 'gcr.io is not on acme’s list of allowed registries.',
  next: 'Ask platform@acme.example to add it.',
  generation: 9,
};

export const allowedImage: CallResult<'decide.explain'> = {
  subject: 'ghcr.io/acme/app:1.2',
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
  sentence: 'ghcr.io is on acme’s list.',
  next: null,
  generation: 9,
};

export const caveats: readonly Caveat[] = [
  {
    code: 'host-side-tools',
    severity: 'info',
    title: 'Tools on the host are not restricted',
    text: '“docker manifest inspect” and “docker buildx imagetools” look names up on the host, not in the engine.',
    applies: 'yes',
    foundBy: 'always',
    next: null,
  },
  {
    code: 'engine-socket',
    severity: 'warning',
    title: 'Whoever can use the engine’s socket is root there',
    text: 'A container that mounts the host’s file system can change what the engine points at; the probe notices.',
    applies: 'yes',
    foundBy: 'always',
    next: 'Give the docker group to those who may be root.',
  },
  {
    code: 'custom-builder',
    severity: 'warning',
    title: 'Builders of their own are not restricted',
    text: '“docker buildx” with a kubernetes or docker-container driver resolves names by itself.',
    applies: 'unknown',
    foundBy: 'docker buildx ls',
    next: 'Use the default builder.',
  },
  {
    code: 'local-images',
    severity: 'info',
    title: 'Images that are already here stay usable',
    text: 'What was pulled before, or comes with “docker load”, is not judged again.',
    applies: 'yes',
    foundBy: 'always',
    next: null,
  },
  {
    code: 'windows-containers',
    severity: 'warning',
    title: 'Windows containers are not restricted',
    text: 'Pulls and builds of Windows images go past the filter.',
    applies: 'no',
    foundBy: 'the engine’s OSType',
    next: null,
  },
  {
    code: 'wsl-distributions',
    severity: 'info',
    title: 'All WSL distributions are restricted',
    text: 'Before kernel 5.15 the filter holds for every Linux distribution in WSL.',
    applies: 'no',
    foundBy: 'uname -r',
    next: null,
  },
];
