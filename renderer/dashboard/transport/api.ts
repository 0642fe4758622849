import type { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { HubError } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';

/** A problem with one part of the body that was sent. */
export interface Fault {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly problem: Problem;
}

/** What the server answered instead of what it was asked for. */
export class ApiFailure extends ProblemError {
  readonly status: number;
  readonly faults: readonly Fault[];
  constructor(status: number, cause: Problem, faults: readonly Fault[] = []) {
    super(cause);
    this.name = 'ApiFailure';
    this.status = status;
    this.faults = faults;
  }
}

export interface Answer<T> {
  readonly value: T;
  /** For `ifMatch` of a change to it. */
  readonly etag: string | null;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The hub's API (docs/hub-api.md), as whoever is signed in. */
export interface Api {
  /**
   * @param path below the origin: `/v1/…`
   * @throws ApiFailure what the server answered; ProblemError `dashboard-offline`, `dashboard-bad-answer`
   */
  call<T>(schema: z.ZodType<T>, method: Method, path: string, options?: CallOptions): Promise<Answer<T>>;
  /** The same for an answer without content, or one that is not JSON. */
  raw(method: Method, path: string, options?: CallOptions): Promise<Response>;
}

/** @param onUnauthorized the token has expired or was revoked */
export function createApi({
  fetch,
  token,
  onUnauthorized,
}: {
  fetch: (path: string, init: RequestInit) => Promise<Response>;
  token: () => string | null;
  onUnauthorized: () => void;
}): Api {
  async function raw(method: Method, path: string, { body, ifMatch, signal }: CallOptions = {}): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${token() ?? ''}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (ifMatch !== undefined) headers['if-match'] = ifMatch;
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers,
        // No cookie has a say in any call.
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new ProblemError(problem('dashboard-offline', {}, { cause }), { cause: error });
    }
    if (response.ok) return response;
    if (response.status === 401) onUnauthorized();
    throw await failureOf(response);
  }

  return {
    raw,
    async call(schema, method, path, options) {
      const response = await raw(method, path, options);
      const parsed = schema.safeParse(parseJson(await response.text()));
      if (!parsed.success) throw badAnswer(parsed.error.issues[0]?.message);
      return { value: parsed.data, etag: response.headers.get('etag') };
    },
  };
}

/** The path of a call for an organization. @param rest already encoded */
export function ofOrganization(name: string, rest: string): string {
  return `/v1/orgs/${encodeURIComponent(name)}/${rest}`;
}

async function failureOf(response: Response): Promise<ProblemError> {
  const parsed = HubError.safeParse(parseJson(await response.text().catch(() => '')));
  if (!parsed.success) return badAnswer(`HTTP ${response.status}`);
  const { code, args, title, detail, errors = [] } = parsed.data;
  const faults = errors.map((fault) => ({
    pointer: fault.pointer,
    problem: problemOf(fault.code ?? 'setting-invalid', fault.args, fault.detail, undefined),
  }));
  return new ApiFailure(response.status, problemOf(code, args, title, detail), faults);
}

function problemOf(code: string, args: Problem['args'], message: string, next: string | undefined): Problem {
  return { code, message, ...(args === undefined ? {} : { args }), ...(next === undefined ? {} : { next }) };
}

function badAnswer(cause: string | undefined): ProblemError {
  return new ProblemError(problem('dashboard-bad-answer', {}, { cause }));
}
