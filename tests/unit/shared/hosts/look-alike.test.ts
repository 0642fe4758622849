import { describe, expect, it } from 'vitest';
import { REGISTRIES } from '../../../../shared/catalogue/registries.ts';
import { normalizeHost } from '../../../../shared/hosts/host-name.ts';
import { lookAlikeOf } from '../../../../shared/hosts/look-alike.ts';

describe('a look-alike', () => {
  it.each([
    ['dосker.io', 'docker.io'],
    ['ԛuay.io', 'quay.io'],
    ['d0cker.io', 'docker.io'],
    ['ghrc.io', 'ghcr.io'],
    ['ghcr.i0', 'ghcr.io'],
    ['dockr.io', 'docker.io'],
    ['dockerr.io', 'docker.io'],
    ['docker.io.example.com', 'docker.io'],
    ['ghcr-io.example.com', 'ghcr.io'],
    ['quay.io-mirror.example', 'quay.io'],
    ['ghcr.dev', 'ghcr.io'],
    ['nvcr.lo', 'nvcr.io'],
  ])('%s is taken for %s', (unicode, known) => {
    expect(lookAlikeOf(normalizeHost(unicode)?.host ?? '', unicode)).toBe(known);
  });

  it.each([
    'registry.example',
    'harbor.acme.example',
    'docker.acme.example',
    'registry.acme.io',
    'mirror.docker.example',
  ])('%s is none', (host) => expect(lookAlikeOf(host)).toBeNull());

  it('is no registry of the catalogue, and no host that comes with one', () => {
    const hosts = REGISTRIES.flatMap(({ matches, companions }) => [...matches, ...companions.map(({ host }) => host)]);
    expect(hosts.filter((host) => !/[<*]/.test(host)).filter((host) => lookAlikeOf(host) !== null)).toEqual([]);
  });
});
