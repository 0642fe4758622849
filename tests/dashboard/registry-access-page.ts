import type { Locator, Page } from '@playwright/test';

/** The view Registry Access as an owner uses it. */
export class RegistryAccessPage {
  readonly page: Page;
  /** What a new line is entered in. */
  readonly form: Locator;
  readonly address: Locator;
  readonly nickname: Locator;
  readonly create: Locator;
  readonly save: Locator;
  readonly bar: Locator;
  readonly list: Locator;
  readonly conflict: Locator;

  constructor(page: Page) {
    this.page = page;
    const form = page.locator('.add-card');
    this.form = form;
    this.address = form.getByLabel('Registry address');
    this.nickname = form.getByLabel('Registry nickname');
    this.create = form.getByRole('button', { name: 'Create' });
    this.save = page.getByRole('button', { name: 'Save & Apply' });
    this.bar = page.locator('.change-bar');
    this.list = page.getByRole('list', { name: 'Allowed registries' });
    this.conflict = page.locator('.conflict');
  }

  row(address: string): Locator {
    // Not what is allowed with it, which is a list inside of its row.
    return this.list.locator('li[aria-posinset]').filter({ hasText: address });
  }

  async add(address: string, nickname = ''): Promise<void> {
    await this.address.fill(address);
    await this.nickname.fill(nickname);
    await this.create.click();
  }

  async remove(address: string): Promise<void> {
    await this.page.getByRole('button', { name: `Remove ${address}`, exact: true }).click();
  }
}
