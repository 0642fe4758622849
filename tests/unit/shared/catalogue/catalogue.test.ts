import { describe, expect, it } from 'vitest';
import { DEDICATED_TAILS, dedicatedHosts } from '../../../../shared/catalogue/dedicated.ts';
import { catalogueFor, companionsOf } from '../../../../shared/catalogue/look-up.ts';
import { REGISTRIES } from '../../../../shared/catalogue/registries.ts';
import { staleRows } from '../../../../shared/catalogue/stale-rows.ts';
import { parseAddress } from '../../../../shared/hosts/address.ts';

function address(text: string) {
  const judged = parseAddress(text);
  if (!judged.ok) throw new Error(judged.problem.message);
  return judged.value;
}
const hostsOf = (text: string) => companionsOf(address(text)).map((companion) => companion.host);

describe('the catalogue', () => {
  it.each([
    ['docker.io', 'docker-hub'],
    ['registry-1.docker.io', 'docker-hub'],
    ['index.docker.io', 'docker-hub'],
    ['*.docker.io', 'docker-hub'],
    ['dhi.io', 'docker-hardened-images'],
    ['ghcr.io', 'github'],
    ['quay.io', 'quay'],
    ['registry.access.redhat.com', 'red-hat'],
    ['gcr.io', 'google-container-registry'],
    ['eu.gcr.io', 'google-container-registry'],
    ['*.gcr.io', 'google-container-registry'],
    ['europe-west1-docker.pkg.dev', 'google-artifact-registry'],
    ['*.pkg.dev', 'google-artifact-registry'],
    ['123456789012.dkr.ecr.us-east-1.amazonaws.com', 'amazon-ecr'],
    ['*.dkr.ecr.us-east-1.amazonaws.com', 'amazon-ecr'],
    ['123456789012.dkr-ecr.us-east-1.on.aws', 'amazon-ecr'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'amazon-ecr-china'],
    ['public.ecr.aws', 'amazon-ecr-public'],
    ['acme.azurecr.io', 'azure'],
    ['mcr.microsoft.com', 'microsoft'],
    ['registry.gitlab.com', 'gitlab'],
    ['registry.k8s.io', 'kubernetes'],
    ['nvcr.io', 'nvidia'],
    ['us.icr.io', 'ibm'],
    ['acme.jfrog.io', 'artifactory'],
    ['k8s.gcr.io', 'kubernetes-before'],
    ['docker.elastic.co', 'elastic'],
    ['cgr.dev', 'chainguard'],
    ['lscr.io', 'linuxserver'],
    ['acme.azurecr.us', 'azure-us-government'],
    ['acme.azurecr.cn', 'azure-china'],
    ['fra.ocir.io', 'oracle-cloud'],
    ['eu-frankfurt-1.ocir.io', 'oracle-cloud'],
    ['container-registry.oracle.com', 'oracle'],
    ['registry.suse.com', 'suse'],
    ['registry.rancher.com', 'rancher'],
    ['registry.cn-hangzhou.aliyuncs.com', 'alibaba'],
    ['acme-registry.cn-shanghai.cr.aliyuncs.com', 'alibaba-instance'],
    ['crpi-x1.cn-beijing.personal.cr.aliyuncs.com', 'alibaba-instance'],
    ['registry.digitalocean.com', 'digitalocean'],
  ])('knows %s as %s', (text, id) => {
    expect(catalogueFor(address(text))?.row.id).toBe(id);
  });

  it.each([
    'hub.docker.com',
    'example.com',
    'evil-ghcr.io',
    'ghcr.io.evil.example',
    'a.b.gcr.io',
    'ghcr.io:8443',
    '10.0.0.1',
  ])('does not know %s', (text) => {
    expect(catalogueFor(address(text))).toBeNull();
  });

  it('fills the placeholders of an address into its companions', () => {
    expect(hostsOf('123456789012.dkr.ecr.eu-west-1.amazonaws.com')).toEqual([
      'api.ecr.eu-west-1.amazonaws.com',
      'prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com',
    ]);
    expect(hostsOf('*.dkr.ecr.eu-west-1.amazonaws.com')).toContain('api.ecr.eu-west-1.amazonaws.com');
    expect(hostsOf('acme-registry.cn-shanghai.cr.aliyuncs.com')).toContain('<bucket>.oss-cn-shanghai.aliyuncs.com');
  });

  it.each([
    ['docker.elastic.co', 'docker-auth.elastic.co'],
    ['cgr.dev', '9236a389bd48b984df91adc1bc924620.r2.cloudflarestorage.com'],
    ['lscr.io', 'pkg-containers.githubusercontent.com'],
    ['k8s.gcr.io', 'registry.k8s.io'],
    ['registry.suse.com', 'registry-storage.suse.com'],
    ['acme.azurecr.cn', '*.data.azurecr.cn'],
  ])('knows what a pull from %s also contacts: %s', (text, host) => {
    expect(companionsOf(address(text))).toContainEqual(expect.objectContaining({ host }));
  });

  it.each([
    ['gcr.io', 'storage.googleapis.com'],
    ['eu.gcr.io', 'storage.googleapis.com'],
    ['us-docker.pkg.dev', 'storage.googleapis.com'],
    ['lscr.io', 'ghcr.io'],
    ['k8s.gcr.io', '<location>-docker.pkg.dev'],
    ['acme.azurecr.us', '*.blob.core.usgovcloudapi.net'],
  ])('does not bring with %s what anyone can publish at: %s', (text, host) => {
    expect(companionsOf(address(text))).toContainEqual(expect.objectContaining({ host, optIn: true }));
  });

  it('warns of a host that every pull needs although anyone can publish there', () => {
    const [gitlab] = companionsOf(address('registry.gitlab.com'));
    expect(gitlab).toMatchObject({ host: 'gitlab.com', open: true });
    expect(gitlab?.note?.en).toContain('anyone can publish');
  });

  it('brings the rest of Docker Hub with any of its names', () => {
    for (const name of ['docker.io', 'registry-1.docker.io', 'index.docker.io']) {
      expect([...hostsOf(name), name]).toEqual(
        expect.arrayContaining([
          'docker.io',
          'registry-1.docker.io',
          'auth.docker.io',
          'production.cloudfront.docker.com',
        ]),
      );
    }
  });

  it('offers hosts that are wide open as a choice only', () => {
    const choices = companionsOf(address('acme.azurecr.io')).filter((companion) => companion.optIn);
    expect(choices.map((companion) => companion.host)).toEqual(['*.blob.core.windows.net']);
    expect(choices[0]?.note?.en).toContain('Anyone');
  });
});

describe('every row', () => {
  const placeholders = /<[a-z]+>/g;
  it.each(REGISTRIES.map((row) => [row.id, row] as const))('%s is complete', (_id, row) => {
    expect(URL.canParse(row.source)).toBe(true);
    expect(row.checked).toMatch(/^\d{4}-\d\d-\d\d$/);
    for (const match of row.matches) expect(parseAddress(match.replace(placeholders, 'x')).ok, match).toBe(true);
    for (const { host, optIn, open, rarely, note } of row.companions) {
      expect(parseAddress(host.replace(placeholders, 'x')).ok, host).toBe(true);
      if (optIn || open) expect(note, `${host} needs a warning`).toBeTruthy();
      if (rarely || open) expect(Boolean(optIn), `${host} is one or the other`).toBe(Boolean(rarely));
    }
    if (row.unread !== undefined) expect(row.unread).toMatch(/\.$/);
  });

  it('has an id of its own', () => {
    expect(new Set(REGISTRIES.map((row) => row.id)).size).toBe(REGISTRIES.length);
  });

  it('asks for no placeholder that the address does not have, where the companion is allowed by itself', () => {
    for (const row of REGISTRIES) {
      for (const { host, optIn } of row.companions) {
        for (const placeholder of optIn ? [] : (host.match(placeholders) ?? [])) {
          for (const match of row.matches) expect(match, `${row.id}: ${host}`).toContain(placeholder);
        }
      }
    }
  });
});

describe('the release check', () => {
  const day = (date: string) => staleRows(REGISTRIES, Date.parse(date)).map(({ id }) => id);
  it('names the rows that nobody has checked for a year', () => {
    const [oldest] = REGISTRIES.map(({ checked }) => checked).sort();
    expect(day(oldest ?? '')).toEqual([]);
    expect(day('2027-11-25')).toContain('docker-hub');
    expect(day('2027-11-25')).not.toContain('elastic');
    expect(day('2040-01-01')).toHaveLength(REGISTRIES.length);
  });
});

describe('hosts at which only a registry answers', () => {
  it.each([
    ['ghcr.io', ['ghcr.io']],
    ['v2.ghcr.io', ['ghcr.io']],
    ['eu.gcr.io', ['eu.gcr.io', 'gcr.io']],
    ['x.data.mcr.microsoft.com', ['x.data.mcr.microsoft.com', 'mcr.microsoft.com']],
    ['a.123456789012.dkr.ecr.eu-west-1.amazonaws.com', ['123456789012.dkr.ecr.eu-west-1.amazonaws.com']],
    [
      'prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com',
      ['prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com'],
    ],
    ['prod-eu-west-1-starport-layer-bucket.s3.us-east-1.amazonaws.com', []],
    ['europe-docker.pkg.dev', ['europe-docker.pkg.dev']],
    ['gitlab.com', []],
    ['storage.googleapis.com', []],
    ['bucket.s3.amazonaws.com', []],
    ['acme.jfrog.io', []],
    ['docker.com', []],
    ['hub.docker.com', []],
    ['io', []],
    ['', []],
  ])('at and above %j', (host, expected) => {
    expect(dedicatedHosts(host)).toEqual(expected);
  });

  it('end in one of the tails', () => {
    const example = (text: string) => text.replace('*', 'x').replace(placeholder, 'x');
    const placeholder = /<[a-z]+>/g;
    for (const row of REGISTRIES.filter((one) => one.dedicated)) {
      for (const match of row.matches) {
        const host = example(match);
        expect(dedicatedHosts(host), host).toContain(host);
        expect(
          DEDICATED_TAILS.some((tail) => host === tail || host.endsWith(`.${tail}`)),
          host,
        ).toBe(true);
      }
    }
  });
});
