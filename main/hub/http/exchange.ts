import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request to the hub's own origin, and its answer. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The `pathname` of `url`. */
  readonly path: string;
  readonly url: URL;
}

/** What stays as it is in a URL: no dot segments, nothing encoded, no second slash that would begin another origin. */
const PLAIN_PATH = /^(?:\/[\w-]+)+(?=\?|$)/;

/**
 * Most calls need no more than a path, and of a plain one that is known without parsing a URL, which takes longer than finding the route.
 *
 * @param issuer the hub's own origin
 * @returns null for an address that is none, or of another origin
 */
export function exchangeOf(request: IncomingMessage, response: ServerResponse, issuer: string): Exchange | null {
  const asked = request.url ?? '';
  const plain = PLAIN_PATH.exec(asked)?.[0];
  if (plain !== undefined) return new PlainExchange(request, response, plain, issuer);
  const url = URL.parse(asked, issuer);
  // `//other.example/` resolves to another origin.
  return url?.origin === issuer ? { request, response, path: url.pathname, url } : null;
}

class PlainExchange implements Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly #issuer: string;

  constructor(request: IncomingMessage, response: ServerResponse, path: string, issuer: string) {
    this.request = request;
    this.response = response;
    this.path = path;
    this.#issuer = issuer;
  }

  get url(): URL {
    return new URL(this.request.url ?? '', this.#issuer);
  }
}
