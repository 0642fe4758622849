import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * Responses that carry `headers` whatever writes them; their own headers take precedence. Given in one piece where nothing was set before:
 * setting each by itself takes Node as long as the rest of an answer's head.
 *
 * @param headers by names in lower case
 */
export function responseWith(headers: Readonly<Record<string, string>>): typeof ServerResponse<IncomingMessage> {
  const given = Object.entries(headers);

  return class HubResponse extends ServerResponse<IncomingMessage> {
    override writeHead(status: number, ...rest: unknown[]): this {
      const own = rest.at(-1);
      const isInOnePiece =
        rest.length < 2 && (own === undefined || isHeaders(own)) && this.getHeaderNames().length === 0;
      if (isInOnePiece) return super.writeHead(status, flat(own ?? {}));
      for (const [name, value] of given) if (!this.hasHeader(name)) this.setHeader(name, value);
      return Reflect.apply(super.writeHead, this, [status, ...rest]);
    }
  };

  function flat(own: OutgoingHttpHeaders): (string | number | string[])[] {
    const names: string[] = [];
    const list: (string | number | string[])[] = [];
    for (const name of Object.keys(own)) {
      const value = own[name];
      if (value === undefined) continue;
      names.push(name.toLowerCase());
      list.push(name, value);
    }
    for (const [name, value] of given) if (!names.includes(name)) list.push(name, value);
    return list;
  }
}

function isHeaders(value: unknown): value is OutgoingHttpHeaders {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
