import type { IncomingMessage } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import { HttpProblem } from './problem-response.ts';

/**
 * @param grow told the length announced, and the length so far with each piece; may throw
 * @throws HttpProblem 413 as soon as the announced length or the bytes received exceed the limit
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  grow: (length: number) => void = () => undefined,
): Promise<Buffer> {
  const tooLarge = (): HttpProblem =>
    new HttpProblem(413, problem('body-too-large', { limit }), { headers: { connection: 'close' } });
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) throw tooLarge();
  grow(announced);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > limit) throw tooLarge();
    grow(length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** @throws HttpProblem 415 */
export function requireMediaType(request: IncomingMessage, type: string): void {
  const sent = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (sent !== type) {
    throw new HttpProblem(415, problem('unsupported-media-type', { type }), { headers: { accept: type } });
  }
}
