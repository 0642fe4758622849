import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Problem } from '../../../shared/problems/problem.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { HttpProblem } from './problem-response.ts';
import { readBody, requireMediaType } from './request-body.ts';
import { htmlHeaders } from './security-headers.ts';

/**
 * The request's JSON body.
 * @param invalid the answer where it is not what `schema` says
 * @throws HttpProblem 413, 415, 422
 */
export async function readJson<T extends z.ZodType>(
  request: IncomingMessage,
  limit: number,
  schema: T,
  invalid: (error: z.ZodError) => { problem: Problem } & ConstructorParameters<typeof HttpProblem>[2],
): Promise<z.output<T>> {
  requireMediaType(request, 'application/json');
  const body = schema.safeParse(parseJson((await readBody(request, limit)).toString('utf8')));
  if (body.success) return body.data;
  const { problem, ...more } = invalid(body.error);
  throw new HttpProblem(422, problem, more);
}

export function sendJson(response: ServerResponse, value: unknown, status?: number): void {
  send(response, 'application/json', Buffer.from(JSON.stringify(value)), {}, status);
}

/** One of the hub's own pages. @param headers take precedence over those of pages */
export function sendPage(
  response: ServerResponse,
  status: number,
  content: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...htmlHeaders(), ...headers, 'content-length': Buffer.byteLength(content) });
  response.end(content);
}

/** Copying it costs less than another piece for the system to send. */
const SHORT_BYTES = 16_384;

export function send(
  response: ServerResponse,
  type: string,
  content: Uint8Array,
  headers: Record<string, string> = {},
  status = 200,
): void {
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': content.byteLength });
  // A short one leaves together with its head, for which it has to be text.
  if (content.byteLength > SHORT_BYTES) response.end(content);
  else response.end(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1'), 'latin1');
}

/** Ends a response whose head is written with the parts of a file, as fast as its reader takes them; `HEAD` gets none. */
export async function sendParts(
  request: IncomingMessage,
  response: ServerResponse,
  parts: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  if (request.method !== 'HEAD') {
    for await (const part of parts) if (!(await written(response, part))) return;
  }
  response.end();
}

/** Waits for a slow reader. @returns false once nobody reads any more */
async function written(response: ServerResponse, part: string): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(part)) return true;
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  response.once('drain', wake).once('close', wake);
  await promise;
  response.off('drain', wake).off('close', wake);
  return !response.destroyed;
}
