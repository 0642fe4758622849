import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAdditions, originsByAddress } from '../../../../shared/lists/additions.ts';
import { Additions } from '../../../../shared/schemas/hub/registry-access.ts';

const listOf = (...addresses: string[]) => addresses.map((address) => ({ address }));
const OLIVIA = { by: 'olivia', at: '2026-11-01T09:00:00Z' };
const RAY = { by: 'ray', at: '2026-11-02T09:00:00Z' };

describe('who added a line', () => {
  it('is one entry for however many lines were added at once', () => {
    const registries = Array.from({ length: 100_000 }, (_, index) => ({ address: `r${index}.example` }));
    expect(nextAdditions({ registries: [], additions: [] }, registries, OLIVIA)).toEqual([
      { ...OLIVIA, count: 100_000 },
    ]);
  });

  it('stays with the line when it is moved or renamed, and is unknown for lines older than the record', () => {
    const before = { registries: listOf('a.example', 'b.example'), additions: [] };
    const additions = nextAdditions(before, listOf('new.example', 'b.example', 'a.example'), OLIVIA);
    expect(additions).toEqual([
      { ...OLIVIA, count: 1 },
      { by: null, at: null, count: 2 },
    ]);
  });

  it('is forgotten with a line that goes, so that who brings it back has added it', () => {
    const first = nextAdditions({ registries: [], additions: [] }, listOf('a.example'), OLIVIA);
    const none = nextAdditions({ registries: listOf('a.example'), additions: first }, [], RAY);
    expect(nextAdditions({ registries: [], additions: none }, listOf('a.example'), RAY)).toEqual([
      { ...RAY, count: 1 },
    ]);
  });

  it('names every line of any history, and nobody but who added it last', () => {
    const lists = fc.array(fc.uniqueArray(fc.constantFrom(...'abcdefgh')), { maxLength: 6 });
    fc.assert(
      fc.property(lists, (history) => {
        let list: { address: string }[] = [];
        let additions: ReturnType<typeof nextAdditions> = [];
        let expected = new Map<string, string>();
        history.forEach((addresses, step) => {
          const next = listOf(...addresses);
          additions = nextAdditions({ registries: list, additions }, next, { by: `p${step}`, at: OLIVIA.at });
          expected = new Map(addresses.map((address) => [address, expected.get(address) ?? `p${step}`]));
          list = next;
        });
        const named = [...originsByAddress(list, additions)].map(([address, { by }]) => [address, by]);
        expect(named).toEqual([...expected]);
        expect(() => Additions.parse({ revision: 1, additions })).not.toThrow();
      }),
    );
  });
});
