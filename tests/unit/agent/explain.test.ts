import { describe, expect, it } from 'vitest';
import { explain, ownDecider, readSubject } from '../../../main/agent/explain.ts';
import { hasLineFor } from '../../../main/agent/policy/registry-pages.ts';
import { REGISTRIES } from '../../../shared/catalogue/registries.ts';
import type { Circumstances } from '../../../shared/messages/describe-explanation.ts';
import { compilePolicy } from '../../../shared/rule-set/compile.ts';
import { denyRules, openRules } from '../../../shared/rule-set/rule-set.ts';

const circumstances = { org: 'acme', contact: null, now: 0 };
const rules = compilePolicy(
  {
    iss: 'https://hub.acme.example',
    org: 'acme',
    revision: 1,
    iat: 0,
    exp: 1,
    enabled: true,
    mode: 'enforce',
    registries: [{ address: 'docker.io' }, { address: 'registry.example:5000' }, { address: '10.0.0.7' }],
  },
  1,
);

const listOf = (...addresses: string[]) => {
  const registries = addresses.map((address) => ({ address }));
  const claims = { iss: 'https://hub.acme.example', org: 'acme', revision: 1, iat: 0, exp: 1 } as const;
  return compilePolicy({ ...claims, enabled: true, mode: 'enforce', registries }, 1);
};

async function ask(text: string, decider = ownDecider(rules, 0), { lines } = rules, more: Partial<Circumstances> = {}) {
  const subject = readSubject(text);
  if (!subject.ok) throw new Error(subject.problem.message);
  const all = { ...circumstances, ...more };
  return explain(text, subject.value, all, decider, (host) => hasLineFor(lines, host, async () => undefined));
}

describe('what is asked about', () => {
  it.each([
    ['ubuntu', 'image', 'docker.io'],
    ['ubuntu:22.04', 'image', 'docker.io'],
    ['team/app', 'image', 'docker.io'],
    ['ghcr.io/acme/app:1.2', 'image', 'ghcr.io'],
    ['localhost:5000/app', 'image', 'localhost:5000'],
    ['gcr.io', 'host', 'gcr.io'],
    ['gcr.io/', 'host', 'gcr.io'],
    ['registry.example:5000', 'host', 'registry.example:5000'],
    ['https://gcr.io/v2/', 'host', 'gcr.io'],
    ['https://hub.docker.com/_/nginx', 'image', 'docker.io'],
    ['docker pull nginx', 'image', 'docker.io'],
    ['FROM ghcr.io/acme/app:1 AS build', 'image', 'ghcr.io'],
    ['https://github.com/orgs/acme/packages/container/package/app', 'image', 'ghcr.io'],
    ['https://quay.io/repository/prometheus/node-exporter?tab=tags', 'image', 'quay.io'],
    ['10.0.0.7', 'host', '10.0.0.7'],
    ['[2001:db8::1]:5000', 'host', '[2001:db8::1]:5000'],
    ['localhost', 'host', 'localhost'],
  ])('%s is an %s of %s', (text, kind, registry) => {
    expect(readSubject(text)).toMatchObject({ ok: true, value: { kind, registry } });
  });

  it.each(['', ' ', 'UPPER/CASE', 'a b', '-'])('"%s" is neither, and that is said', (text) => {
    expect(readSubject(text)).toMatchObject({ ok: false, problem: { next: expect.any(String) } });
  });
});

it('what a build from nothing pulls is said to be nothing', () => {
  expect(readSubject('FROM scratch')).toMatchObject({ ok: false, problem: { code: 'image-scratch' } });
});

describe('an explanation', () => {
  it('names every host that a pull contacts', async () => {
    const { allowed, hosts, sentence } = await ask('ubuntu');
    expect(allowed).toBe(true);
    expect(hosts.map(({ host }) => host)).toContain('auth.docker.io');
    expect(sentence).toBe('registry-1.docker.io is allowed because it belongs to docker.io (Docker Hub).');
  });

  it('says whom to ask for what, in the words of the list', async () => {
    expect(await ask('ghcr.io/acme/app')).toMatchObject({
      allowed: false,
      sentence: 'ghcr.io is blocked by acme.',
      next: 'To request access to ghcr.io, contact an owner of acme.',
    });
  });

  it('takes a pull without a port to go to 443, and asks about a bare host at any port', async () => {
    expect((await ask('registry.example/app')).allowed).toBe(false);
    expect((await ask('registry.example:5000/app')).allowed).toBe(true);
    expect((await ask('registry.example')).allowed).toBe(true);
  });

  it('judges every spelling of loopback alike', async () => {
    const answers = await Promise.all(['localhost', '127.0.0.1', '[::1]'].map((host) => ask(`${host}:5000/x`)));
    expect(answers).toMatchObject([
      { allowed: true, registry: 'localhost:5000', sentence: 'localhost is local and always allowed.' },
      { allowed: true, registry: '127.0.0.1:5000', sentence: '127.0.0.1 is local and always allowed.' },
      { allowed: true, registry: '[::1]:5000', sentence: '::1 is local and always allowed.' },
    ]);
  });

  it('says what to do about a lock', async () => {
    expect(await ask('ubuntu', ownDecider(denyRules('sign-in-required', ['acme']), 0))).toMatchObject({
      allowed: false,
      next: 'Sign in as a member of acme.',
      generation: null,
    });
  });

  it('asks for nothing where the list is only recorded, and says what would be', async () => {
    const { allowed, sentence, next } = await ask('gcr.io', ownDecider({ ...rules, mode: 'audit' }, 0));
    expect({ allowed, sentence, next }).toEqual({
      allowed: true,
      sentence: 'gcr.io is not allowed by acme. In audit mode this is recorded, not blocked.',
      next: null,
    });
  });
});

describe('what a pull that is allowed may also need', () => {
  const needs = async (text: string, ...addresses: string[]) => {
    const list = listOf(...addresses);
    return (await ask(text, ownDecider(list, 0), list)).mayNeed.map(({ host }) => host);
  };

  it.each([
    ['registry.k8s.io/pause:3.9', 'registry.k8s.io', '<location>-docker.pkg.dev', 'europe-west3-docker.pkg.dev'],
    ['k8s.gcr.io/pause:3.9', 'k8s.gcr.io', '<location>-docker.pkg.dev', '*.pkg.dev'],
    ['acme.azurecr.io/app', 'acme.azurecr.io', '*.blob.core.windows.net', 'acme1.blob.core.windows.net'],
    ['lscr.io/linuxserver/app', 'lscr.io', 'ghcr.io', 'ghcr.io'],
    ['gcr.io/p/app', 'gcr.io', 'storage.googleapis.com', 'storage.googleapis.com'],
  ])('%s with %s: %s, unless %s is listed', async (image, registry, host, line) => {
    expect(await needs(image, registry)).toEqual([host]);
    expect(await needs(image, registry, line)).toEqual([]);
  });

  it('is told of every registry that has such hosts', async () => {
    for (const row of REGISTRIES.filter(({ companions }) => companions.some(({ optIn }) => optIn))) {
      const registry = (row.matches[0] ?? '').replaceAll(/<[a-z]+>/g, 'x');
      expect(await needs(`${registry}/team/app`, registry), row.id).not.toEqual([]);
    }
  });

  it('is nothing where the pull is blocked anyway, or nothing is', async () => {
    expect(await needs('registry.k8s.io/pause', 'quay.io')).toEqual([]);
    expect((await ask('registry.k8s.io/pause', ownDecider(openRules(), 0))).mayNeed).toEqual([]);
  });

  it('is told in audit mode too, where it would be recorded', async () => {
    const list = listOf('registry.k8s.io');
    expect((await ask('registry.k8s.io/pause', ownDecider({ ...list, mode: 'audit' }, 0), list)).mayNeed).toHaveLength(
      1,
    );
    expect((await ask('registry.k8s.io/pause', ownDecider({ ...list, enabled: false }, 0), list)).mayNeed).toEqual([]);
  });
});

it('tells that a listed name below localhost is blocked all the same, and a way out', async () => {
  const list = listOf('k3d-registry.localhost:5000');
  const answer = await ask('k3d-registry.localhost:5000/app', ownDecider(list, 0), list);
  expect(answer).toMatchObject({
    allowed: false,
    sentence: "k3d-registry.localhost is blocked: it leads back to the gateway's own machine.",
    next: expect.stringContaining('Use "localhost" with the port'),
  });
});

describe('what to do about it', () => {
  it('is to ask the contact, or to request access where the organization takes requests', async () => {
    const nextOf = async (more: Partial<Circumstances>) =>
      (await ask('gcr.io/acme/app', undefined, undefined, more)).next;
    expect(await nextOf({ contact: '#platform' })).toBe('To request access to gcr.io, contact #platform.');
    expect(await nextOf({ contact: '#platform', requests: true })).toBe('Request access: portcullis request gcr.io');
  });

  it('is no request where the list is not what blocks it', async () => {
    const locked = ownDecider(denyRules('sign-in-required'), 0);
    expect((await ask('gcr.io/acme/app', locked, undefined, { requests: true })).next).toBe(
      'Sign in as a member of acme.',
    );
  });
});
