import type { IncomingMessage } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import { HttpProblem } from './problem-response.ts';

/**
 * Whatever is thrown leaves the connection open, and what still comes of the body is read past until the server's time for a request is over:
 * closed at once, a client that still sends would lose the answer (RFC 9112 section 9.6).
 *
 * @param grow told the length announced, and the length so far with each piece; may throw
 * @throws HttpProblem 413 as soon as the announced length or the bytes received exceed the limit
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  grow: (length: number) => void = () => undefined,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const reached = (bytes: number): void => {
    if (bytes > limit) throw new HttpProblem(413, problem('body-too-large', { limit }));
    grow(bytes);
  };
  try {
    reached(Number(request.headers['content-length'] ?? 0));
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      length += chunk.length;
      reached(length);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  } finally {
    // Node does so by itself only for a body of which nothing was read.
    request.resume();
  }
}

/** @throws HttpProblem 415 */
export function requireMediaType(request: IncomingMessage, type: string): void {
  const sent = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (sent !== type) {
    throw new HttpProblem(415, problem('unsupported-media-type', { type }), { headers: { accept: type } });
  }
}
