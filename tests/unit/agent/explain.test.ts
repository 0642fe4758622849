import { describe, expect, it } from 'vitest';
import { explain, ownDecider, readSubject } from '../../../main/agent/explain.ts';
import { compilePolicy } from '../../../shared/rule-set/compile.ts';
import { denyRules } from '../../../shared/rule-set/rule-set.ts';

const circumstances = { org: 'acme', contact: null };
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

async function ask(text: string, decider = ownDecider(rules)) {
  const subject = readSubject(text);
  if (!subject.ok) throw new Error(subject.problem.message);
  return explain(text, subject.value, circumstances, decider);
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

describe('an explanation', () => {
  it('names every host that a pull contacts', async () => {
    const { allowed, hosts, sentence } = await ask('ubuntu');
    expect(allowed).toBe(true);
    expect(hosts.map(({ host }) => host)).toContain('auth.docker.io');
    expect(sentence).toBe('registry-1.docker.io is allowed because it belongs to docker.io.');
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
    expect(await ask('ubuntu', ownDecider(denyRules('sign-in-required', ['acme'])))).toMatchObject({
      allowed: false,
      next: 'Sign in as a member of acme.',
      generation: null,
    });
  });

  it('asks for nothing where the list is only recorded, and says what would be', async () => {
    const { allowed, sentence, next } = await ask('gcr.io', ownDecider({ ...rules, mode: 'audit' }));
    expect({ allowed, sentence, next }).toEqual({
      allowed: true,
      sentence: 'gcr.io is not allowed by acme. In audit mode this is recorded, not blocked.',
      next: null,
    });
  });
});
