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
    ['portcullis://request?image=gcr.io/distroless/static', 'gcr.io/distroless/static'],
    ['portcullis://request/?image=gcr.io', 'gcr.io'],
  ])('%s fills in a request', (address, subject) => {
    expect(parseDeepLink(address)).toEqual({ kind: 'request', subject });
  });

  it.each([
    ['send', 'portcullis://request?image=gcr.io&send=1'],
    ['confirm', 'portcullis://request?image=gcr.io&confirm=true'],
    ['give a reason in the user’s name', 'portcullis://request?image=gcr.io&reason=please'],
    ['name the host apart from the image', 'portcullis://request?image=gcr.io&host=evil.example'],
    ['call what sends', 'portcullis://requests.create?image=gcr.io'],
    ['send by its path', 'portcullis://request/send?image=gcr.io'],
    ['send by its fragment', 'portcullis://request?image=gcr.io#send'],
    ['withdraw', 'portcullis://withdraw?image=gcr.io'],
  ])('cannot %s', (_what, address) => {
    expect(parseDeepLink(address)).toBeNull();
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
