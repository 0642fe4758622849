import type { Problem } from '../../../shared/problems/problem.ts';
import { html, plainPage } from '../../platform/html/plain-page.ts';
import { MIN_PASSWORD_LENGTH } from '../sign-in/new-account.ts';
import { alert } from '../sign-in/pages.ts';

import type { OpenLink } from './password-links.ts';

interface Shown {
  link: OpenLink;
  username: string;
  action: string;
  problem?: Problem | undefined;
}

/** The rules come before the fields, and the user name is there for password managers. */
export function choosePasswordPage({ link: { purpose, org }, username, action, problem }: Shown): string {
  const intro =
    purpose === 'invitation'
      ? html`<p>You have been invited to <strong>${org}</strong>. Your user name is <strong>${username}</strong>.</p>`
      : html`<p>Your password was reset. Your user name is <strong>${username}</strong>.</p>`;
  return plainPage(
    purpose === 'invitation' ? 'Welcome to Portcullis' : 'Choose a new password',
    html`${intro}
<p class="quiet" id="rules">Your password needs at least ${String(MIN_PASSWORD_LENGTH)} characters. A few words make a good password.</p>
${alert(problem)}
<form method="post" action="${action}">
<input type="text" name="username" value="${username}" autocomplete="username" readonly hidden>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="${String(MIN_PASSWORD_LENGTH)}"
  maxlength="1024" aria-describedby="rules" required autofocus>
<label for="repeated">Password again</label>
<input id="repeated" name="repeated" type="password" autocomplete="new-password" maxlength="1024" required>
<button>Set password</button>
</form>`,
  );
}

/** @param hasDashboard whether the person may see the dashboard */
export function passwordSetPage(username: string, hasDashboard: boolean): string {
  return plainPage(
    'Your password is set',
    html`<p>Open Portcullis on your computer and sign in as <strong>${username}</strong>.</p>
${hasDashboard ? html`<p><a class="button" href="/dashboard/">Open the dashboard</a></p>` : ''}`,
  );
}
