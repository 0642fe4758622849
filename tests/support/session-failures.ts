import type { Fault } from './second-provider.ts';

/** One way in which the sign-in server, or what stands before it, fails; and what a person is told, who stays signed in. */
export interface SessionFailure {
  title: string;
  fault: Fault;
  code: string;
  /** SERVER stands for its name. */
  says: string;
}

const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html; charset=utf-8' };

/** Run against a real provider by session-outage.test.ts, and the table of docs/session.md. */
export const sessionFailures: SessionFailure[] = [
  {
    title: 'HTTP 500',
    fault: { kind: 'answer', status: 500 },
    code: 'server-error',
    says: 'The server SERVER returned an error.',
  },
  {
    title: 'HTTP 503, even if its body says `invalid_grant`',
    fault: { kind: 'answer', status: 503, headers: json, body: '{"error":"invalid_grant"}' },
    code: 'server-error',
    says: 'The server SERVER returned an error.',
  },
  {
    title: 'HTTP 429',
    fault: { kind: 'answer', status: 429 },
    code: 'server-error',
    says: 'The server SERVER returned an error.',
  },
  {
    title: 'HTTP 401',
    fault: { kind: 'answer', status: 401 },
    code: 'server-unauthorized',
    says: 'The server SERVER did not accept your sign-in.',
  },
  {
    title: 'HTTP 401 with a challenge',
    fault: { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
    code: 'server-unauthorized',
    says: 'The server SERVER did not accept your sign-in.',
  },
  {
    title: 'HTTP 403',
    fault: { kind: 'answer', status: 403 },
    code: 'server-answer-invalid',
    says: 'The server SERVER returned an answer that Portcullis does not understand.',
  },
  {
    title: 'An OAuth error other than `invalid_grant`',
    fault: { kind: 'answer', status: 400, headers: json, body: '{"error":"unauthorized_client"}' },
    code: 'sign-in-not-renewed',
    says: 'The sign-in server SERVER did not renew your sign-in.',
  },
  {
    title: 'No answer in time',
    fault: { kind: 'silence' },
    code: 'server-timeout',
    says: 'The server SERVER did not respond in time.',
  },
  {
    title: 'The connection breaks',
    fault: { kind: 'hang-up' },
    code: 'server-unreachable',
    says: 'The server SERVER could not be reached.',
  },
  {
    title: 'A web page with HTTP 200, as a captive portal answers',
    fault: { kind: 'answer', status: 200, headers: html, body: '<h1>Wi-Fi</h1>' },
    code: 'captive-portal',
    says: 'Something else in the network answered instead of the server SERVER.',
  },
  {
    title: 'A redirect, as a captive portal answers',
    fault: { kind: 'answer', status: 302, headers: { location: 'http://portal.example/login' } },
    code: 'captive-portal',
    says: 'Something else in the network answered instead of the server SERVER.',
  },
  {
    title: 'HTTP 511 (RFC 6585)',
    fault: { kind: 'answer', status: 511, headers: html },
    code: 'captive-portal',
    says: 'Something else in the network answered instead of the server SERVER.',
  },
  {
    title: 'Broken JSON',
    fault: { kind: 'answer', status: 200, headers: json, body: '{' },
    code: 'server-answer-invalid',
    says: 'The server SERVER returned an answer that Portcullis does not understand.',
  },
  {
    title: 'JSON without tokens',
    fault: { kind: 'answer', status: 200, headers: json, body: '{}' },
    code: 'server-answer-invalid',
    says: 'The server SERVER returned an answer that Portcullis does not understand.',
  },
  {
    title: 'An answer of more than 4 MiB',
    fault: { kind: 'answer', status: 200, headers: json, body: ' '.repeat(5_000_000) },
    code: 'too-large',
    says: 'The response of the server is larger than allowed.',
  },
];

/** docs/session.md with its table made anew from the cases. */
export function withFailures(guide: string): string {
  const rows = sessionFailures.map(({ title, code, says }) => `| ${title} | \`${code}\` | ${says} |`);
  const table = ['| what comes back | code | what the user is told |', '|---|---|---|', ...rows].join('\n');
  return guide.replace(/(<!-- cases: failures -->\n)[\s\S]*?(<!-- end -->)/, `$1${table}\n$2`);
}
