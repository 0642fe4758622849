/**
 * Registries that everybody knows, and the further hosts a pull from each contacts, so that allowing `ghcr.io` is enough.
 * Hosts move: every row says where it was read and when. A pattern is a host, `*.suffix`, or a host with placeholders in angle
 * brackets, each standing for characters of one label; a placeholder of `matches` fills the same one of `companions`.
 */
export interface CatalogueRow {
  id: string;
  name: string;
  /** What the owner's address may look like for this row to apply. */
  matches: readonly string[];
  /** Only a registry answers at `matches`: the workload view denies those hosts unless the policy allows them. */
  dedicated: boolean;
  /** The host really dialled, where an image reference names another one. */
  contactedAs?: string;
  companions: readonly Companion[];
  /** Where the hosts are documented. */
  source: string;
  /** The day this row was last checked against it, YYYY-MM-DD. */
  checked: string;
}

export interface Companion {
  host: string;
  purpose: 'api' | 'token' | 'blobs';
  /** Only a registry answers at this host. */
  dedicated: boolean;
  /** Not allowed by itself: whoever needs it adds it as a line of the list, having read `note`. */
  optIn?: true;
  /** Contacted instead of another one only in some regions, by some clients, or before: allowed all the same. */
  alternative?: true;
  note?: string;
}

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

const GOOGLE_STORAGE: Companion = {
  host: 'storage.googleapis.com',
  purpose: 'blobs',
  dedicated: false,
  note: 'Serves all of Google Cloud Storage, not only registries.',
};

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
    id: 'google-container-registry',
    name: 'Google Container Registry',
    matches: ['gcr.io', '<geo>.gcr.io'],
    dedicated: true,
    companions: [GOOGLE_STORAGE],
    source: 'https://cloud.google.com/artifact-registry/docs/transition/transition-from-gcr',
    checked: CHECKED,
  },
  {
    id: 'google-artifact-registry',
    name: 'Google Artifact Registry',
    matches: ['<location>-docker.pkg.dev', '*.pkg.dev'],
    dedicated: true,
    companions: [GOOGLE_STORAGE],
    source: 'https://cloud.google.com/artifact-registry/docs/docker/authentication',
    checked: CHECKED,
  },
  {
    id: 'amazon-ecr',
    name: 'Amazon ECR',
    matches: [
      '<acct>.dkr.ecr.<region>.amazonaws.com',
      '<acct>.dkr.ecr-fips.<region>.amazonaws.com',
      '<acct>.dkr-ecr.<region>.on.aws',
    ],
    dedicated: true,
    companions: [
      { host: 'api.ecr.<region>.amazonaws.com', purpose: 'token', dedicated: true },
      { host: 'prod-<region>-starport-layer-bucket.s3.<region>.amazonaws.com', purpose: 'blobs', dedicated: true },
    ],
    source: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html',
    checked: CHECKED,
  },
  {
    id: 'amazon-ecr-china',
    name: 'Amazon ECR (China)',
    matches: ['<acct>.dkr.ecr.<region>.amazonaws.com.cn'],
    dedicated: true,
    companions: [
      { host: 'api.ecr.<region>.amazonaws.com.cn', purpose: 'token', dedicated: true },
      { host: 'prod-<region>-starport-layer-bucket.s3.<region>.amazonaws.com.cn', purpose: 'blobs', dedicated: true },
    ],
    source: 'https://docs.amazonaws.cn/en_us/AmazonECR/latest/userguide/ecr-requests.md',
    checked: CHECKED,
  },
  {
    id: 'amazon-ecr-public',
    name: 'Amazon ECR Public',
    matches: ['public.ecr.aws'],
    dedicated: true,
    companions: [
      { host: 'api.ecr-public.us-east-1.amazonaws.com', purpose: 'token', dedicated: true },
      { host: 'd5l0dvt14r5h8.cloudfront.net', purpose: 'blobs', dedicated: true },
      { host: 'd2glxqk2uabbnd.cloudfront.net', purpose: 'blobs', dedicated: true, alternative: true },
    ],
    source: 'https://docs.aws.amazon.com/AmazonECR/latest/public/public-registries.html',
    checked: CHECKED,
  },
  {
    id: 'azure',
    name: 'Azure Container Registry',
    matches: ['<name>.azurecr.io', '<name>.<region>.geo.azurecr.io'],
    dedicated: true,
    companions: [
      {
        host: '*.data.azurecr.io',
        purpose: 'blobs',
        dedicated: true,
        note:
          'The data endpoint is NAME.REGION.data.azurecr.io, and the region is not in the name of the registry. ' +
          'These hosts serve layers by signed links only.',
      },
      {
        host: '*.blob.core.windows.net',
        purpose: 'blobs',
        dedicated: false,
        optIn: true,
        note:
          'Anyone can rent storage under this name. ' +
          'Switch on dedicated data endpoints in Azure instead; add this line only where that cannot be done.',
      },
    ],
    source: 'https://learn.microsoft.com/en-us/azure/container-registry/container-registry-endpoint-reference',
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
      { host: 'gitlab.com', purpose: 'token', dedicated: false },
      { host: 'cdn.registry.gitlab-static.net', purpose: 'blobs', dedicated: true },
    ],
    source: 'https://docs.gitlab.com/user/gitlab_com/',
    checked: CHECKED,
  },
  {
    id: 'kubernetes',
    name: 'Kubernetes',
    matches: ['registry.k8s.io'],
    dedicated: true,
    companions: [
      ...KUBERNETES_BUCKETS,
      {
        host: '<location>-docker.pkg.dev',
        purpose: 'api',
        dedicated: true,
        optIn: true,
        note:
          'Manifests, and layers for some networks, come from Artifact Registry, where anyone can publish. ' +
          'Add the location that a refused pull names (as us-west1-docker.pkg.dev), or use a mirror.',
      },
    ],
    source: 'https://github.com/kubernetes/registry.k8s.io/blob/main/cmd/archeio/docs/request-handling.md',
    checked: CHECKED,
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
    id: 'ibm',
    name: 'IBM Cloud Container Registry',
    matches: ['icr.io', 'cp.icr.io', '<region>.icr.io'],
    dedicated: true,
    companions: [{ host: '*.icr.io', purpose: 'blobs', dedicated: true }],
    source: 'https://cloud.ibm.com/docs/Registry?topic=Registry-registry_overview',
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
];
