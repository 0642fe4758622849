import fc from 'fast-check';
import { expect, it } from 'vitest';
import { companionsOf, KNOWN_ENDINGS, lastTwoLabels, mayBeKnown } from '../../../../shared/catalogue/look-up.ts';
import { REGISTRIES } from '../../../../shared/catalogue/registries.ts';
import { PROBE_SUFFIX } from '../../../../shared/probe-names.ts';
import { readAddress } from '../../../../shared/rule-set/add-address.ts';
import { compilePolicy } from '../../../../shared/rule-set/compile.ts';
import { find } from '../../../../shared/rule-set/name-table.ts';
import { PlainNames } from '../../../../shared/rule-set/plain-names.ts';
import { writeWireName } from '../../../../shared/rule-set/wire-name.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function wireOf(text: string): Buffer {
  const wire = new Uint8Array(256);
  return Buffer.from(wire.subarray(0, writeWireName({ kind: 'name', host: text }, wire)));
}

const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9_-]{1,5}$/),
  fc.constantFrom('internal', 'com', '0x1f', '255', '', '*', 'A', 'a'.repeat(63), 'a'.repeat(64), 'ü', 'probe', 'a:5'),
);
const host = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.')),
  fc.constantFrom(
    PROBE_SUFFIX,
    `n1.${PROBE_SUFFIX}`,
    'a.internal',
    '1.2.3.4',
    'a.example.',
    `${'a.'.repeat(126)}a`,
    `${'a.'.repeat(127)}a`,
  ),
);

it('a name that is read from bytes is the address that it is as text', () => {
  const names = new PlainNames();
  let read = 0;
  fc.assert(
    fc.property(host, fc.nat({ max: 3 }), (text, before) => {
      const bytes = bytesOf(`${'x'.repeat(before)}${text}.more`);
      if (!names.read(bytes, before, before + bytesOf(text).length)) return;
      read++;
      expect(readAddress(text)).toEqual({ kind: 'exact', host: text, text });
      const wire = wireOf(text);
      expect(Buffer.from(names.wire.subarray(0, wire.length)).equals(wire)).toBe(true);
      const same = new PlainNames();
      expect(same.read(bytesOf(lastTwoLabels(text)), 0, lastTwoLabels(text).length)).toBe(true);
      expect(names.ending).toBe(same.ending);
      if (mayBeKnown(text)) expect(KNOWN_ENDINGS).toContain(lastTwoLabels(text));
    }),
    { numRuns: 2_000 },
  );
  expect(read).toBeGreaterThan(200);
});

it.each(['ghcr.io', 'a', 'x-1.y_2.example', `${'a'.repeat(63)}.example`])('%s is read', (text) => {
  expect(new PlainNames().read(bytesOf(text), 0, text.length)).toBe(true);
});

/** Names as the catalogue has them, with something in place of each placeholder. */
const known = fc
  .tuple(
    fc.constantFrom(...REGISTRIES.flatMap(({ matches }) => matches)),
    fc.array(fc.constantFrom('a', 'b1', 'us-east-1', 'eu-west-2', '100000000001', 'docker'), {
      minLength: 3,
      maxLength: 3,
    }),
  )
  .map(([text, words]) => {
    let used = 0;
    return text.replaceAll(/<[a-z]+>/g, () => words[used++ % 3] ?? '');
  });
const address = fc.oneof(
  { weight: 6, arbitrary: known },
  { weight: 1, arbitrary: known.map((text) => `x${text}`) },
  { weight: 1, arbitrary: known.map((text) => `${text.toUpperCase()}:8443`) },
  { weight: 1, arbitrary: host },
);

it('a list grants what each of its lines is and brings, and names the first line for it', () => {
  fc.assert(
    fc.property(fc.array(address, { minLength: 1, maxLength: 40 }), (addresses) => {
      const claims = {
        ...{ iss: 'https://hub.example', org: 'acme', revision: 1, iat: 0, exp: 1, enabled: true },
        mode: 'enforce' as const,
        registries: addresses.filter((each) => each !== '').map((each) => ({ address: each })),
      };
      const { table, counts, lines } = compilePolicy(claims, 7);
      const read = claims.registries.map((each) => readAddress(each.address));
      expect([...lines.skipped]).toEqual(read.map((each) => (each === null ? 1 : 0)));
      // By kind, name and port: the first line whose own it is, else the first that brings it.
      const first = new Map<string, number>();
      const ownOf = (each: NonNullable<(typeof read)[number]>, port = each.port ?? 443): string =>
        `${each.kind === 'suffix' ? '*.' : ''}${each.host} ${port}`;
      read.forEach((each, line) => {
        if (each !== null && !first.has(ownOf(each))) first.set(ownOf(each), line);
      });
      read.forEach((each, line) => {
        for (const companion of each === null ? [] : companionsOf(each)) {
          const brought = companion.optIn ? null : readAddress(companion.host);
          if (brought === null) continue;
          const key = ownOf(brought, companion.port ?? 443);
          if (!first.has(key)) first.set(key, line);
        }
      });
      expect(counts.hosts).toBe(new Set([...first.keys()].map((key) => key.split(' ')[0])).size);
      for (const [key, line] of first) {
        const [name = '', port] = key.split(' ');
        if (name.startsWith('*.') || /^[0-9.:a-f]+$/.test(name)) continue;
        const grant = find(table, wireOf(name), 0, Number(port), true);
        expect([key, table.grantLine[grant]]).toEqual([key, line]);
      }
    }),
    { numRuns: 300 },
  );
});
