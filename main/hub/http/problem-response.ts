import type { ServerResponse } from 'node:http';
import type { HubError } from '../../../shared/schemas/hub-schema.ts';

/** An answer that is an error, on its way up to where it is written. */
export class HttpProblem extends Error {
  readonly body: HubError;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    title: string,
    more: Partial<Pick<HubError, 'detail' | 'organization' | 'errors'>> = {},
    headers: Record<string, string> = {},
  ) {
    super(title);
    this.name = 'HttpProblem';
    this.body = { type: `urn:portcullis:problem:${code}`, title, status, code, ...more };
    this.headers = headers;
  }
}

/** RFC 9457. */
export function sendProblem(response: ServerResponse, { body, headers }: HttpProblem): void {
  const content = Buffer.from(JSON.stringify(body));
  response.writeHead(body.status, {
    ...headers,
    'content-type': 'application/problem+json',
    'content-length': content.byteLength,
  });
  response.end(content);
}
