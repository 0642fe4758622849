import type { ServerResponse } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { HubError } from '../../../shared/schemas/hub-schema.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Fault } from '../registry-access/fault.ts';

/** Thrown by whatever handles a request; becomes the answer. */
export class HttpProblem extends Error {
  readonly body: HubError;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    problem: Problem,
    more: { organization?: string; faults?: readonly Fault[]; headers?: Record<string, string> } = {},
  ) {
    super(problem.message);
    this.name = 'HttpProblem';
    const { code, args, message, next } = problem;
    const { organization, faults } = more;
    this.body = {
      type: `urn:portcullis:problem:${code}`,
      title: message,
      status,
      code,
      ...(args === undefined ? {} : { args }),
      ...(next === undefined ? {} : { detail: next }),
      ...(organization === undefined ? {} : { organization }),
      ...(faults === undefined ? {} : { errors: faults.map(faultInBody) }),
    };
    this.headers = more.headers ?? {};
  }
}

/** As `errors` and `notices` list it. */
export function faultInBody({ pointer, problem }: Fault): NonNullable<HubError['errors']>[number] {
  const { code, args, message, cause, next } = problem;
  const sentence = cause === undefined ? message : `${message.replace(/\.$/, '')} (${cause}).`;
  return {
    pointer,
    code,
    ...(args === undefined ? {} : { args }),
    detail: next === undefined ? sentence : `${sentence} ${next}`,
  };
}

/**
 * Runs what answers a request; what it throws is the answer. Nothing but a promise is awaited, because every call passes through here.
 *
 * @param log gets what is a defect of ours
 */
export function answering(response: ServerResponse, log: Logger, answer: () => void | Promise<void>): void {
  const fail = (error: unknown): void => {
    if (!(error instanceof HttpProblem)) log.error({ err: error }, 'request failed');
    if (response.headersSent) response.destroy();
    else sendProblem(response, error instanceof HttpProblem ? error : new HttpProblem(500, problem('internal')));
  };
  try {
    answer()?.catch(fail);
  } catch (error) {
    fail(error);
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
