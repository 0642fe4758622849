import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANCESTOR_ONLY,
  find,
  MALFORMED,
  type NameTable,
  NameTableBuilder,
  NONE,
  SUFFIX,
  TABLE_LIMITS,
} from '../../../../shared/rule-set/name-table.ts';
import { readWireName, writeWireName } from '../../../../shared/rule-set/wire-name.ts';

function wire(host: string): Uint8Array {
  const bytes = new Uint8Array(256);
  return bytes.slice(0, writeWireName({ kind: 'name', host }, bytes));
}

/** `*.example.com` is a suffix; `example.com:5000` has a port, else any. */
function table(names: string[], limits = TABLE_LIMITS, seed = 7): NameTable {
  const builder = new NameTableBuilder(seed, 4, limits);
  names.forEach((text, line) => {
    const [host = '', port] = text.split(':');
    const suffix = host.startsWith('*.');
    builder.add(wire(suffix ? host.slice(2) : host), Number(port ?? 0), suffix ? SUFFIX : 0, line);
  });
  return builder.build();
}

/** The line that stands for a name, or what `find` says instead. */
function lineOf(names: NameTable, host: string, port = 0): number {
  const grant = find(names, wire(host), 0, port, true);
  return grant < 0 ? grant : (names.grantLine[grant] ?? Number.NaN);
}

describe('the longest match wins', () => {
  const names = table(['*.example.com', 'a.example.com', '*.a.example.com', '*.b.a.example.com']);
  it.each([
    ['example.com', ANCESTOR_ONLY],
    ['a.example.com', 1],
    ['x.example.com', 0],
    ['x.y.example.com', 0],
    ['x.a.example.com', 2],
    ['b.a.example.com', 2],
    ['x.b.a.example.com', 3],
    ['com', ANCESTOR_ONLY],
    ['org', NONE],
    ['xexample.com', NONE],
  ])('%s', (host, expected) => {
    expect(lineOf(names, host)).toBe(expected);
  });
});

describe('several lines on one name', () => {
  it('the first stands for it', () => {
    expect(lineOf(table(['a.example', 'a.example']), 'a.example')).toBe(0);
  });
  it('each port has its own', () => {
    const names = table(['a.example:5000', 'a.example:443', 'a.example:5000']);
    expect([0, 443, 5000, 80].map((port) => lineOf(names, 'a.example', port))).toEqual([0, 1, 0, NONE]);
  });
  it('a suffix steps in where the exact name has another port', () => {
    const names = table(['*.example:443', 'a.example:5000']);
    expect([0, 443, 5000, 80].map((port) => lineOf(names, 'a.example', port))).toEqual([1, 0, 1, NONE]);
  });
  it('are refused when a name has more ports than anybody needs', () => {
    const builder = new NameTableBuilder(1, 4, { ...TABLE_LIMITS, ports: 2 });
    expect([1, 2, 3, 2].map((port) => builder.add(wire('a.example'), port, 0, port))).toEqual([0, 1, -1, 1]);
  });
});

describe('a list made to exhaust memory', () => {
  const names = table(['a.b.c.d.example', '*.x.y.z.example'], { ...TABLE_LIMITS, ancestors: 2 });
  it('is judged the same', () => {
    expect(names.complete).toBe(false);
    expect(lineOf(names, 'a.b.c.d.example')).toBe(0);
    expect(lineOf(names, 'q.x.y.z.example')).toBe(1);
  });
  it('has every other name count as an ancestor, which only turns "no such name" into "no data"', () => {
    expect(lineOf(names, 'elsewhere.example')).toBe(ANCESTOR_ONLY);
  });
});

describe('names with one hash', () => {
  // Among so many there are some; found by looking into the table, where the hash is the first of four numbers.
  const count = 250_000;
  const builder = new NameTableBuilder(3, count);
  const hosts = Array.from({ length: count }, (_, i) => `p${Math.imul(i, 0x9e37_79b1) >>> 0}x${i}.example`);
  for (const [line, host] of hosts.entries()) builder.add(wire(host), 0, 0, line);
  const names = builder.build();
  const byHash = new Map<number, string>();
  const pairs: [string, string][] = [];
  for (let slot = 0; slot < names.slots.length; slot += 4) {
    if ((names.slots[slot + 2] ?? 0) === 0) continue;
    const name = readWireName(names.names, ((names.slots[slot + 1] ?? 0) & 0x3fff_ffff) - 1) ?? '';
    const other = byHash.get(names.slots[slot] ?? 0);
    if (other !== undefined) pairs.push([other, name]);
    byHash.set(names.slots[slot] ?? 0, name);
  }

  it('exist in this test', () => {
    expect(pairs.length).toBeGreaterThan(0);
  });
  it('are each found for themselves', () => {
    for (const host of pairs.flat()) expect(hosts[lineOf(names, host)]).toBe(host);
  });
  it('are told apart as parents, in either order', () => {
    for (const [a, b] of pairs) {
      for (const list of [
        [`x.${a}`, `*.${b}`],
        [`*.${b}`, `x.${a}`],
      ]) {
        const both = table(list, TABLE_LIMITS, 3);
        expect(lineOf(both, `x.${a}`)).toBe(list.indexOf(`x.${a}`));
        expect(lineOf(both, `y.${a}`)).toBe(NONE);
        expect(lineOf(both, `x.${b}`)).toBe(list.indexOf(`*.${b}`));
      }
    }
  });
});

describe('any bytes', () => {
  const names = table(['*.example.com', 'a.example.com']);
  it('are a verdict, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(320), (bytes, offset) => {
        expect(find(names, bytes, offset, 0, true)).toBeGreaterThanOrEqual(MALFORMED);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['nothing', []],
    ['a name cut off in a label', [3, 97, 98]],
    ['a name without its end', [1, 97]],
    ['a compression pointer', [1, 97, 0xc0, 12]],
    ['a label of an unknown type', [0x41, 97, 0]],
    ['256 octets', [...Array.from({ length: 127 }, () => [1, 97]).flat(), 1, 97, 0]],
  ])('that are no name: %s', (_what, bytes) => {
    expect(find(names, Uint8Array.from(bytes), 0, 0, true)).toBe(MALFORMED);
  });

  it('take 255 octets for a name', () => {
    const longest = Uint8Array.from([...Array.from({ length: 127 }, () => [1, 97]).flat(), 0]);
    expect(longest.length).toBe(255);
    expect(find(names, longest, 0, 0, true)).toBe(NONE);
  });

  it('that no host name holds are below no suffix', () => {
    const strange = Uint8Array.from([3, 97, 0x2e, 98, ...wire('example.com')]);
    expect(find(names, strange, 0, 0, true)).toBe(NONE);
    expect(find(names, Uint8Array.from([1, 0x2a, ...wire('example.com')]), 0, 0, true)).toBe(NONE);
    expect(find(names, Uint8Array.from([1, 0xe4, ...wire('a.example.com')]), 0, 0, true)).toBe(NONE);
  });
});

it('a table crosses to another thread as it is, and its memory is shared', async () => {
  const names = table(['*.example.com']);
  const { port1, port2 } = new MessageChannel();
  const received = new Promise<NameTable>((resolve) => {
    port2.onmessage = (event) => resolve(event.data);
  });
  port1.postMessage(names);
  const other = await received;
  port1.close();
  port2.close();
  expect(lineOf(other, 'a.example.com')).toBe(0);
  names.slots.fill(0);
  expect(lineOf(other, 'a.example.com')).toBe(NONE);
});
