import { describe, expect, it } from 'vitest';
import { decide } from '../../../../shared/decide.ts';
import type { PolicyClaims } from '../../../../shared/policy/schema.ts';
import { compilePolicy } from '../../../../shared/rule-set/compile.ts';
import { registryLine } from '../../../../shared/rule-set/lines.ts';

const CLAIMS: PolicyClaims = {
  iss: 'https://hub.example',
  org: 'acme',
  revision: 7,
  iat: 1_000,
  exp: 2_000,
  enabled: true,
  mode: 'enforce',
  registries: [],
};
const compiled = (addresses: string[]) =>
  compilePolicy({ ...CLAIMS, registries: addresses.map((address) => ({ address })) }, 1);

describe('a compiled policy', () => {
  it('keeps what the panel shows of it', () => {
    const rules = compilePolicy(
      { ...CLAIMS, mode: 'audit', contact: '#registries', registries: [{ address: 'GHCR.io', nickname: 'GitHub' }] },
      1,
    );
    expect(rules).toMatchObject({
      kind: 'policy',
      org: 'acme',
      revision: 7,
      enabled: true,
      mode: 'audit',
      contact: '#registries',
    });
    expect(registryLine(rules.lines, 0)).toEqual({ index: 0, address: 'GHCR.io', nickname: 'GitHub', skipped: false });
  });

  it('counts lines, distinct hosts with companions, and lines that are no address', () => {
    const rules = compiled(['ghcr.io', 'ghcr.io', 'GHCR.IO:443', 'no host', '*.com', '*.example.com', '10.0.0.1']);
    // ghcr.io, its companion, the suffix and the IP literal.
    expect(rules.counts).toEqual({ registries: 7, hosts: 4, skipped: 2 });
    expect([0, 3, 4].map((line) => registryLine(rules.lines, line)?.skipped)).toEqual([false, true, true]);
  });

  it('skips names by which the filter is tested', () => {
    const rules = compiled([
      '*.probe.portcullis.internal',
      'n1.probe.portcullis.internal',
      'xprobe.portcullis.internal',
    ]);
    expect(rules.counts.skipped).toBe(2);
  });

  it('of two lines for one host, the first stands for it', () => {
    expect(decide(compiled(['GHCR.io', 'ghcr.io']), 'engine', 'ghcr.io').registry).toBe('GHCR.io');
  });

  it("a line of its own comes before another line's companion", () => {
    const rules = compiled(['ghcr.io', 'pkg-containers.githubusercontent.com']);
    expect(decide(rules, 'engine', 'pkg-containers.githubusercontent.com')).toEqual({
      allowed: true,
      reason: 'allowed-by-policy',
      registry: 'pkg-containers.githubusercontent.com',
      rule: 'pkg-containers.githubusercontent.com',
    });
  });

  it('the first of several lines stands for a companion that they share', () => {
    const rules = compiled(['registry.access.redhat.com', 'quay.io']);
    expect(decide(rules, 'engine', 'cdn01.quay.io')).toMatchObject({
      registry: 'registry.access.redhat.com',
      reason: 'allowed-companion',
    });
  });

  it('allows wide companions only where they have a line of their own', () => {
    const blob = 'acmeregistry1.blob.core.windows.net';
    expect(decide(compiled(['acme.azurecr.io']), 'engine', blob).allowed).toBe(false);
    expect(decide(compiled(['acme.azurecr.io', '*.blob.core.windows.net']), 'engine', blob).allowed).toBe(true);
    expect(decide(compiled(['registry.k8s.io']), 'engine', 'us-west1-docker.pkg.dev').allowed).toBe(false);
    for (const registry of ['gcr.io', 'eu.gcr.io', 'us-docker.pkg.dev', '*.pkg.dev']) {
      expect(decide(compiled([registry]), 'engine', 'storage.googleapis.com').allowed, registry).toBe(false);
    }
    expect(decide(compiled(['lscr.io']), 'engine', 'ghcr.io').allowed).toBe(false);
  });

  it('allows a companion at its own port only', () => {
    const rules = compiled(['registry.cn-hangzhou.aliyuncs.com']);
    const bucket = 'aliregistry.oss-cn-hangzhou.aliyuncs.com';
    expect([80, 443, 8080].map((port) => decide(rules, 'engine', bucket, port).allowed)).toEqual([true, true, false]);
  });

  it('brings no companions to a known name at another port', () => {
    expect(decide(compiled(['ghcr.io:8443']), 'engine', 'pkg-containers.githubusercontent.com').allowed).toBe(false);
  });

  it('shows a rule as it would be written', () => {
    const rules = compiled(['*.example.com:8443', '[2001:db8::1]:5000', '10.0.0.1', 'registry:443']);
    expect(decide(rules, 'engine', 'a.example.com').rule).toBe('*.example.com:8443');
    expect(decide(rules, 'engine', '2001:db8::1', 5000).rule).toBe('[2001:db8::1]:5000');
    expect(decide(rules, 'engine', '10.0.0.1').rule).toBe('10.0.0.1');
    expect(decide(rules, 'engine', 'registry').rule).toBe('registry:443');
  });

  it('takes names of 253 characters', () => {
    const longest = `${'a.'.repeat(122)}acme.corp`;
    expect(longest.length).toBe(253);
    const rules = compiled([longest, `*.${longest.slice(2)}`]);
    expect(decide(rules, 'engine', longest.toUpperCase())).toMatchObject({ allowed: true, rule: longest });
    expect(decide(rules, 'engine', longest.slice(2)).allowed).toBe(false);
  });

  it('lists a line as often as it was written, and means the same by it', () => {
    const [once, twice] = [compiled(['ghcr.io', '*.example.com']), compiled(['ghcr.io', '*.example.com', 'GHCR.io.'])];
    expect(twice.counts).toEqual({ ...once.counts, registries: 3 });
    expect(decide(twice, 'engine', 'ghcr.io')).toEqual(decide(once, 'engine', 'ghcr.io'));
  });

  it('tells look-alikes apart', () => {
    expect(decide(compiled(['gһcr.io']), 'engine', 'ghcr.io').allowed).toBe(false);
    expect(decide(compiled(['gһcr.io']), 'engine', 'gһcr.io').allowed).toBe(true);
  });
});
