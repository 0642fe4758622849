import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './problem-response.ts';

/** @throws HttpProblem 413 as soon as it is known, by the length announced or by the bytes that came. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = (): HttpProblem =>
    new HttpProblem(
      413,
      'body-too-large',
      'The request is too large.',
      { detail: `At most ${limit} bytes.` },
      { connection: 'close' },
    );
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** @throws HttpProblem 415 */
export function requireMediaType(request: IncomingMessage, type: string): void {
  const given = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (given !== type) {
    throw new HttpProblem(
      415,
      'unsupported-media-type',
      `The request's content type must be ${type}.`,
      {},
      { accept: type },
    );
  }
}
