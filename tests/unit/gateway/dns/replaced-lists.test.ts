import { describe, expect, it } from 'vitest';
import { createReplacedLists } from '../../../../main/gateway/dns/replaced-lists.ts';
import { decide } from '../../../../shared/decide.ts';
import type { PolicyClaims } from '../../../../shared/policy/schema.ts';
import { compilePolicy, type PolicyRules } from '../../../../shared/rule-set/compile.ts';
import { denyRules, openRules } from '../../../../shared/rule-set/rule-set.ts';

const LINES = 20_000;
const CLAIMS: PolicyClaims = {
  ...{ iss: 'https://hub.example', org: 'acme', revision: 7, iat: 1_000, exp: 2_000 },
  ...{ enabled: true, mode: 'enforce', registries: [] },
};

/** A list long enough that its memory is worth a system call, said to have so many lines. */
function list(name: string, count = LINES): PolicyRules {
  const registries = Array.from({ length: LINES }, (_, index) => ({ address: `h${index}.${name}.example` }));
  const rules = compilePolicy({ ...CLAIMS, registries }, 1);
  return { ...rules, lines: { ...rules.lines, count } };
}

const bytes = (memory: readonly SharedArrayBuffer[]): number =>
  memory.reduce((sum, { byteLength }) => sum + byteLength, 0);

describe('a list that is replaced', () => {
  it('leaves its table and its lines behind, and nothing of the one that is in force', () => {
    const [before, after] = [list('before'), list('after')];
    const { memory, isMuch } = createReplacedLists(before)(after);
    expect(memory).toContain(before.table.slots.buffer);
    expect(memory).toContain(before.table.names.buffer);
    expect(memory).toContain(before.lines.texts.buffer);
    expect(memory).not.toContain(after.table.slots.buffer);
    expect(bytes(memory)).toBeGreaterThan(LINES * 50);
    expect(isMuch).toBe(false);
  });

  it('leaves no memory behind that the next one still reads', () => {
    const before = list('before');
    const { memory } = createReplacedLists(before)({ ...list('after'), lines: before.lines });
    expect(memory).toContain(before.table.slots.buffer);
    expect(memory).not.toContain(before.lines.texts.buffer);
  });

  it('leaves nothing behind where only its grants or its mode changed', () => {
    const rules = list('same');
    expect(createReplacedLists(rules)({ ...rules, mode: 'audit' }).memory).toEqual([]);
  });

  it('is kept through a lock, and left behind by the list after it', () => {
    const rules = list('same');
    const follow = createReplacedLists(rules);
    expect(follow(denyRules('no-membership')).memory).toEqual([]);
    expect(follow(rules).memory).toEqual([]);
    expect(follow(denyRules('no-membership')).memory).toEqual([]);
    expect(follow(list('other')).memory).toContain(rules.table.slots.buffer);
  });

  it('leaves nothing behind that is too small for a system call', () => {
    const few = compilePolicy({ ...CLAIMS, registries: [{ address: 'quay.io' }] }, 1);
    expect(createReplacedLists(few)(list('long')).memory).toEqual([]);
  });

  it('leaves nothing behind where nothing was in force', () => {
    const follow = createReplacedLists(openRules());
    expect(follow(list('first'))).toEqual({ memory: [], isMuch: false });
  });
});

it('says that it is much once half a million lines were replaced, and begins anew', () => {
  const follow = createReplacedLists(list('a', 300_000));
  expect(follow(list('b', 300_000)).isMuch).toBe(false);
  expect(follow(list('c', 300_000)).isMuch).toBe(true);
  expect(follow(list('d', 300_000)).isMuch).toBe(false);
});

it('allows nothing to whoever still reads it once its memory is given back', () => {
  const registries = ['quay.io', 'ghcr.io', '*.pkg.dev'].map((address) => ({ address }));
  const rules = compilePolicy({ ...CLAIMS, registries }, 1);
  const asked = ['quay.io', 'ghcr.io', 'europe-docker.pkg.dev'];
  for (const view of ['engine', 'workload'] as const) {
    for (const host of asked) expect(decide(rules, view, host).allowed, `${view}, ${host}`).toBe(true);
  }
  // What madvise(2) leaves.
  for (const part of [rules.table, rules.lines]) {
    for (const field of Object.values(part)) if (ArrayBuffer.isView(field)) new Uint8Array(field.buffer).fill(0);
  }
  for (const view of ['engine', 'workload'] as const) {
    for (const host of [...asked, 'docker.io'])
      expect(decide(rules, view, host).allowed, `${view}, ${host}`).toBe(false);
  }
});
