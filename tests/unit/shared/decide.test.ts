import { describe, expect, it } from 'vitest';
import { decide, decideWireName, HAS_ALLOWED_BELOW } from '../../../shared/decide.ts';
import type { PolicyClaims } from '../../../shared/policy/schema.ts';
import { compilePolicy, type PolicyRules } from '../../../shared/rule-set/compile.ts';
import { denyRules, openRules } from '../../../shared/rule-set/rule-set.ts';
import { writeWireName } from '../../../shared/rule-set/wire-name.ts';

const noTime = (): number => 0;

function policy(addresses: string[], change: Partial<PolicyClaims> = {}): PolicyRules {
  const claims: PolicyClaims = {
    iss: 'https://hub.example',
    org: 'acme',
    revision: 7,
    iat: 1_000,
    exp: 2_000,
    enabled: true,
    mode: 'enforce',
    registries: addresses.map((address) => ({ address })),
    ...change,
  };
  return compilePolicy(claims, 42);
}

describe('the engine view under a policy', () => {
  const rules = policy(['ghcr.io', '*.acme.example', 'registry.example:5000', '10.1.2.3:5000', 'MCR.microsoft.com']);

  it('allows a listed host', () => {
    expect(decide(rules, 'engine', 'ghcr.io')).toEqual({
      allowed: true,
      reason: 'allowed-by-policy',
      registry: 'ghcr.io',
      rule: 'ghcr.io',
    });
  });
  it('allows the hosts a listed registry sends its clients to', () => {
    expect(decide(rules, 'engine', 'westeurope.data.mcr.microsoft.com')).toEqual({
      allowed: true,
      reason: 'allowed-companion',
      registry: 'MCR.microsoft.com',
      rule: '*.data.mcr.microsoft.com',
    });
  });
  it('denies what is not listed', () => {
    expect(decide(rules, 'engine', 'gcr.io')).toEqual({ allowed: false, reason: 'not-in-policy' });
  });
  it('allows what is below a suffix, not the suffix itself', () => {
    expect(decide(rules, 'engine', 'a.b.acme.example').rule).toBe('*.acme.example');
    expect(decide(rules, 'engine', 'acme.example').allowed).toBe(false);
    expect(decide(rules, 'engine', 'evilacme.example').allowed).toBe(false);
  });
  it('holds to the port where one is given, to 443 where none is, and ignores it for DNS', () => {
    expect(decide(rules, 'engine', 'registry.example').allowed).toBe(true);
    expect(decide(rules, 'engine', 'registry.example', 5000)).toMatchObject({
      allowed: true,
      rule: 'registry.example:5000',
    });
    expect(decide(rules, 'engine', 'registry.example', 443).allowed).toBe(false);
    expect(decide(rules, 'engine', 'ghcr.io', 443).allowed).toBe(true);
    expect(decide(rules, 'engine', 'ghcr.io', 80).allowed).toBe(false);
  });
  it('allows an IP literal only where listed', () => {
    expect(decide(rules, 'engine', '10.1.2.3', 5000)).toMatchObject({ allowed: true, rule: '10.1.2.3:5000' });
    expect(decide(rules, 'engine', '10.1.2.4', 5000).allowed).toBe(false);
    expect(decide(rules, 'engine', '0.0.0.0', 5000).allowed).toBe(false);
    expect(decide(rules, 'engine', '::', 5000).allowed).toBe(false);
  });
  it('allows the baseline', () => {
    expect(decide(rules, 'engine', 'localhost', 5000)).toMatchObject({ allowed: true, reason: 'baseline' });
    expect(decide(rules, 'engine', 'host.docker.internal')).toMatchObject({ allowed: true, reason: 'baseline' });
  });
  it.each(['127.0.0.1', '127.8.9.10', '::1', '[::1]', '::ffff:127.0.0.1'])('takes %s for localhost', (host) => {
    for (const port of [undefined, 443, 5000]) {
      expect(decide(rules, 'engine', host, port)).toEqual(decide(rules, 'engine', 'localhost', port));
      const locked = denyRules('sign-in-required', ['acme'], '');
      expect(decide(locked, 'engine', host, port)).toEqual(decide(locked, 'engine', 'localhost', port));
    }
  });
  it('names the line where an owner has listed an address of loopback', () => {
    const listed = policy(['[::1]:5000']);
    expect(decide(listed, 'engine', '::1', 5000)).toMatchObject({ reason: 'allowed-by-policy', rule: '[::1]:5000' });
    expect(decide(listed, 'engine', '::1', 5001)).toMatchObject({ allowed: true, reason: 'baseline' });
  });
  it('denies names by which the filter is tested', () => {
    expect(decide(rules, 'engine', 'nff.probe.portcullis.internal')).toEqual({
      allowed: false,
      reason: 'not-in-policy',
    });
  });
  it('denies what is no host', () => {
    expect(decide(rules, 'engine', '0x7f.1')).toEqual({ allowed: false, reason: 'not-in-policy' });
  });
  it('tells what lies above something allowed', () => {
    const isAbove = (host: string): boolean => {
      const bytes = new Uint8Array(256);
      writeWireName({ kind: 'name', host }, bytes);
      return (decideWireName(rules, 'engine', bytes, 0, noTime) & HAS_ALLOWED_BELOW) !== 0;
    };
    expect(['example', 'acme.example', 'gcr.io', ''].map(isAbove)).toEqual([true, true, false, true]);
  });
});

describe('a policy that is switched off or only records', () => {
  it('allows everything when off, and says what it would deny', () => {
    const rules = policy(['ghcr.io'], { enabled: false });
    expect(decide(rules, 'engine', 'gcr.io')).toEqual({ allowed: true, reason: 'restrictions-off', wouldDeny: true });
    expect(decide(rules, 'engine', 'ghcr.io')).toMatchObject({ reason: 'restrictions-off', wouldDeny: false });
  });
  it('under audit allows what it would deny, and says so', () => {
    const rules = policy(['ghcr.io'], { mode: 'audit' });
    expect(decide(rules, 'engine', 'gcr.io')).toEqual({ allowed: true, reason: 'audit-only', wouldDeny: true });
    expect(decide(rules, 'engine', 'ghcr.io').reason).toBe('allowed-by-policy');
  });
});

describe('the workload view', () => {
  const rules = policy(['ghcr.io']);
  it('denies registries that the policy does not allow, and what is below them', () => {
    for (const host of ['gcr.io', 'eu.gcr.io', 'x.quay.io', '123456789012.dkr.ecr.eu-west-1.amazonaws.com']) {
      expect(decide(rules, 'workload', host), host).toEqual({ allowed: false, reason: 'not-in-policy' });
    }
  });
  it('allows registries that the policy allows, and everything else', () => {
    expect(decide(rules, 'workload', 'ghcr.io').reason).toBe('allowed-by-policy');
    for (const host of ['x.ghcr.io', 'gitlab.com', 'example.com', 'bucket.s3.amazonaws.com']) {
      expect(decide(rules, 'workload', host), host).toEqual({ allowed: true, reason: 'baseline' });
    }
  });
});

describe('locked and open rule sets', () => {
  it('locked: the engine reaches nothing, containers reach no registry', () => {
    const rules = denyRules('sign-in-required', ['acme'], '');
    expect(decide(rules, 'engine', 'localhost')).toEqual({ allowed: false, reason: 'sign-in-required' });
    expect(decide(rules, 'workload', 'ghcr.io')).toEqual({ allowed: false, reason: 'sign-in-required' });
    expect(decide(rules, 'workload', 'example.com')).toEqual({ allowed: true, reason: 'baseline' });
  });
  it('open: everything but the test names', () => {
    expect(decide(openRules(), 'engine', 'gcr.io')).toEqual({ allowed: true, reason: 'not-managed' });
    expect(decide(openRules(), 'engine', 'n1.probe.portcullis.internal').allowed).toBe(false);
  });
});
