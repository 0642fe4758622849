import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { REPLY_HEADERS, renderReplyPage } from '../../../../main/agent/session/reply-page.ts';

it('shows what a server said as text, whatever it said', () => {
  const page = renderReplyPage(
    { status: 200, title: '<script>alert(1)</script>', paragraphs: ['"&\'<img src=x>'] },
    null,
  );
  expect(page).not.toMatch(/<script|<img/);
  expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
  expect(page).toContain('&#34;&#38;&#39;&#60;img src=x&#62;');
});

it('is allowed exactly the style it has', () => {
  const style = /<style>([\s\S]*?)<\/style>/.exec(
    renderReplyPage({ status: 200, title: 't', paragraphs: [] }, null),
  )?.[1];
  const hash = createHash('sha256')
    .update(style ?? '')
    .digest('base64');
  expect(REPLY_HEADERS['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
});

it('leads back to the tray’s window, or says where to go', () => {
  const page = { status: 200, title: 't', paragraphs: [] };
  expect(renderReplyPage(page, 'portcullis://open')).toContain(
    '<a class="button" href="portcullis://open">Open Portcullis</a>',
  );
  expect(renderReplyPage(page, null)).toContain('You can close this window and return to Portcullis.');
  expect(renderReplyPage(page, null)).not.toContain('<a ');
});
