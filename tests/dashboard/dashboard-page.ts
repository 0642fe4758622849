import type { Locator, Page } from '@playwright/test';

/** The dashboard as its user sees it. */
export class DashboardPage {
  readonly page: Page;
  readonly account: Locator;
  readonly navigation: Locator;
  readonly main: Locator;

  constructor(page: Page) {
    this.page = page;
    this.account = page.locator('details.account');
    this.navigation = page.getByRole('navigation', { name: 'Views' });
    this.main = page.getByRole('main');
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  /** @param name of the view in the navigation */
  async show(name: string): Promise<void> {
    await this.navigation.getByRole('link', { name }).click();
  }

  async openAccount(): Promise<void> {
    await this.account.locator('summary').click();
  }
}
