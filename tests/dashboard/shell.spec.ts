import { DASHBOARD_PATH } from '../../shared/schemas/hub-schema.ts';
import { SignInPage } from '../e2e/pages/sign-in-page.ts';
import { DashboardPage } from './dashboard-page.ts';
import { expect, test } from './fixtures.ts';

test('the hub’s first page leads to the dashboard, and an owner signs in there', async ({ accessible, hub, page }) => {
  await page.goto(hub.url);
  await page.getByRole('link', { name: 'Open the dashboard' }).click();
  await expect(page.getByText('This signs you in to the dashboard in this browser.')).toBeVisible();
  await new SignInPage(page).signIn('olivia', await hub.password('olivia'));
  const dashboard = new DashboardPage(page);
  await expect(dashboard.account).toContainText('Olivia');
  await expect(dashboard.account).toContainText('Owner');
  await expect(page.getByRole('heading', { level: 1, name: 'Registry Access' })).toBeVisible();
  await expect(page).toHaveTitle('Registry Access · acme · Portcullis');
  // Nothing of the sign-in stays in the address or in storage.
  expect(new URL(page.url()).search).toBe('');
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(stored).not.toMatch(/token|verifier|Bearer/i);
  await dashboard.openAccount();
  await accessible();
});

test('a page that is loaded again signs in by itself, at the view it showed', async ({ page, signIn }) => {
  await signIn('gus', { view: 'globex/registry-access' });
  await expect(page).toHaveTitle('Registry Access · globex · Portcullis');
  await page.reload();
  await expect(page).toHaveTitle('Registry Access · globex · Portcullis');
  await page.getByLabel('Organization').selectOption('acme');
  await expect(page).toHaveTitle('Registry Access · acme · Portcullis');
  expect(page.url()).toContain('#/acme/registry-access');
});

test('a member is told what this page is for, and somebody of no organization how to get in', async ({
  accessible,
  browser,
  page,
  signIn,
}) => {
  const dashboard = await signIn('mia');
  await expect(dashboard.main).toContainText('You are a member of acme');
  await expect(dashboard.navigation).toHaveCount(0);
  await accessible();
  const other = await browser.newContext();
  const nobody = await signIn('nobody', { page: await other.newPage() });
  await expect(nobody.main).toContainText('You are not a member of an organization');
  await accessible(nobody.page);
  await other.close();
  expect(page.url()).not.toContain('code=');
});

test('signing out ends the token and the browser’s session', async ({ hub, page, signIn }) => {
  const dashboard = await signIn('olivia');
  const calls: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/v1/me')) calls.push(request.headers().authorization ?? '');
  });
  await page.reload();
  await expect(dashboard.account).toBeVisible();
  const [bearer = ''] = calls;
  expect((await fetch(`${hub.url}/v1/me`, { headers: { authorization: bearer } })).status).toBe(200);
  await dashboard.openAccount();
  await dashboard.button('Sign out').click();
  // The hub asks too, with a button of the same name.
  await page.waitForURL('**/oidc/sign-out**');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(new SignInPage(page).password).toBeVisible();
  expect((await fetch(`${hub.url}/v1/me`, { headers: { authorization: bearer } })).status).toBe(401);
});

test('a sign-in that is cancelled is said to be, and can be tried again', async ({ accessible, hub, page }) => {
  await page.goto(`${hub.url}${DASHBOARD_PATH}`);
  await new SignInPage(page).cancel();
  await expect(page.getByText('Sign-in was cancelled.')).toBeVisible();
  await accessible();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(new SignInPage(page).password).toBeVisible();
});

test('a link with somebody else’s code signs nobody in', async ({ hub, page }) => {
  await page.goto(`${hub.url}${DASHBOARD_PATH}?code=stolen&state=made-up&iss=${encodeURIComponent(hub.url)}`);
  await expect(new SignInPage(page).password).toBeVisible();
});

test.describe('with short-lived tokens', () => {
  test.use({ hubOptions: { accessTokenSeconds: 8 } });
  test('an expired sign-in takes nothing away, and the way back leads to the same view', async ({
    accessible,
    page,
    signIn,
  }) => {
    const dashboard = await signIn('olivia');
    await expect(page.getByText('Your sign-in has expired.')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await accessible();
    await dashboard.button('Sign in again').click();
    await expect(page.getByText('Your sign-in has expired.')).toHaveCount(0);
    await expect(dashboard.account).toContainText('Olivia');
  });
});

test('theme and language are the person’s choice, and kept in this browser', async ({ page, signIn }) => {
  const dashboard = await signIn('olivia');
  await dashboard.openAccount();
  await page.getByRole('radio', { name: 'Dark' }).check();
  await page.getByRole('radio', { name: 'Deutsch' }).check();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Registry-Zugriff' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
});

test('no other page can frame the dashboard or run anything in it', async ({ hub, request }) => {
  const answer = await request.get(`${hub.url}${DASHBOARD_PATH}`);
  const policy = answer.headers()['content-security-policy'] ?? '';
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
    expect(policy).toContain(rule);
  expect(policy).not.toMatch(/unsafe|data:|blob:|\*/);
  expect(answer.headers()['x-frame-options']).toBe('DENY');
  expect((await request.post(`${hub.url}${DASHBOARD_PATH}`)).status()).toBe(405);
  expect((await request.get(`${hub.url}${DASHBOARD_PATH}../hub.sqlite`)).status()).toBe(404);
  const bare = await request.get(`${hub.url}/dashboard`, { maxRedirects: 0 });
  expect([bare.status(), bare.headers().location]).toEqual([308, DASHBOARD_PATH]);
});

test('the browser’s cookies alone open nothing, so no other site can make a call', async ({ page, signIn }) => {
  await signIn('olivia');
  const statuses = await page.evaluate(async () => {
    const path = '/v1/orgs/acme/registry-access/settings';
    const body = JSON.stringify({ enabled: false, mode: 'audit', registries: [] });
    const headers = { 'content-type': 'application/json', 'if-match': '"1"' };
    const answers = await Promise.all([
      fetch('/v1/me', { credentials: 'include' }),
      fetch(path, { credentials: 'include' }),
      fetch(path, { method: 'PUT', credentials: 'include', headers, body }),
    ]);
    return answers.map(({ status }) => status);
  });
  expect(statuses).toEqual([401, 401, 401]);
});

test('a sign-in answers to the dashboard’s own address and to no other', async ({ hub, request }) => {
  for (const redirect of [`${hub.url}/dashboard/../v1/me`, 'https://evil.example/dashboard/', `${hub.url}/dashboard`]) {
    const query = new URLSearchParams({
      client_id: 'portcullis-dashboard',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirect,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const answer = await request.get(`${hub.url}/oidc/authorize?${query}`, { maxRedirects: 0 });
    expect([redirect, answer.status(), answer.headers().location]).toEqual([redirect, 400, undefined]);
  }
});
