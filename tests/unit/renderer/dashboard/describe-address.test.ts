import { describe, expect, it } from 'vitest';
import {
  type AddressHelp,
  describeAddress,
  type Listing,
  suggestionsFor,
} from '../../../../renderer/dashboard/views/registry-access/describe-address.ts';

function listing(...addresses: string[]): Listing {
  const set = new Set(addresses);
  return { has: (address) => set.has(address), addresses: () => set };
}

function helpFor(written: string, ...addresses: string[]): Extract<AddressHelp, { kind: 'address' }> {
  const help = describeAddress(written, listing(...addresses));
  if (help.kind !== 'address') throw new Error(`${written} is ${help.kind}`);
  return help;
}

describe('an address that is typed', () => {
  it('is explained as the server will read it', () => {
    expect(helpFor('https://GHCR.io/')).toMatchObject({
      address: { text: 'ghcr.io' },
      name: 'GitHub Container Registry',
    });
    expect(helpFor('ghcr.io').companions.map(({ host }) => host)).toContain('pkg-containers.githubusercontent.com');
    expect(describeAddress('*.com', listing())).toMatchObject({
      kind: 'invalid',
      problem: { code: 'address-too-wide' },
    });
    expect(describeAddress('  ', listing())).toEqual({ kind: 'empty' });
  });

  it('names what was probably meant', () => {
    expect(helpFor('hub.docker.com').instead).toBe('docker.io');
    expect(helpFor('gcr').instead).toBe('gcr.io');
    expect(helpFor('gһcr.io').instead).toBe('ghcr.io');
    expect(helpFor('*.ghcr.io').instead).toBe('ghcr.io');
    expect(helpFor('ghcr.io').instead).toBeNull();
  });

  it('tells of duplicates and overlaps, by port', () => {
    expect(helpFor('GHCR.io', 'ghcr.io').listed).toBe(true);
    expect(helpFor('a.b.example', '*.example').coveredBy).toBe('*.example');
    expect(helpFor('a.b.example:5000', '*.b.example').coveredBy).toBeNull();
    expect(helpFor('a.b.example:5000', '*.b.example:5000').coveredBy).toBe('*.b.example:5000');
    expect(helpFor('auth.docker.io', 'docker.io').coveredBy).toBe('docker.io');
    expect(helpFor('*.example', 'a.example', 'b.a.example', 'example', 'c.example:5000').covers).toBe(2);
    expect(helpFor('*.a.example', '*.example').coveredBy).toBe('*.example');
  });
});

describe('suggestions', () => {
  it('find known registries by name and address, but none that is listed', () => {
    expect(suggestionsFor('github', listing()).map(({ address }) => address)).toContain('ghcr.io');
    expect(suggestionsFor('gh', listing('ghcr.io')).map(({ address }) => address)).not.toContain('ghcr.io');
    expect(suggestionsFor('amazon', listing())[0]?.address).toMatch(/amazonaws\.com|ecr\.aws/);
    expect(suggestionsFor('', listing())).toEqual([]);
  });

  it('leave somebody alone who has typed a whole address', () => {
    expect(suggestionsFor('ghcr.io', listing())).toEqual([]);
  });
});
