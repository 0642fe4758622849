import { describe, expect, it } from 'vitest';
import {
  continuePage,
  deviceCodePage,
  deviceConfirmPage,
  problemPage,
  signInPage,
} from '../../../../main/hub/sign-in/pages.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';

const EVIL = '"><script>alert(1)</script>';
const confirm = { userCode: 'ABCD-EFGH', typed: 'abcdefgh', from: '192.0.2.7', action: '/oidc/device', xsrf: 'x' };

describe('a page', () => {
  it.each([
    signInPage({ username: EVIL, signingIn: 'this computer', action: EVIL }),
    continuePage({ name: EVIL, signingIn: 'another device', action: EVIL }),
    deviceCodePage({ userCode: EVIL, action: EVIL, xsrf: EVIL }),
    deviceConfirmPage({ userCode: EVIL, typed: EVIL, from: EVIL, action: EVIL, xsrf: EVIL }),
    problemPage(problem('sign-in-page-failed', {}, { cause: EVIL })),
  ])('escapes everything that comes from outside (%#)', (content) => {
    expect(content).not.toContain('<script');
    expect(content).not.toContain('""');
  });

  it('that asks for a device code warns against codes from others', () => {
    expect(deviceCodePage({ userCode: '', action: '/', xsrf: 'x' })).toContain(
      'Never enter a code someone else sent you.',
    );
  });

  it('that confirms a device code shows the code and where it came from, and preselects nothing', () => {
    const content = deviceConfirmPage(confirm);
    expect(content).toContain('A device at 192.0.2.7 is showing this code:');
    expect(content).toContain('ABCD-EFGH');
    expect(content).toContain('If someone sent you this code, they would be signed in as you.');
    expect(content).toContain('>Continue</button>');
    expect(content).toContain('>No, cancel</button>');
    expect(content).not.toContain('autofocus');
    expect(deviceConfirmPage({ ...confirm, from: undefined })).toContain('A device is showing this code:');
  });

  it.each([
    ['this computer', 'This signs in Portcullis on this computer.'],
    ['another device', 'This signs in Portcullis on the device that shows your code.'],
  ] as const)('that signs in on %s says so', (signingIn, sentence) => {
    expect(signInPage({ username: '', signingIn, action: '/' })).toContain(sentence);
    expect(continuePage({ name: 'Mia', signingIn, action: '/' })).toContain(sentence);
  });

  it('with an error says what is wrong and what to do', () => {
    const content = signInPage({
      username: 'mia',
      signingIn: 'this computer',
      problem: problem('too-many-attempts', { seconds: 90 }),
      action: '/',
    });
    expect(content).toContain('Too many attempts for this user name. Try again in 2 minutes.');
    expect(content).toContain('value="mia"');
  });
});
