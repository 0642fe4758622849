import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pastedLine, readPasted } from '../../../../shared/hosts/pasted.ts';

describe('what is pasted', () => {
  it.each([
    // Pages
    ['https://hub.docker.com/_/nginx', 'nginx'],
    ['https://hub.docker.com/_/nginx/tags?name=1.27', 'nginx'],
    ['hub.docker.com/_/nginx', 'nginx'],
    ['https://hub.docker.com/r/acme/app', 'acme/app'],
    ['https://hub.docker.com/r/acme/app/tags', 'acme/app'],
    ['https://hub.docker.com/layers/library/nginx/1.27/images/sha256-abc', 'library/nginx:1.27'],
    ['https://hub.docker.com/repository/docker/acme/app/general', 'acme/app'],
    ['https://hub.docker.com/u/acme', 'docker.io'],
    ['https://hub.docker.com/', 'docker.io'],
    ['https://github.com/orgs/Acme/packages/container/package/app', 'ghcr.io/acme/app'],
    ['https://github.com/orgs/acme/packages/container/app/123?tag=1.2', 'ghcr.io/acme/app:1.2'],
    ['https://github.com/acme/repo/pkgs/container/repo%2Fapp', 'ghcr.io/acme/repo/app'],
    ['https://github.com/users/mia/packages/container/package/app', 'ghcr.io/mia/app'],
    ['https://quay.io/repository/prometheus/node-exporter?tab=tags', 'quay.io/prometheus/node-exporter'],
    ['quay.io/repository/prometheus/node-exporter', 'quay.io/prometheus/node-exporter'],
    ['https://quay.io/organization/prometheus', 'quay.io'],
    ['https://gallery.ecr.aws/nginx/nginx', 'public.ecr.aws/nginx/nginx'],
    ['https://gitlab.com/acme/app/container_registry/42', 'registry.gitlab.com/acme/app'],
    ['https://gitlab.com/acme/app/-/container_registry', 'registry.gitlab.com/acme/app'],
    [
      'https://catalog.redhat.com/software/containers/ubi9/ubi-minimal/61832888c',
      'registry.access.redhat.com/ubi9/ubi-minimal',
    ],
    ['https://catalog.ngc.nvidia.com/orgs/nvidia/containers/pytorch', 'nvcr.io/nvidia/pytorch'],
    ['https://mcr.microsoft.com/en-us/artifact/mar/dotnet/sdk/about', 'mcr.microsoft.com/dotnet/sdk'],
    ['https://www.docker.elastic.co/r/elasticsearch/elasticsearch', 'docker.elastic.co/elasticsearch/elasticsearch'],
    // Addresses of images
    ['https://ghcr.io/acme/app', 'ghcr.io/acme/app'],
    ['https://ghcr.io/acme/app:1.2', 'ghcr.io/acme/app:1.2'],
    ['https://registry-1.docker.io/v2/library/nginx/manifests/1.27', 'registry-1.docker.io/library/nginx:1.27'],
    ['https://gcr.io/v2/p/app/manifests/sha256:abc', 'gcr.io/p/app@sha256:abc'],
    ['docker://quay.io/acme/app', 'quay.io/acme/app'],
    ['oci://ghcr.io/acme/charts/app', 'ghcr.io/acme/charts/app'],
    // Commands
    ['docker pull nginx', 'nginx'],
    ['$ docker pull nginx', 'nginx'],
    ['sudo docker pull --platform linux/arm64 nginx:1', 'nginx:1'],
    ['docker image pull -q ghcr.io/acme/app', 'ghcr.io/acme/app'],
    ['podman run --rm -it -p 8080:80 --name=web nginx:1 sh', 'nginx:1'],
    ['docker buildx imagetools inspect nginx', 'nginx'],
    ['docker manifest inspect nginx', 'nginx'],
    ['skopeo inspect docker://quay.io/acme/app', 'quay.io/acme/app'],
    ['docker pull https://hub.docker.com/_/nginx', 'nginx'],
    ['`docker pull nginx`', 'nginx'],
    // Files
    ['FROM nginx', 'nginx'],
    ['from ghcr.io/acme/app:1 as build', 'ghcr.io/acme/app:1'],
    ['FROM --platform=$BUILDPLATFORM golang:1.24 AS build # tools', 'golang:1.24'],
    ['image: nginx:1', 'nginx:1'],
    ['  - image: "ghcr.io/acme/app:1"', 'ghcr.io/acme/app:1'],
    ['"image": "quay.io/acme/app",', 'quay.io/acme/app'],
    ['COPY --from=ghcr.io/acme/tools:1 /bin/x /bin/x', 'ghcr.io/acme/tools:1'],
    ['"nginx"', 'nginx'],
  ])('%s is %s', (text, meant) => {
    expect(readPasted(text)).toBe(meant);
  });

  it.each([
    'ubuntu',
    'docker',
    'image',
    'ghcr.io/acme/app:1.2',
    'ghcr.io',
    'registry.example:5000/app',
    'https://gcr.io/v2/',
    'https://registry.example:5000/team/app',
    'https://mia:hunter2@registry.example/team/app',
    'github.com',
    'hub.docker.com',
    'docker ps',
    'a b',
    '*.example.com',
    '[2001:db8::1]:5000',
    'constructor/x',
    '',
  ])('%j stays as it is', (text) => {
    expect(readPasted(text)).toBe(text);
  });

  it('of several lines is the one that names an image', () => {
    expect(pastedLine('# syntax=docker/dockerfile:1\n\nFROM nginx AS web\r\nRUN true\n')).toBe('FROM nginx AS web');
    expect(pastedLine('services:\n  web:\n    image: nginx\n')).toBe('image: nginx');
    expect(pastedLine('\n ghcr.io/acme/app \n')).toBe('ghcr.io/acme/app');
    expect(pastedLine('two\nlines')).toBe('');
    expect(pastedLine(' \n')).toBe('');
  });

  it('never breaks the reader', () => {
    const word = fc.constantFrom(
      'docker',
      'pull',
      'FROM',
      'https://',
      'quay.io',
      '/',
      '%',
      ' ',
      '"',
      'repository',
      'x',
      '--',
      '\n',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.webUrl(),
      fc.array(word).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        expect(typeof readPasted(written)).toBe('string');
        expect(pastedLine(written)).not.toMatch(/[\r\n]/);
      }),
    );
  });
});
