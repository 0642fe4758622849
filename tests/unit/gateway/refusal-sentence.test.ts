import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RefusalContext, refusalSentence, refusalText } from '../../../main/gateway/refusal-sentence.ts';
import { Reason } from '../../../shared/reasons.ts';

const acme: RefusalContext = { reason: 'not-in-policy', organizations: ['acme'], revision: 7, contact: null };

describe('the sentence of a refusal', () => {
  it.each<[Partial<RefusalContext>, string]>([
    [{}, 'gcr.io is not an allowed registry of acme. To have it added, ask an owner of acme.'],
    [
      { contact: '#platform on Slack' },
      'gcr.io is not an allowed registry of acme. To have it added, ask #platform on Slack.',
    ],
    [
      { reason: 'sign-in-required' },
      'gcr.io is refused: signing in to acme is required on this machine. Open Portcullis, sign in, and try again.',
    ],
    [
      { reason: 'sign-in-required', organizations: ['acme', 'globex', 'initech'] },
      'gcr.io is refused: signing in to acme or globex or others is required on this machine. Open Portcullis, sign in, and try again.',
    ],
    [
      { reason: 'no-policy' },
      'gcr.io is refused: there is no policy key for acme on this machine. Ask your administrator.',
    ],
    [
      { reason: 'managed-config-invalid', organizations: [] },
      'gcr.io is refused: the sign-in settings on this machine cannot be used. Ask your administrator.',
    ],
  ])('%j', (change, sentence) => {
    expect(refusalSentence('gcr.io', { ...acme, ...change })).toBe(sentence);
  });

  it('is printable ASCII of at most 200 characters, whatever the host, the organization and the contact hold', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    const context = fc.record({
      reason: fc.constantFrom(...Reason.options),
      organizations: fc.array(text, { maxLength: 4 }),
      revision: fc.constant(7),
      contact: fc.option(text),
    });
    fc.assert(
      fc.property(text, context, (host, about) => {
        expect(refusalSentence(host, about)).toMatch(/^[\x20-\x7e]{1,200}$/);
        expect(refusalText(about)).toMatch(/^[\x20-\x7e]{1,100}$/);
      }),
    );
  });

  it('is whole, but for parts that are too long: no host, organization or contact crowds out what to do', () => {
    const part = fc.string({ unit: fc.constantFrom(...'abcdefgh-0'), minLength: 1, maxLength: 120 });
    const context = fc.record({
      reason: fc.constantFrom(...Reason.options),
      organizations: fc.array(part, { minLength: 1, maxLength: 4 }),
      revision: fc.constant(7),
      contact: fc.option(part),
    });
    fc.assert(
      fc.property(part, context, (host, about) => {
        expect(refusalSentence(host, about)).toMatch(
          /^[a-h0.-]+ is (refused: (the|there|signing) .* (choose Sync now|try again|administrator)|not an allowed registry of .*\. To have it added, ask .*)\.$/,
        );
      }),
    );
  });

  it('keeps both ends of a host that is too long, and the organization, and what to do', () => {
    const host = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.registry.example`;
    const sentence = refusalSentence(host, { ...acme, contact: 'registry-admins@acme.example' });
    expect(sentence).toMatch(/^aaaa.*\.\.\..*\.registry\.example is not an allowed registry of acme\./);
    expect(sentence).toContain('ask registry-admins@acme.example.');
  });
});
