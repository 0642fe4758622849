import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { REPLY_HEADERS, renderReplyPage } from '../../../../main/agent/session/reply-page.ts';

it('shows what a server said as text, whatever it said', () => {
  const page = renderReplyPage({ status: 200, title: '<script>alert(1)</script>', paragraphs: ['"&\'<img src=x>'] });
  expect(page).not.toMatch(/<script|<img/);
  expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
  expect(page).toContain('&#34;&#38;&#39;&#60;img src=x&#62;');
});

it('is allowed exactly the style it has', () => {
  const style = /<style>([\s\S]*?)<\/style>/.exec(renderReplyPage({ status: 200, title: 't', paragraphs: [] }))?.[1];
  const hash = createHash('sha256')
    .update(style ?? '')
    .digest('base64');
  expect(REPLY_HEADERS['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
});
