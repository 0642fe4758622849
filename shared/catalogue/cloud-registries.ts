import type { CatalogueRow, Companion } from './catalogue-row.ts';

const CHECKED = '2026-11-21';

/** Layers of Google's registries come from the registry's own host (`/artifacts-downloads/`) since Container Registry was shut down. */
const GOOGLE_STORAGE: Companion = {
  host: 'storage.googleapis.com',
  purpose: 'blobs',
  dedicated: false,
  optIn: true,
  rarely: true,
  note: {
    en: 'Serves all of Google Cloud Storage, where anyone can publish. Pulls from Artifact Registry do without it.',
    de: 'Liefert alles aus Google Cloud Storage, wo jeder veröffentlichen kann. Pulls aus Artifact Registry kommen ohne ihn aus.',
  },
};

/** The blob storage of all customers of Azure. */
const azureStorage = (host: string): Companion => ({
  host,
  purpose: 'blobs',
  dedicated: false,
  optIn: true,
  note: {
    en:
      'Anyone can rent storage under this name. ' +
      'Turn on dedicated data endpoints in Azure instead; add this line only where that is not possible.',
    de:
      'Unter diesem Namen kann jeder Speicher mieten. ' +
      'Schalten Sie stattdessen in Azure dedizierte Datenendpunkte ein; fügen Sie diese Zeile nur hinzu, wo das nicht geht.',
  },
});

/** The region, which the data endpoint NAME.REGION.data.azurecr.io holds, is not in the name of the registry. */
const azureData = (host: string): Companion => ({ host, purpose: 'blobs', dedicated: true });

/** Registries that are rented from a cloud. */
export const CLOUD_REGISTRIES: readonly CatalogueRow[] = [
  {
    id: 'google-container-registry',
    name: 'Google Container Registry',
    matches: ['gcr.io', '<geo>.gcr.io'],
    dedicated: true,
    companions: [GOOGLE_STORAGE],
    source: 'https://docs.cloud.google.com/artifact-registry/docs/transition/gcr-repositories',
    checked: '2026-11-28',
  },
  {
    id: 'google-artifact-registry',
    name: 'Google Artifact Registry',
    matches: ['<location>-docker.pkg.dev', '*.pkg.dev'],
    dedicated: true,
    companions: [GOOGLE_STORAGE],
    source: 'https://docs.cloud.google.com/artifact-registry/docs/gke-private-clusters',
    checked: '2026-11-28',
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
    companions: [azureData('*.data.azurecr.io'), azureStorage('*.blob.core.windows.net')],
    source: 'https://learn.microsoft.com/en-us/azure/container-registry/container-registry-endpoint-reference',
    checked: '2026-11-28',
  },
  {
    id: 'azure-us-government',
    name: 'Azure Container Registry (US Government)',
    matches: ['<name>.azurecr.us', '<name>.<region>.geo.azurecr.us'],
    dedicated: true,
    companions: [azureData('*.data.azurecr.us'), azureStorage('*.blob.core.usgovcloudapi.net')],
    source: 'https://learn.microsoft.com/en-us/azure/azure-government/compare-azure-government-global-azure',
    checked: '2026-11-28',
    unread:
      'That page could not be read; the data endpoint NAME.REGION.data.azurecr.us is from the tests of a public operator for Azure.',
  },
  {
    id: 'azure-china',
    name: 'Azure Container Registry (China)',
    matches: ['<name>.azurecr.cn', '<name>.<region>.geo.azurecr.cn'],
    dedicated: true,
    companions: [azureData('*.data.azurecr.cn'), azureStorage('*.blob.core.chinacloudapi.cn')],
    source: 'https://docs.azure.cn/ja-jp/container-registry/container-registry-endpoint-reference',
    checked: '2026-11-28',
  },
  {
    id: 'ibm',
    name: 'IBM Cloud Container Registry',
    matches: ['icr.io', 'cp.icr.io', '<region>.icr.io'],
    dedicated: true,
    companions: [
      {
        host: '*.icr.io',
        purpose: 'blobs',
        dedicated: true,
        open: true,
        note: {
          en: 'IBM redirects pulls among all its regions, so all of them are allowed: anyone with an IBM Cloud account can publish there.',
          de: 'IBM leitet Pulls zwischen allen seinen Regionen um, deshalb sind alle erlaubt: Wer ein IBM-Cloud-Konto hat, kann dort veröffentlichen.',
        },
      },
    ],
    source: 'https://github.com/ibm-cloud-docs/Registry/blob/master/registry_firewall.md',
    checked: '2026-11-28',
  },
  {
    id: 'oracle-cloud',
    name: 'Oracle Cloud Infrastructure Registry',
    matches: ['ocir.io', '<region>.ocir.io', 'artifacts.<region>.oci.oraclecloud.com'],
    dedicated: true,
    companions: [],
    source: 'https://docs.oracle.com/en-us/iaas/Content/Registry/Concepts/registryprerequisites.htm',
    checked: '2026-11-28',
    unread: 'The page names the endpoints of each region and no other host for layers.',
  },
  {
    id: 'alibaba',
    name: 'Alibaba Cloud Container Registry',
    matches: ['registry.<region>.aliyuncs.com', 'registry-intl.<region>.aliyuncs.com'],
    dedicated: true,
    companions: [
      { host: 'dockerauth.<region>.aliyuncs.com', purpose: 'token', dedicated: true, alternative: true },
      { host: 'dockerauth-<region>.aliyuncs.com', purpose: 'token', dedicated: true, alternative: true },
      // Also for other regions: their registries name it in the challenge.
      { host: 'dockerauth.cn-hangzhou.aliyuncs.com', purpose: 'token', dedicated: true },
      { host: 'aliregistry.oss-<region>.aliyuncs.com', purpose: 'blobs', dedicated: true },
      { host: 'aliregistry.oss-<region>.aliyuncs.com', port: 80, purpose: 'blobs', dedicated: true, alternative: true },
    ],
    source: 'https://alibabacloud.com/help/en/acr/developer-reference/api-cr-2018-12-01-endpoint',
    checked: '2026-11-28',
    unread:
      'The page names the regions and the management API only. Token hosts and bucket, to which pulls are redirected ' +
      'by http too, are from pulls recorded in public issues and code.',
  },
  {
    id: 'alibaba-instance',
    name: 'Alibaba Cloud Container Registry (instance)',
    matches: ['<instance>-registry.<region>.cr.aliyuncs.com', '<instance>.<region>.personal.cr.aliyuncs.com'],
    dedicated: true,
    companions: [
      { host: 'dockerauth.<region>.aliyuncs.com', purpose: 'token', dedicated: true },
      { host: 'dockerauth-ee.<region>.aliyuncs.com', purpose: 'token', dedicated: true, alternative: true },
      { host: 'dockerauth-<region>.aliyuncs.com', purpose: 'token', dedicated: true, alternative: true },
      {
        host: '<bucket>.oss-<region>.aliyuncs.com',
        purpose: 'blobs',
        dedicated: false,
        optIn: true,
        note: {
          en: 'Layers come from a bucket of your instance, which only the Alibaba Cloud console names. Add that host.',
          de: 'Layer kommen aus einem Bucket Ihrer Instanz, den nur die Konsole von Alibaba Cloud nennt. Fügen Sie diesen Host hinzu.',
        },
      },
    ],
    source: 'https://www.alibabacloud.com/help/en/acr/developer-reference/api-cr-2018-12-01-struct-routeitem',
    checked: '2026-11-28',
    unread: 'The page shows instance and bucket; the token hosts are from public code that talks to the registry.',
  },
  {
    id: 'digitalocean',
    name: 'DigitalOcean Container Registry',
    matches: ['registry.digitalocean.com'],
    dedicated: true,
    companions: [{ host: 'api.digitalocean.com', purpose: 'token', dedicated: false }],
    source: 'https://docs.digitalocean.com/products/container-registry/',
    checked: '2026-11-28',
    unread:
      'The page could not be read; the token host is from challenges recorded in public code. A host for layers is not known.',
  },
];
