import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSubject, parseDeepLink } from '../../../main/shell/deep-link.ts';

describe('a link from anywhere', () => {
  it.each([
    ['portcullis://check?image=ghcr.io/acme/app:1', 'ghcr.io/acme/app:1'],
    ['portcullis://check/?image=ghcr.io%2Facme%2Fapp%401', 'ghcr.io/acme/app@1'],
    ['PORTCULLIS://check?image=%20nginx%20', 'nginx'],
  ])('%s asks about %s', (address, subject) => {
    expect(parseDeepLink(address)).toEqual({ kind: 'check', subject });
  });

  it.each([
    ['another scheme', 'https://check?image=nginx'],
    ['another place', 'portcullis://sign-out?image=nginx'],
    ['a path behind the place', 'portcullis://check/../sign-out?image=nginx'],
    ['no image', 'portcullis://check'],
    ['an empty image', 'portcullis://check?image='],
    ['another parameter', 'portcullis://check?image=nginx&config=/tmp/x'],
    ['two images', 'portcullis://check?image=nginx&image=gcr.io/x'],
    ['a fragment', 'portcullis://check?image=nginx#x'],
    ['a user', 'portcullis://me@check?image=nginx'],
    ['a line break in the image', 'portcullis://check?image=nginx%0Aexit'],
    ['a terminal escape in the image', 'portcullis://check?image=%1b%5b31m'],
    ['an image longer than any', `portcullis://check?image=${'a'.repeat(1025)}`],
    ['no address at all', 'portcullis'],
  ])('with %s asks for nothing', (_what, address) => {
    expect(parseDeepLink(address)).toBeNull();
  });

  it('never throws, and what it asks about is always one line of bounded length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const link = parseDeepLink(`portcullis://check?image=${text}`);
        expect(link === null || (isSubject(link.subject) && link.subject.length <= 1024)).toBe(true);
      }),
    );
  });
});
