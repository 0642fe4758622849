import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { REPLY_HEADERS, type ReplyPage, renderReplyPage, statusOf } from '../../../../main/agent/session/reply-page.ts';
import { spokenLanguages } from '../../../../shared/messages/languages.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';

const SIGNED_IN: ReplyPage = { kind: 'signed-in', name: 'Mia', org: 'acme' };

it('shows what a server said as text, whatever it said', () => {
  const page = renderReplyPage(
    { kind: 'signed-in', name: '<script>alert(1)</script>', org: '"&\'<img src=x>' },
    null,
    'en',
  );
  expect(page).not.toMatch(/<script|<img/);
  expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
  expect(page).toContain('&#34;&#38;&#39;&#60;img src=x&#62;');
});

it('is allowed exactly the style it has', () => {
  const style = /<style>([\s\S]*?)<\/style>/.exec(renderReplyPage(SIGNED_IN, null, 'en'))?.[1];
  const hash = createHash('sha256')
    .update(style ?? '')
    .digest('base64');
  expect(REPLY_HEADERS['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
});

it('leads back to the tray’s window, or says where to go', () => {
  expect(renderReplyPage(SIGNED_IN, 'portcullis://open', 'en')).toContain(
    '<a class="button" href="portcullis://open">Open Portcullis</a>',
  );
  expect(renderReplyPage(SIGNED_IN, null, 'en')).toContain('You can close this window and return to Portcullis.');
  expect(renderReplyPage(SIGNED_IN, null, 'en')).not.toContain('<a ');
});

it('is in the language of whoever reads it, with cause and code for support', () => {
  const failed: ReplyPage = { kind: 'not-signed-in', problem: problem('no-loopback-port', {}, { cause: 'EMFILE' }) };
  const page = renderReplyPage(failed, null, 'de');
  expect(page).toContain('<html lang="de">');
  expect(page).toContain('Sie sind nicht angemeldet');
  expect(page).toContain('no-loopback-port · EMFILE');
  expect(renderReplyPage(SIGNED_IN, null, 'de')).toContain('Mia ist bei acme angemeldet.');
});

it.each<[ReplyPage, number]>([
  [SIGNED_IN, 200],
  [{ kind: 'replaced' }, 200],
  [{ kind: 'misdirected' }, 421],
  [{ kind: 'not-found' }, 404],
  [{ kind: 'foreign' }, 400],
  [{ kind: 'replayed' }, 409],
])('has a title and a status (%j)', (page, status) => {
  expect(statusOf(page)).toBe(status);
  for (const language of spokenLanguages) expect(renderReplyPage(page, null, language)).toMatch(/<h1>\S/);
});
