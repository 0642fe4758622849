/** One page, as far as a test needs it. */
export interface Page {
  /** Where the redirects ended. If that is somewhere `staysOut` names, nothing was fetched there: status 0. */
  url: URL;
  status: number;
  headers: Headers;
  text: string;
}

/**
 * A browser without a window: cookies, redirects, forms. It drives the real pages over HTTP, so that a sign-in in a
 * test is the sign-in that people have.
 */
export class TestBrowser {
  readonly #cookies = new Map<string, { value: string; host: string; path: string }>();
  readonly #staysOut: (url: URL) => boolean;
  readonly #fetch: typeof fetch;
  #page: Page | undefined;

  /**
   * @param staysOut redirects that are not followed: a callback where nobody listens
   * @param reach knows servers by names that are not theirs
   */
  constructor(staysOut: (url: URL) => boolean = () => false, reach: typeof fetch = fetch) {
    this.#staysOut = staysOut;
    this.#fetch = reach;
  }

  /** @throws if no page was opened */
  get page(): Page {
    if (this.#page === undefined) throw new Error('no page was opened');
    return this.#page;
  }

  open(url: string | URL): Promise<Page> {
    return this.#navigate(new URL(url), { method: 'GET' });
  }

  /** Sends the page's form with its own values and these, as the button `button` would. */
  submit(values: Record<string, string>, button?: { name: string; value: string }): Promise<Page> {
    const { text, url } = this.page;
    const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(text);
    if (form === null) throw new Error(`no form on ${url}: ${text}`);
    const body = new URLSearchParams();
    for (const [field] of (form[2] ?? '').matchAll(/<input[^>]*>/g)) {
      const name = attribute(field, 'name');
      if (attribute(field, 'type') === 'checkbox' && !/ checked[ >]/.test(field)) continue;
      if (name !== undefined) body.set(name, attribute(field, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    if (button !== undefined) body.set(button.name, button.value);
    return this.#navigate(new URL(decodeText(form[1] ?? ''), url), { method: 'POST', body });
  }

  async #navigate(to: URL, request: { method: string; body?: URLSearchParams }): Promise<Page> {
    let { method, body } = request;
    let url = to;
    for (let hops = 0; hops < 20; hops += 1) {
      if (this.#staysOut(url)) {
        return this.#show({ url, status: 0, headers: new Headers(), text: '' });
      }
      const response = await this.#fetch(url, {
        method,
        redirect: 'manual',
        headers: { accept: 'text/html', cookie: this.#cookieHeader(url) },
        ...(body === undefined ? {} : { body }),
      });
      for (const cookie of response.headers.getSetCookie()) this.#keep(cookie, url);
      const text = await response.text();
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) {
        return this.#show({ url, status: response.status, headers: response.headers, text });
      }
      url = new URL(location, url);
      method = 'GET';
      body = undefined;
    }
    throw new Error(`too many redirects, last to ${url}`);
  }

  #show(page: Page): Page {
    this.#page = page;
    return page;
  }

  #cookieHeader(url: URL): string {
    return [...this.#cookies]
      .filter(([, { host, path }]) => host === url.hostname && `${url.pathname}/`.startsWith(path.replace(/\/?$/, '/')))
      .map(([key, { value }]) => `${key.split(' ', 1)[0]}=${value}`)
      .join('; ');
  }

  #keep(header: string, url: URL): void {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const path = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? '/';
    const expires = attributes.find((part) => /^expires=/i.test(part))?.slice(8);
    const key = `${name} ${url.hostname} ${path}`;
    if (expires !== undefined && Date.parse(expires) <= Date.now()) this.#cookies.delete(key);
    else this.#cookies.set(key, { value, host: url.hostname, path });
  }
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decodeText(value);
}

function decodeText(text: string): string {
  return text
    .replaceAll(/&#(\d+);/g, (_match, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&amp;', '&');
}
