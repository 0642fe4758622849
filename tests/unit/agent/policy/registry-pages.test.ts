import { describe, expect, it } from 'vitest';
import type { PageArgs } from '../../../../main/agent/page.ts';
import { registryPage } from '../../../../main/agent/policy/registry-pages.ts';
import { compilePolicy } from '../../../../shared/rule-set/compile.ts';

function linesOf(registries: { address: string; nickname?: string }[]) {
  const claims = {
    iss: 'i',
    org: 'acme',
    revision: 1,
    iat: 0,
    exp: 1,
    enabled: true,
    mode: 'enforce' as const,
    registries,
  };
  return compilePolicy(claims, 1).lines;
}
const many = linesOf(
  Array.from({ length: 45_000 }, (_, index) => ({
    address: `r${index}.example`,
    nickname: index % 15_000 === 7 ? 'Special' : 'Plain',
  })),
);
const all: PageArgs = { query: '', cursor: null, offset: 0, limit: 200 };
const breathe = (): Promise<void> => new Promise(setImmediate);
const digest = 'a'.repeat(64);

describe('the list of registries', () => {
  it('shows what the catalogue adds, and what is wrong with a line', async () => {
    const lines = linesOf([{ address: 'ghcr.io', nickname: 'GitHub' }, { address: 'not an address' }]);
    const { items, total } = await registryPage(lines, digest, all, breathe);
    expect(total).toBe(2);
    expect(items[0]).toMatchObject({
      address: 'ghcr.io',
      nickname: 'GitHub',
      known: expect.stringContaining('GitHub'),
      problem: null,
    });
    expect(items[0]?.companions.map(({ host }) => host)).toContain('pkg-containers.githubusercontent.com');
    expect(items[1]).toMatchObject({
      address: 'not an address',
      known: null,
      companions: [],
      problem: expect.any(String),
    });
  });

  it('says which entry may not do what was meant, and which host comes along that anyone can fill', async () => {
    const lines = linesOf([
      { address: 'hub.docker.com' },
      { address: 'http://r.example/x' },
      { address: 'registry.gitlab.com' },
    ]);
    const { items } = await registryPage(lines, digest, all, breathe);
    expect(items.map(({ notices }) => notices.map(({ code }) => code))).toEqual([
      ['address-web-site'],
      ['address-path-dropped', 'address-plain-http'],
      [],
    ]);
    expect(items[2]?.companions[0]).toMatchObject({ host: 'gitlab.com', open: true, note: { en: expect.any(String) } });
  });

  it('is found by the name that everybody has for it, whether or not the owner wrote it', async () => {
    const lines = linesOf([{ address: 'docker.io' }, { address: 'quay.io' }, { address: 'r.example' }]);
    const { items, total } = await registryPage(lines, digest, { ...all, query: 'docker hub' }, breathe);
    expect([total, items.map(({ address }) => address)]).toEqual([1, ['docker.io']]);
  });

  it('comes page by page, every line once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await registryPage(many, digest, { ...all, cursor }, breathe);
      expect(page.total).toBe(45_000);
      seen.push(...page.items.map(({ address }) => address));
      cursor = seen.length > 1_000 ? null : page.next;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen[200]).toBe('r200.example');
  });

  it('finds the few among the many, however far apart they are', async () => {
    const { items, total, next } = await registryPage(many, digest, { ...all, query: 'special' }, breathe);
    expect(items.map(({ address }) => address)).toEqual(['r7.example', 'r15007.example', 'r30007.example']);
    expect({ total, next }).toEqual({ total: 3, next: null });
  });

  it('turns the pages of a search, from any place, without one line twice', async () => {
    const asked = { ...all, query: 'r1', limit: 100 };
    const first = await registryPage(many, digest, asked, breathe);
    const second = await registryPage(many, digest, { ...asked, cursor: first.next }, breathe);
    const skipped = await registryPage(many, digest, { ...asked, offset: 100 }, breathe);
    expect(second.items).toEqual(skipped.items);
    expect(first.items.concat(second.items).map(({ address }) => address)).toEqual(
      Array.from({ length: 45_000 }, (_, index) => `r${index}.example`)
        .filter((name) => name.includes('r1'))
        .slice(0, 200),
    );
    expect((await registryPage(many, digest, { ...asked, offset: 1_000_000 }, breathe)).items).toEqual([]);
  });

  it('does not mix the pages of two revisions', async () => {
    const { next } = await registryPage(many, digest, all, breathe);
    const page = await registryPage(many, 'b'.repeat(64), { ...all, cursor: next }, breathe);
    expect(page).toEqual({ items: [], total: 45_000, next: null, stale: true, version: 'b'.repeat(16) });
    expect((await registryPage(many, digest, { ...all, cursor: 'made up' }, breathe)).stale).toBe(true);
  });
});
