import { describe, expect, it } from 'vitest';
import { decide, decideWireName, HAS_ALLOWED_BELOW } from '../../../../shared/decide.ts';
import type { PolicyGrant, PolicyHint } from '../../../../shared/policy/grants.ts';
import type { PolicyMode } from '../../../../shared/policy/schema.ts';
import { withoutGrant } from '../../../../shared/reasons.ts';
import { compilePolicy, type PolicyRules } from '../../../../shared/rule-set/compile.ts';
import { compileGrants } from '../../../../shared/rule-set/compile-grants.ts';
import { hasEnded, type TeamProof } from '../../../../shared/rule-set/grant-rules.ts';
import { writeWireName } from '../../../../shared/rule-set/wire-name.ts';

const NOW = 1_800_000_000;
const frame = { iss: 'https://hub.example', org: 'acme', revision: 1, iat: NOW, exp: NOW + 9e5, enabled: true };

function rules(
  grants: PolicyGrant[],
  {
    proof = null,
    registries = [],
    hints = [],
    mode = 'enforce',
  }: {
    proof?: TeamProof | null;
    registries?: string[];
    hints?: PolicyHint[];
    mode?: PolicyMode;
  } = {},
): PolicyRules {
  const list = registries.map((address) => ({ address }));
  const compiled = compilePolicy({ ...frame, mode, registries: list, grants, hints }, 1);
  const counting = compileGrants(grants, proof, 1);
  return counting === null ? compiled : { ...compiled, grants: counting };
}
const ask = (of: PolicyRules, host: string, now: number | undefined = NOW, port = 443) =>
  decide(of, 'engine', host, port, now);

describe('a grant until a time', () => {
  const until = NOW + 100;

  it('allows up to the second before, and says until when', () => {
    const granted = rules([{ address: 'gcr.io', until }]);
    expect(ask(granted, 'gcr.io')).toEqual({
      ...{ allowed: true, reason: 'allowed-by-grant', registry: 'gcr.io', rule: 'gcr.io', until },
    });
    expect(ask(granted, 'gcr.io', until - 1).allowed).toBe(true);
    expect(ask(granted, 'gcr.io', until)).toEqual({ allowed: false, reason: 'not-in-policy' });
  });

  it('allows nobody who does not say what time it is', () => {
    const granted = rules([{ address: 'gcr.io', until }]);
    expect(decide(granted, 'engine', 'gcr.io', 443).allowed).toBe(false);
  });

  it('brings the same companions as a line of the list, and its port and suffix hold alike', () => {
    const granted = rules([
      { address: 'ghcr.io', until },
      { address: 'registry.example:5000', until },
      { address: '*.quay.io', until },
    ]);
    expect(ask(granted, 'pkg-containers.githubusercontent.com')).toMatchObject({ allowed: true, registry: 'ghcr.io' });
    expect(ask(granted, 'registry.example', NOW, 5000).allowed).toBe(true);
    expect(ask(granted, 'registry.example', NOW, 443).allowed).toBe(false);
    expect(ask(granted, 'cdn.quay.io').rule).toBe('*.quay.io');
    expect(ask(granted, 'quay.io').allowed).toBe(false);
  });

  it('gives way to the list, which has no end', () => {
    expect(ask(rules([{ address: 'gcr.io', until }], { registries: ['gcr.io'] }), 'gcr.io')).toMatchObject({
      reason: 'allowed-by-policy',
    });
  });

  it('hides no other that lasts longer, whatever their order, port or breadth', () => {
    const later = NOW + 1000;
    for (const grants of [
      [
        { address: 'gcr.io', until },
        { address: 'gcr.io', until: later },
      ],
      [
        { address: 'gcr.io', until },
        { address: '*.io', until: later },
        { address: 'gcr.io:443', until: later },
      ],
      [
        { address: 'gcr.io', until: later },
        { address: 'gcr.io', until },
      ],
    ]) {
      expect(ask(rules(grants), 'gcr.io', until + 1).allowed).toBe(true);
      expect(ask(rules(grants), 'gcr.io', later).allowed).toBe(false);
    }
    const ports = rules([
      { address: 'a.example:5000', until },
      { address: 'a.example:6000', until: later },
    ]);
    expect(decide(ports, 'engine', 'a.example', undefined, until + 1).allowed).toBe(true);
    expect(ask(ports, 'a.example', until + 1, 5000).allowed).toBe(false);
    const companion = rules([
      { address: 'pkg-containers.githubusercontent.com', until },
      { address: 'ghcr.io', until: later },
    ]);
    expect(ask(companion, 'pkg-containers.githubusercontent.com', until + 1).registry).toBe('ghcr.io');
  });

  it('is allowed in the view of containers for as long, and what is below the registry too', () => {
    const granted = rules([{ address: 'gcr.io', until }]);
    expect(decide(granted, 'workload', 'gcr.io', 443, NOW).reason).toBe('allowed-by-grant');
    expect(decide(granted, 'workload', 'us.gcr.io', 443, NOW).allowed).toBe(true);
    expect(decide(granted, 'workload', 'us.gcr.io', 443, until).allowed).toBe(false);
    expect(decide(granted, 'workload', 'gcr.io', 443, until).allowed).toBe(false);
  });

  it('makes no name below which it allows something non-existent', () => {
    const wire = new Uint8Array(256);
    writeWireName({ kind: 'name', host: 'example' }, wire);
    const packed = decideWireName(rules([{ address: 'a.example', until }]), 'engine', wire, 0, () => NOW);
    expect(packed & HAS_ALLOWED_BELOW).not.toBe(0);
  });

  it('never covers names of probes', () => {
    const granted = rules([{ address: '*.internal', until }]);
    expect(ask(granted, `n${'0'.repeat(32)}.probe.portcullis.internal`).allowed).toBe(false);
  });

  it('in audit mode is recorded as what would be blocked once it has ended', () => {
    const audited = rules([{ address: 'gcr.io', until }], { mode: 'audit' });
    expect(ask(audited, 'gcr.io').reason).toBe('allowed-by-grant');
    expect(ask(audited, 'gcr.io', until)).toEqual({ allowed: true, reason: 'audit-only', wouldDeny: true });
  });

  it('beyond the year 2106 is compared as the year 2106', () => {
    expect(ask(rules([{ address: 'gcr.io', until: 8_000_000_000 }]), 'gcr.io').allowed).toBe(true);
  });
});

describe('a grant for a team', () => {
  const grants = [{ address: 'gcr.io', teams: ['platform', 'sre'] }];
  const proof = { teams: ['sre', 'design'], exp: NOW + 50 };

  it('allows who is in one of them, until the proof of it ends', () => {
    const granted = rules(grants, { proof });
    expect(ask(granted, 'gcr.io')).toMatchObject({ allowed: true, teams: ['sre'] });
    expect(ask(granted, 'gcr.io')).not.toHaveProperty('until');
    expect(ask(granted, 'gcr.io', proof.exp - 1).allowed).toBe(true);
    expect(ask(granted, 'gcr.io', proof.exp).allowed).toBe(false);
  });

  it('allows nobody else', () => {
    expect(ask(rules(grants), 'gcr.io').allowed).toBe(false);
    for (const team of ['design', 'Platform', 'platform ', 'plat', '']) {
      expect(ask(rules(grants, { proof: { teams: [team], exp: NOW + 50 } }), 'gcr.io').allowed).toBe(false);
    }
  });

  it('with a time ends with whichever comes first', () => {
    const both = [{ address: 'gcr.io', teams: ['sre'], until: NOW + 20 }];
    expect(ask(rules(both, { proof }), 'gcr.io')).toMatchObject({ until: NOW + 20, teams: ['sre'] });
    expect(ask(rules(both, { proof }), 'gcr.io', NOW + 20).allowed).toBe(false);
  });
});

describe('a hint', () => {
  const hints = [
    { address: '*.gcr.io', use: 'mirror.acme.example/regional' },
    { address: 'gcr.io', use: 'mirror.acme.example/gcr' },
    { address: 'gcr.io', use: 'another' },
    { address: 'no address', use: 'nothing' },
  ];

  it('is told where the host is blocked, or would be, and decides nothing', () => {
    expect(ask(rules([], { hints }), 'gcr.io')).toEqual({
      ...{ allowed: false, reason: 'not-in-policy', hint: 'mirror.acme.example/gcr' },
    });
    expect(ask(rules([], { hints }), 'eu.gcr.io').hint).toBe('mirror.acme.example/regional');
    expect(ask(rules([], { hints, mode: 'audit' }), 'gcr.io').hint).toBe('mirror.acme.example/gcr');
    expect(ask(rules([], { hints }), 'quay.io')).not.toHaveProperty('hint');
    expect(ask(rules([], { hints, registries: ['gcr.io'] }), 'gcr.io')).not.toHaveProperty('hint');
  });
});

it('notices that a grant has ended, once', () => {
  const { grants } = rules([{ address: 'gcr.io', until: NOW + 10 }]);
  if (grants === undefined) throw new Error('no grants');
  expect(hasEnded(grants, NOW, NOW + 9)).toBe(false);
  expect(hasEnded(grants, NOW + 9, NOW + 10)).toBe(true);
  expect(hasEnded(grants, NOW + 10, NOW + 99)).toBe(false);
});

it('is told to a program of before grants as a line of the list', () => {
  const decision = ask(rules([{ address: 'gcr.io', until: NOW + 10 }]), 'gcr.io');
  expect(withoutGrant(decision)).toEqual({
    ...{ allowed: true, reason: 'allowed-by-policy', registry: 'gcr.io', rule: 'gcr.io' },
  });
});

it('compiles ten thousand grants for a team within what the main thread can spare', () => {
  const grants = Array.from({ length: 10_000 }, (_, i) => ({ address: `r${i}.example`, teams: ['sre'] }));
  const granted = rules(grants, { proof: { teams: ['sre'], exp: NOW + 50 } });
  expect(ask(granted, 'r9999.example').allowed).toBe(true);
});
