import type { Locator, Page } from '@playwright/test';

/** The page of the organization's server at which a member signs in, and what stands there afterwards. */
export class SignInPage {
  readonly page: Page;
  readonly userName: Locator;
  readonly password: Locator;

  constructor(page: Page) {
    this.page = page;
    this.userName = page.getByLabel('User name');
    this.password = page.getByLabel('Password');
  }

  async signIn(userName: string, password: string): Promise<void> {
    await this.userName.fill(userName);
    await this.password.fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  async cancel(): Promise<void> {
    await this.page.getByRole('button', { name: 'Cancel' }).click();
  }
}
