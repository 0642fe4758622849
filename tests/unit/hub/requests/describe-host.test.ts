import { describe, expect, it } from 'vitest';
import { describeHost, type HostDescription, hostAsked } from '../../../../main/hub/requests/describe-host.ts';
import { REGISTRIES } from '../../../../shared/catalogue/registries.ts';
import { addressNotices } from '../../../../shared/hosts/address-notices.ts';

function described(written: string): HostDescription {
  const asked = hostAsked(written);
  if (asked === null) throw new Error(`${written} is no host`);
  return describeHost(asked);
}

const ticked = (written: string) =>
  described(written)
    .needs.filter(({ preselected }) => preselected)
    .map(({ address }) => address);

describe('what a host needs', () => {
  it('is the registry, with what comes with it by itself', () => {
    expect(described('ghcr.io').needs).toEqual([
      { address: 'ghcr.io', broad: false, preselected: true, included: false, why: 'registry' },
      {
        address: 'pkg-containers.githubusercontent.com',
        ...{ broad: false, preselected: false, included: true, why: 'blobs' },
      },
    ]);
  });

  it('is the registry that brings it, where it is a host of a known one', () => {
    expect(ticked('auth.docker.io')).toEqual(['docker.io']);
    expect(described('auth.docker.io').needs.map(({ address }) => address)).toEqual(['docker.io', 'auth.docker.io']);
    // Two registries use it: an owner says which is meant.
    expect(ticked('registry-storage.suse.com')).toEqual([]);
  });

  it('never has a broad host ticked', () => {
    const broad = described('storage.googleapis.com');
    expect(broad.needs).toMatchObject([{ address: 'storage.googleapis.com', broad: true, preselected: false }]);
    expect(described('acme.blob.core.windows.net').needs).toMatchObject([{ broad: true, preselected: false }]);
    for (const host of REGISTRIES.flatMap(({ matches }) => matches).filter((match) => !/[<*]/.test(match))) {
      expect(described(host).needs.filter((need) => need.broad && need.preselected)).toEqual([]);
    }
  });

  it('has nothing ticked where it may not be what was meant', () => {
    for (const host of ['hub.docker.com', 'quay', 'ghrc.io']) {
      expect([host, ticked(host)]).toEqual([host, []]);
    }
    expect(described('hub.docker.com').notices.map(({ code }) => code)).toEqual(['address-web-site']);
  });

  it('is the host itself where nobody knows it', () => {
    expect(ticked('registry.acme.example:5000')).toEqual(['registry.acme.example:5000']);
    expect(ticked('10.1.2.3:5000')).toEqual(['10.1.2.3:5000']);
  });
});

describe('a host in letters of the world', () => {
  it('is shown in them too, with a warning', () => {
    expect(described('registrierung.übung.example')).toMatchObject({
      unicode: 'registrierung.übung.example',
      lookAlike: null,
      notices: [{ code: 'address-letters' }],
    });
    expect(addressNotices('übung.example').map(({ problem }) => problem.code)).toEqual(['address-letters']);
  });
});
