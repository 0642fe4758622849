import { describe, expect, it } from 'vitest';
import {
  continuePage,
  deviceCodePage,
  deviceConfirmPage,
  messagePage,
  problemPage,
  readerOf,
  signInPage,
  signOutPage,
  withBold,
} from '../../../../main/hub/sign-in/pages.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';

const reader = readerOf({ headers: {} });
const german = readerOf({ headers: { 'accept-language': 'de-AT,de;q=0.9,en;q=0.8' } });
const EVIL = '"><script>alert(1)</script>';
const confirm = { userCode: 'ABCD-EFGH', typed: 'abcdefgh', from: '192.0.2.7', action: '/oidc/device', xsrf: 'x' };

describe('a page', () => {
  it.each([
    signInPage(reader, { username: EVIL, signingIn: 'this computer', action: EVIL }),
    continuePage(reader, { name: EVIL, signingIn: 'another device', action: EVIL }),
    deviceCodePage(reader, { userCode: EVIL, action: EVIL, xsrf: EVIL }),
    deviceConfirmPage(reader, { userCode: EVIL, typed: EVIL, from: EVIL, action: EVIL, xsrf: EVIL }),
    problemPage(reader, problem('sign-in-page-failed', {}, { cause: EVIL })),
  ])('escapes everything that comes from outside (%#)', (content) => {
    expect(content).not.toContain('<script');
    expect(content).not.toContain('""');
  });

  it('that asks for a device code warns against codes from others', () => {
    expect(deviceCodePage(reader, { userCode: '', action: '/', xsrf: 'x' })).toContain(
      'Never enter a code someone else sent you.',
    );
  });

  it('that confirms a device code shows the code and where it came from, and preselects nothing', () => {
    const content = deviceConfirmPage(reader, confirm);
    expect(content).toContain('A device at 192.0.2.7 is showing this code:');
    expect(content).toContain('ABCD-EFGH');
    expect(content).toContain('If someone sent you this code, they would be signed in as you.');
    expect(content).toContain('>Continue</button>');
    expect(content).toContain('>No, cancel</button>');
    expect(content).not.toContain('autofocus');
    expect(deviceConfirmPage(reader, { ...confirm, from: undefined })).toContain('A device is showing this code:');
  });

  it.each([
    ['this computer', 'This signs in Portcullis on this computer.'],
    ['another device', 'This signs in Portcullis on the device that shows your code.'],
  ] as const)('that signs in on %s says so', (signingIn, sentence) => {
    expect(signInPage(reader, { username: '', signingIn, action: '/' })).toContain(sentence);
    expect(continuePage(reader, { name: 'Mia', signingIn, action: '/' })).toContain(sentence);
  });

  it('with an error says what is wrong and what to do', () => {
    const content = signInPage(reader, {
      username: 'mia',
      signingIn: 'this computer',
      problem: problem('too-many-attempts', { seconds: 90 }),
      action: '/',
    });
    expect(content).toContain('Too many attempts for this user name. Try again in 2 minutes.');
    expect(content).toContain('value="mia"');
  });

  it('is in the language of whoever reads it, with what is wrong', () => {
    const failed = problem('too-many-attempts', { seconds: 90 });
    const content = signInPage(german, { username: 'mia', signingIn: 'the dashboard', problem: failed, action: '/' });
    expect(content).toContain('<html lang="de">');
    expect(content).toContain('Bei Portcullis anmelden');
    expect(content).toContain('Zu viele Anmeldeversuche');
    expect(problemPage(german, failed)).toContain('<html lang="de">');
    expect(signOutPage(german, { action: '/', xsrf: 'x' })).toContain('In diesem Browser abmelden?');
    expect(messagePage(german, german.texts.device.done)).toContain('Sie können diese Seite schließen.');
  });

  it('sets in bold what a text marks, and nothing that comes from outside as markup', () => {
    expect(withBold('To **<b>**, as **mia**.').text).toBe('To <strong>&#60;b&#62;</strong>, as <strong>mia</strong>.');
  });
});
