import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packLines, pageOfLines, registryAddress, registryLine } from '../../../../shared/rule-set/lines.ts';

const entries = [
  { address: 'ghcr.io', nickname: 'GitHub' },
  { address: 'no host', nickname: 'Müller’s 🦊' },
  { address: 'registry.example:5000' },
];
const lines = packLines(entries);
lines.skipped[1] = 1;

describe('the lines of a list', () => {
  it('come back as they were written', () => {
    expect(registryLine(lines, 0)).toEqual({ index: 0, address: 'ghcr.io', nickname: 'GitHub', skipped: false });
    expect(registryLine(lines, 1)).toEqual({ index: 1, address: 'no host', nickname: 'Müller’s 🦊', skipped: true });
    expect(registryLine(lines, 2)).toEqual({ index: 2, address: 'registry.example:5000', skipped: false });
    expect(registryAddress(lines, 2)).toBe('registry.example:5000');
  });

  it.each([-1, 3, 0.5, Number.NaN])('there is no line %d', (index) => {
    expect(registryLine(lines, index)).toBeNull();
    expect(registryAddress(lines, index)).toBeNull();
  });

  it('keep a byte order mark in front of a name', () => {
    const marked = packLines([{ address: '\ufeffghcr.io', nickname: '\ufeffGitHub' }]);
    expect(registryLine(marked, 0)).toMatchObject({ address: '\ufeffghcr.io', nickname: '\ufeffGitHub' });
  });

  it('survive any text', () => {
    const entry = fc.record(
      { address: fc.string({ unit: 'binary', minLength: 1 }), nickname: fc.string({ unit: 'binary', minLength: 1 }) },
      { requiredKeys: ['address'] },
    );
    fc.assert(
      fc.property(fc.array(entry), (list) => {
        const packed = packLines(list);
        list.forEach((written, index) => {
          const { address, nickname } = registryLine(packed, index) ?? {};
          expect(address).toBe(written.address.toWellFormed());
          expect(nickname).toBe(written.nickname?.toWellFormed());
        });
      }),
    );
  });
});

describe('pages', () => {
  it('go on where the last one ended', () => {
    const first = pageOfLines(lines, { limit: 2 });
    expect(first.items.map((line) => line.index)).toEqual([0, 1]);
    expect(pageOfLines(lines, { limit: 2, cursor: first.next ?? Number.NaN })).toMatchObject({
      items: [{ index: 2 }],
      next: null,
    });
  });
  it('find text in addresses and nicknames, in any case', () => {
    expect(pageOfLines(lines, { query: 'GITHUB', limit: 9 }).items).toMatchObject([{ address: 'ghcr.io' }]);
    expect(pageOfLines(lines, { query: 'Example:5', limit: 9 }).items).toMatchObject([{ index: 2 }]);
    expect(pageOfLines(lines, { query: 'nothing', limit: 9 })).toEqual({ items: [], next: null });
  });
  it('look through so many lines at a time, and together through all', () => {
    const many = packLines(Array.from({ length: 50_000 }, (_, i) => ({ address: `r${i}.example` })));
    const found: string[] = [];
    let pages = 0;
    for (let cursor: number | null = 0; cursor !== null; pages++) {
      const page = pageOfLines(many, { query: 'r49999.', limit: 10, cursor });
      found.push(...page.items.map((line) => line.address));
      cursor = page.next;
    }
    expect(found).toEqual(['r49999.example']);
    expect(pages).toBeGreaterThan(1);
  });
});
