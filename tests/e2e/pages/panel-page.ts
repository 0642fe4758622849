import type { Locator, Page } from '@playwright/test';
import type { StateId } from '../../../shared/state/derive-state.ts';

/** The panel as its users see it: found by roles and names, never by how it is built. */
export class PanelPage {
  readonly page: Page;
  readonly banner: Locator;
  readonly headline: Locator;
  readonly stateIcon: Locator;
  /** The one thing to do in this state; none where there is nothing. */
  readonly action: Locator;
  readonly readOut: Locator;
  readonly managedBy: Locator;
  readonly policy: Locator;
  readonly proof: Locator;
  readonly check: Locator;
  readonly registries: Locator;
  readonly caveats: Locator;
  readonly health: Locator;

  readonly activity: Locator;
  readonly timeline: Locator;
  readonly announcement: Locator;

  constructor(page: Page) {
    this.page = page;
    this.banner = page.getByRole('region', { name: 'State of this machine' });
    this.headline = page.getByRole('heading', { level: 1 });
    this.stateIcon = this.banner.getByRole('img');
    this.action = this.banner.locator('.banner-side').getByRole('button');
    this.readOut = this.banner.locator('.read-out');
    this.managedBy = page.getByRole('region', { name: 'Managed by' });
    this.policy = page.getByRole('region', { name: 'Policy' });
    this.proof = page.getByRole('region', { name: 'Proof' });
    this.check = page.getByRole('region', { name: 'Check an image or host' });
    this.registries = page.getByRole('region', { name: 'Allowed registries' });
    this.caveats = page.getByRole('region', { name: 'Caveats' });
    this.activity = page.getByRole('region', { name: /^(Activity|Recently blocked)$/ });
    this.timeline = page.getByRole('region', { name: 'Last 7 days' });
    this.announcement = page.locator('.announcer');
    this.health = page.getByRole('region', { name: 'Health' });
  }

  async goTo(view: 'Overview' | 'Registries' | 'Activity' | 'Caveats' | 'Settings'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Resolves when the panel shows this state. */
  async shows(state: StateId | 'connection-lost'): Promise<void> {
    await this.page.locator(`[data-state="${state}"]`).waitFor();
  }

  /** The colour a person sees in the state's icon, or behind it where the whole banner is filled. */
  async colour(): Promise<[red: number, green: number, blue: number]> {
    return this.banner.evaluate((banner) => {
      const rgb = (css: string): [number, number, number] => {
        const context = document.createElement('canvas').getContext('2d');
        if (context === null) throw new Error('no canvas');
        context.fillStyle = css;
        context.fillRect(0, 0, 1, 1);
        const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
        return [red, green, blue];
      };
      const icon = banner.querySelector('[role=img]');
      const drawn = rgb(getComputedStyle(icon ?? banner).color);
      return drawn.every((channel) => channel > 240) ? rgb(getComputedStyle(banner).backgroundColor) : drawn;
    });
  }

  async ask(subject: string): Promise<void> {
    await this.check.getByRole('textbox').fill(subject);
    await this.check.getByRole('button', { name: 'Check' }).click();
  }

  async search(query: string): Promise<void> {
    await this.registries.getByRole('searchbox').fill(query);
  }
}
