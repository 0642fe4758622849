import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../../../shared/hosts/image-reference.ts';

function read(text: string) {
  const result = parseImageReference(text);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

const HUB = ['registry-1.docker.io', 'auth.docker.io', 'production.cloudfront.docker.com'];
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('an image reference', () => {
  it.each([
    ['ubuntu', { registry: 'docker.io', hosts: HUB, repository: 'library/ubuntu' }],
    ['ubuntu:22.04', { registry: 'docker.io', hosts: HUB, repository: 'library/ubuntu', tag: '22.04' }],
    ['acme/app', { registry: 'docker.io', hosts: HUB, repository: 'acme/app' }],
    ['docker.io/ubuntu', { registry: 'docker.io', hosts: HUB, repository: 'library/ubuntu' }],
    ['index.docker.io/library/ubuntu', { registry: 'docker.io', hosts: HUB, repository: 'library/ubuntu' }],
    [
      'ghcr.io/acme/app:1.2',
      {
        registry: 'ghcr.io',
        hosts: ['ghcr.io', 'pkg-containers.githubusercontent.com'],
        repository: 'acme/app',
        tag: '1.2',
      },
    ],
    [
      `registry.example:5000/app:1@${DIGEST}`,
      {
        registry: 'registry.example:5000',
        hosts: ['registry.example'],
        port: 5000,
        repository: 'app',
        tag: '1',
        digest: DIGEST,
      },
    ],
    ['localhost/app', { registry: 'localhost', hosts: ['localhost'], repository: 'app' }],
    ['localhost:5000/app', { registry: 'localhost:5000', hosts: ['localhost'], port: 5000, repository: 'app' }],
    ['[::1]:5000/app', { registry: '[::1]:5000', hosts: ['::1'], port: 5000, repository: 'app' }],
    ['10.0.0.1:5000/app', { registry: '10.0.0.1:5000', hosts: ['10.0.0.1'], port: 5000, repository: 'app' }],
    ['Registry/app', { registry: 'registry', hosts: ['registry'], repository: 'app' }],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app',
      {
        registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
        hosts: [
          '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
          'api.ecr.eu-west-1.amazonaws.com',
          'prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com',
        ],
        repository: 'app',
      },
    ],
    ['eu.gcr.io/p/app', { registry: 'eu.gcr.io', hosts: ['eu.gcr.io'], repository: 'p/app' }],
    ['a__b/c-d.e', { registry: 'docker.io', hosts: HUB, repository: 'a__b/c-d.e' }],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('takes a known registry at a port of its own for somebody else', () => {
    expect(read('ghcr.io:8443/app').hosts).toEqual(['ghcr.io']);
  });

  it.each([
    ['', 'image-empty'],
    ['https://ghcr.io/acme/app', 'image-url'],
    ['docker pull ubuntu', 'image-repository'],
    ['Ubuntu', 'image-upper-case'],
    ['Not An Image!!', 'image-repository'],
    ['ghcr.io/Acme/app', 'image-upper-case'],
    ['ghcr.io/', 'image-repository'],
    ['ghcr.io/a//b', 'image-repository'],
    ['ghcr.io/a:', 'image-tag'],
    [`ghcr.io/a:${'x'.repeat(129)}`, 'image-tag'],
    ['ghcr.io/a@sha256:123', 'image-digest'],
    ['0123456789abcdef'.repeat(4), 'image-id'],
    ['-bad.example/app', 'image-registry'],
    ['ghcr.io:70000/app', 'image-port'],
    ['0x7f.1/app', 'image-registry'],
    [`ghcr.io/${'a'.repeat(250)}`, 'image-too-long'],
    ['a'.repeat(1025), 'image-too-long'],
  ])('rejects %j: %s', (text, code) => {
    expect(parseImageReference(text)).toMatchObject({ ok: false, problem: { code } });
  });

  it('names the part that it rejects', () => {
    expect(parseImageReference('Not An Image!!')).toMatchObject({
      problem: { message: '"Not An Image!!" is not a repository name.' },
    });
  });

  it('is one or a problem for any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'aA0.-_:/@[]'), maxLength: 24 }),
    );
    fc.assert(
      fc.property(text, (written) => {
        const result = parseImageReference(written);
        if (!result.ok) return;
        const { registry, repository, tag, digest, hosts } = result.value;
        const again = `${registry}/${repository}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
        expect(hosts.length).toBeGreaterThan(0);
        // A registry without dot, colon or upper case would be read as part of the repository.
        if (/[.:]|^localhost$/.test(registry)) expect(read(again)).toEqual(result.value);
      }),
    );
  });
});
