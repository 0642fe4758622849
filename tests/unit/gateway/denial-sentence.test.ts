import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DenialContext,
  denialContextOf,
  denialSentence,
  denialText,
} from '../../../main/gateway/denial-sentence.ts';
import type { InForce } from '../../../main/gateway/policy/policy-state.ts';
import { LockReason, Reason } from '../../../shared/reasons.ts';
import { verifiedPolicy } from './policy/samples.ts';

const acme: DenialContext = { reason: 'not-in-policy', organizations: ['acme'], contact: null };

const part = fc.string({ unit: fc.constantFrom(...'abcdefgh-0'), minLength: 1, maxLength: 120 });
const plainContext = fc.record({
  reason: fc.constantFrom(...Reason.options),
  organizations: fc.array(part, { minLength: 1, maxLength: 4 }),
  contact: fc.option(part),
});

describe('the sentence of a denial', () => {
  it.each<[Partial<DenialContext>, string]>([
    [{}, 'gcr.io is blocked by acme. To request access, contact an owner of acme.'],
    [{ contact: '#platform on Slack' }, 'gcr.io is blocked by acme. To request access, contact #platform on Slack.'],
    [
      { reason: 'sign-in-required' },
      'gcr.io is blocked until you sign in to acme. Open Portcullis, sign in, then try again. [P-SIGN-IN sign-in-required]',
    ],
    [
      { reason: 'sign-in-required', organizations: ['acme', 'globex', 'initech'] },
      'gcr.io is blocked until you sign in to acme or globex or others. Open Portcullis, sign in, then try again. [P-SIGN-IN sign-in-required]',
    ],
    [
      { reason: 'wrong-organization', organizations: ['Acme'] },
      'gcr.io is blocked: your account does not belong to Acme. Contact your administrator. [P-LOCKED wrong-organization]',
    ],
    [
      { reason: 'no-policy-key' },
      'gcr.io is blocked: this machine has no policy key for acme. Contact your administrator. [P-LOCKED no-policy-key]',
    ],
    [
      { reason: 'policy-pending' },
      'gcr.io is blocked until the policy of acme has been fetched. Try again in a moment. [P-SECURING policy-pending]',
    ],
    [
      { reason: 'no-policy' },
      'gcr.io is blocked: no policy of acme has arrived. Open Portcullis and choose Sync now. [P-LOCKED no-policy]',
    ],
    [
      { reason: 'no-membership' },
      'gcr.io is blocked: there is no valid proof of your membership in acme. Open Portcullis and choose Sync now. [P-LOCKED no-membership]',
    ],
    [
      { reason: 'policy-expired' },
      'gcr.io is blocked: the policy of acme has expired. Open Portcullis and choose Sync now. [P-LOCKED policy-expired]',
    ],
    [
      { reason: 'policy-invalid' },
      'gcr.io is blocked: the policy of acme could not be verified. Open Portcullis and choose Sync now. [P-LOCKED policy-invalid]',
    ],
    [
      { reason: 'managed-config-invalid', organizations: [] },
      'gcr.io is blocked: the configuration of this machine is invalid. Contact your administrator. [P-LOCKED managed-config-invalid]',
    ],
    [
      { organizations: [] },
      'gcr.io is blocked by your organization. To request access, contact an owner of your organization.',
    ],
  ])('%j', (change, sentence) => {
    expect(denialSentence('gcr.io', { ...acme, ...change })).toBe(sentence);
  });

  it('is printable ASCII of at most 200 characters, whatever the host, the organization and the contact hold', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    const context = fc.record({
      reason: fc.constantFrom(...Reason.options),
      organizations: fc.array(text, { maxLength: 4 }),
      contact: fc.option(text),
    });
    fc.assert(
      fc.property(text, context, (host, about) => {
        expect(denialSentence(host, about)).toMatch(/^[\x20-\x7e]{1,200}$/);
        expect(denialText(about)).toMatch(/^[\x20-\x7e]{1,100}$/);
      }),
    );
  });

  it('starts with the whole host and consists of whole sentences, however long the other parts are', () => {
    fc.assert(
      fc.property(part, plainContext, (host, about) => {
        const sentence = denialSentence(host, about);
        expect(sentence.startsWith(`${host} is blocked`)).toBe(true);
        expect(sentence.replace(/ \[P-[A-Z-]+ [a-z-]+\]$/, '')).toMatch(/\.$/);
      }),
    );
  });

  it('ends with the code of the state wherever something other than the policy blocks everything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), plainContext, (host, about) => {
        const isLock = LockReason.safeParse(about.reason).success;
        for (const text of [denialSentence(host, about), denialText(about)]) {
          expect(text.endsWith(` ${about.reason}]`)).toBe(isLock);
        }
      }),
    );
  });

  it('drops the step first, then the cause', () => {
    const context = { ...acme, contact: 'c'.repeat(120) };
    expect(denialSentence('a'.repeat(100), context)).toBe(`${'a'.repeat(100)} is blocked by acme.`);
    expect(denialSentence('a'.repeat(188), context)).toBe(`${'a'.repeat(188)} is blocked.`);
  });

  it('keeps both ends of a host that is too long by itself', () => {
    const host = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.registry.example`;
    const sentence = denialSentence(host, { ...acme, reason: 'policy-expired' });
    expect(sentence).toMatch(/^aaaa.*\.\.\..*\.registry\.example is blocked\. \[P-LOCKED policy-expired\]$/);
    expect(sentence.length).toBeGreaterThanOrEqual(199);
  });
});

describe('the text of a denial over DNS', () => {
  it.each<[Partial<DenialContext>, string]>([
    [{ contact: '#platform' }, 'Blocked by acme. To request access, contact #platform.'],
    [{ reason: 'policy-expired' }, 'Blocked: the policy of acme has expired. [P-LOCKED policy-expired]'],
    [{ contact: 'c'.repeat(120) }, 'Blocked by acme.'],
  ])('%j', (change, text) => {
    expect(denialText({ ...acme, ...change })).toBe(text);
  });
});

describe('where the policy takes requests, names a mirror or says who helps', () => {
  const asking: DenialContext = { ...acme, requests: true, contact: '#platform' };
  const hint = 'mirror.acme.example/gcr';
  const support = { text: 'Help desk: 4711.', url: 'https://help.acme.example/registries' };

  it.each<[string, Partial<DenialContext>, string]>([
    ['gcr.io', { contact: null }, 'gcr.io is blocked by acme. Request access: portcullis request gcr.io.'],
    ['gcr.io', {}, 'gcr.io is blocked by acme. Request access: portcullis request gcr.io, or contact #platform.'],
    [
      'gcr.io',
      { hint, support },
      'gcr.io is blocked by acme. Request access: portcullis request gcr.io, or contact #platform. Use mirror.acme.example/gcr instead. Help desk: 4711. https://help.acme.example/registries',
    ],
    [
      'gcr.io',
      { hint, support: { ...support, text: 'x'.repeat(80) } },
      'gcr.io is blocked by acme. Request access: portcullis request gcr.io, or contact #platform. Use mirror.acme.example/gcr instead.',
    ],
    [
      'gcr.io',
      { contact: 'c'.repeat(120), hint },
      'gcr.io is blocked by acme. Request access: portcullis request gcr.io.',
    ],
    [
      'gcr.io',
      { requests: false, hint },
      'gcr.io is blocked by acme. To request access, contact #platform. Use mirror.acme.example/gcr instead.',
    ],
    [
      'registry.example:5000',
      {},
      'registry.example:5000 is blocked by acme. Request access: portcullis request registry.example:5000, or contact #platform.',
    ],
  ])('%s %j', (host, change, sentence) => {
    expect(denialSentence(host, { ...asking, ...change })).toBe(sentence);
    expect(sentence.length).toBeLessThanOrEqual(200);
  });

  it.each(['gcr.io;reboot', '$(reboot)', 'a b', '`x`', '-x', 'gcr.io\u0000', 'gcr.io"'])(
    'puts no host into a command that a shell would read otherwise: %j',
    (host) => {
      expect(denialSentence(host, asking)).not.toContain('portcullis request');
    },
  );

  it('says the same where something else blocks everything: a request would not help', () => {
    expect(denialSentence('gcr.io', { ...asking, hint, support, reason: 'policy-expired' })).toBe(
      denialSentence('gcr.io', { ...acme, reason: 'policy-expired' }),
    );
  });

  it('names the command in DNS, where the question names the host', () => {
    expect(denialText({ ...asking, contact: null })).toBe('Blocked by acme. Request access: portcullis request.');
  });
});

describe('what a denial says beside the host', () => {
  const policy = verifiedPolicy({ contact: '#platform' });
  const inForce = (effective: InForce['effective']): InForce => ({
    ...{ generation: 1, effective, policy },
    ...{ rules: policy.rules, proof: null },
  });

  it('is the organization and contact of the policy in force', () => {
    expect(
      denialContextOf(
        inForce({ kind: 'policy', org: 'acme', revision: 1 }),
        { reason: 'not-in-policy' },
        'it@acme.example',
      ),
    ).toEqual({
      reason: 'not-in-policy',
      organizations: ['acme'],
      contact: '#platform',
      requests: false,
    });
  });

  it('is the organizations that may sign in where everything is denied, and no contact of a policy that is not in force', () => {
    const deny = { kind: 'deny', reason: 'sign-in-required', organizations: ['acme', 'globex'], detail: '' } as const;
    expect(
      denialContextOf(
        inForce({ ...deny, organizations: [...deny.organizations] }),
        { reason: 'sign-in-required' },
        undefined,
      ),
    ).toEqual({
      reason: 'sign-in-required',
      organizations: ['acme', 'globex'],
      contact: null,
    });
  });

  it('is whom the administrator of the machine names, where no policy names anybody', () => {
    const deny = { kind: 'deny', reason: 'no-policy-key', organizations: ['acme'], detail: '' } as const;
    const context = denialContextOf(
      inForce({ ...deny, organizations: ['acme'] }),
      { reason: 'no-policy-key' },
      'it@acme.example',
    );
    expect(denialSentence('gcr.io', context)).toContain('for acme. Contact it@acme.example. [');
    const allowed = { ...inForce({ kind: 'policy', org: 'acme', revision: 1 }), policy: verifiedPolicy({}) };
    expect(denialContextOf(allowed, { reason: 'not-in-policy' }, 'it@acme.example').contact).toBe('it@acme.example');
  });

  it('is nobody where nothing is restricted, as for a probe', () => {
    const context = denialContextOf(
      inForce({ kind: 'open', reason: 'not-managed' }),
      { reason: 'not-in-policy' },
      undefined,
    );
    expect(context).toEqual({ reason: 'not-in-policy', organizations: [], contact: null });
  });
});
