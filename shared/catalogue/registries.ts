import type { CatalogueRow, Companion } from './catalogue-row.ts';
import { CLOUD_REGISTRIES } from './cloud-registries.ts';
import { VENDOR_REGISTRIES } from './vendor-registries.ts';

const CHECKED = '2026-11-21';

const QUAY_CDN: readonly Companion[] = [
  { host: 'cdn.quay.io', purpose: 'blobs', dedicated: true },
  ...['cdn01', 'cdn02', 'cdn03', 'cdn04', 'cdn05', 'cdn06'].map(
    (label): Companion => ({ host: `${label}.quay.io`, purpose: 'blobs', dedicated: true, alternative: true }),
  ),
];

/** Where registry.k8s.io keeps copies of layers (its source, cmd/archeio/internal/app/buckets.go). */
const KUBERNETES_BUCKETS: readonly Companion[] = [
  ...(
    'af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ' +
    'ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 ' +
    'eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 ' +
    'sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2'
  )
    .split(' ')
    .map((region) => `prod-registry-k8s-io-${region}.s3.dualstack.${region}.amazonaws.com`),
  '767373bbdcb8270361b96548387bf2a9ad0d48758c35-eu-west-2.s3.dualstack.eu-west-2.amazonaws.com',
].map((host) => ({ host, purpose: 'blobs', dedicated: true, alternative: true }));

/** Behind registry.k8s.io stands an Artifact Registry of the region nearest to the client. */
const KUBERNETES_UPSTREAM: Companion = {
  host: '<location>-docker.pkg.dev',
  purpose: 'api',
  dedicated: true,
  optIn: true,
  note: {
    en:
      'Manifests, and layers for some networks, come from Artifact Registry, where anyone can publish. ' +
      'Add the host that a blocked pull names (such as us-west1-docker.pkg.dev), or use a mirror.',
    de:
      'Manifeste und in manchen Netzen auch Layer kommen aus Artifact Registry, wo jeder veröffentlichen kann. ' +
      'Fügen Sie den Host hinzu, den ein blockierter Pull nennt (etwa us-west1-docker.pkg.dev), oder nutzen Sie einen Spiegel.',
  },
};

/** Every registry that the catalogue knows. Of two rows that fit an address, a plain host wins over a pattern. */
export const REGISTRIES: readonly CatalogueRow[] = [
  {
    id: 'docker-hub',
    name: 'Docker Hub',
    matches: ['docker.io', 'registry-1.docker.io', 'index.docker.io', '*.docker.io'],
    dedicated: true,
    contactedAs: 'registry-1.docker.io',
    companions: [
      { host: 'docker.io', purpose: 'api', dedicated: true },
      { host: 'registry-1.docker.io', purpose: 'api', dedicated: true },
      { host: 'index.docker.io', purpose: 'api', dedicated: true },
      { host: 'auth.docker.io', purpose: 'token', dedicated: true },
      { host: 'production.cloudfront.docker.com', purpose: 'blobs', dedicated: true },
      { host: 'production.cloudflare.docker.com', purpose: 'blobs', dedicated: true, alternative: true },
      {
        host: 'docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com',
        purpose: 'blobs',
        dedicated: true,
        alternative: true,
      },
    ],
    source: 'https://docs.docker.com/desktop/setup/allow-list/',
    checked: CHECKED,
  },
  {
    id: 'docker-hardened-images',
    name: 'Docker Hardened Images',
    matches: ['dhi.io'],
    dedicated: true,
    companions: [{ host: 'registry.scout.docker.com', purpose: 'api', dedicated: true }],
    source: 'https://docs.docker.com/dhi/',
    checked: CHECKED,
  },
  {
    id: 'github',
    name: 'GitHub Container Registry',
    matches: ['ghcr.io'],
    dedicated: true,
    companions: [{ host: 'pkg-containers.githubusercontent.com', purpose: 'blobs', dedicated: true }],
    source:
      'https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry',
    checked: CHECKED,
  },
  {
    id: 'quay',
    name: 'Quay.io',
    matches: ['quay.io'],
    dedicated: true,
    companions: QUAY_CDN,
    source: 'https://access.redhat.com/node/7001746',
    checked: CHECKED,
  },
  {
    id: 'red-hat',
    name: 'Red Hat',
    matches: ['registry.redhat.io', 'registry.access.redhat.com', 'registry.connect.redhat.com'],
    dedicated: true,
    companions: [{ host: 'sso.redhat.com', purpose: 'token', dedicated: false }, ...QUAY_CDN],
    source: 'https://access.redhat.com/node/7001746',
    checked: CHECKED,
  },
  {
    id: 'microsoft',
    name: 'Microsoft Artifact Registry',
    matches: ['mcr.microsoft.com'],
    dedicated: true,
    companions: [{ host: '*.data.mcr.microsoft.com', purpose: 'blobs', dedicated: true }],
    source: 'https://github.com/microsoft/containerregistry/blob/main/docs/client-firewall-rules.md',
    checked: CHECKED,
  },
  {
    id: 'gitlab',
    name: 'GitLab.com',
    matches: ['registry.gitlab.com'],
    dedicated: true,
    companions: [
      {
        host: 'gitlab.com',
        purpose: 'token',
        dedicated: false,
        open: true,
        note: {
          en:
            'Every pull needs a token from gitlab.com, so it is allowed too, as a whole: anyone can publish there, ' +
            'and its dependency proxy serves images of Docker Hub.',
          de:
            'Jeder Pull braucht ein Token von gitlab.com, deshalb ist auch dieser Host ganz erlaubt: Dort kann jeder ' +
            'veröffentlichen, und sein Dependency Proxy liefert Images von Docker Hub.',
        },
      },
      { host: 'cdn.registry.gitlab-static.net', purpose: 'blobs', dedicated: true },
    ],
    source: 'https://docs.gitlab.com/user/gitlab_com/',
    checked: '2026-11-28',
  },
  {
    id: 'kubernetes',
    name: 'Kubernetes',
    matches: ['registry.k8s.io'],
    dedicated: true,
    companions: [...KUBERNETES_BUCKETS, KUBERNETES_UPSTREAM],
    source: 'https://github.com/kubernetes/registry.k8s.io/blob/main/cmd/archeio/docs/request-handling.md',
    checked: '2026-11-28',
  },
  {
    id: 'kubernetes-before',
    name: 'Kubernetes (old name)',
    matches: ['k8s.gcr.io'],
    dedicated: true,
    companions: [
      { host: 'registry.k8s.io', purpose: 'blobs', dedicated: true },
      ...KUBERNETES_BUCKETS,
      KUBERNETES_UPSTREAM,
    ],
    source: 'https://kubernetes.io/blog/2023/03/10/image-registry-redirect/',
    checked: '2026-11-28',
  },
  {
    id: 'nvidia',
    name: 'NVIDIA NGC',
    matches: ['nvcr.io'],
    dedicated: true,
    companions: [
      { host: 'authn.nvidia.com', purpose: 'token', dedicated: false },
      { host: 'layers.nvcr.io', purpose: 'blobs', dedicated: true },
    ],
    source: 'https://docs.nvidia.com/ngc/latest/ngc-catalog-user-guide.html',
    checked: CHECKED,
  },
  {
    id: 'artifactory',
    name: 'JFrog Artifactory Cloud',
    matches: ['<name>.jfrog.io'],
    dedicated: false,
    companions: [],
    source: 'https://jfrog.com/help/r/jfrog-artifactory-documentation/docker-registry',
    checked: CHECKED,
  },
  ...CLOUD_REGISTRIES,
  ...VENDOR_REGISTRIES,
];
