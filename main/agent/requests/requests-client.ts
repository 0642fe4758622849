import { isProblemCode, problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { AccessRequest, MyRequests } from '../../../shared/schemas/hub/requests.ts';
import type { HubError } from '../../../shared/schemas/hub-schema.ts';
import { problemOfHub, readAnswer } from '../policy/hub-answer.ts';
import type { HubRequest } from '../policy/hub-request.ts';
import type { KeptRequest } from './requests-state.ts';

/** The hub understood, and does not take it. */
export class RequestRefused extends ProblemError {
  /** It may take it later: too many are open, or were sent today. */
  readonly passing: boolean;

  constructor(reason: Problem, passing: boolean) {
    super(reason);
    this.passing = passing;
  }
}

/** The hub's calls for one's own requests (docs/requests.md). All throw a `ProblemError`. */
export interface RequestsClient {
  /** @throws RequestRefused */
  create(request: Pick<KeptRequest, 'host' | 'subject' | 'reason'>, signal: AbortSignal): Promise<AccessRequest>;
  mine(signal: AbortSignal): Promise<AccessRequest[]>;
  /** @throws RequestRefused */
  withdraw(id: string, signal: AbortSignal): Promise<void>;
}

const JSON_TYPE = 'application/json';
const LIMIT_MS = 60_000;

/** Unless the hub says that they are about requests: of the sign-in, of a hub of before, of one that has too much to do. */
const GENERAL: readonly number[] = [401, 403, 404, 408, 425, 429];

export function createRequestsClient(request: HubRequest): RequestsClient {
  const refusal = (status: number, error: HubError): ProblemError | null => {
    if (status < 400 || status >= 500 || (GENERAL.includes(status) && !isOfRequests(error))) return null;
    return new RequestRefused(problemOf(error), status === 429);
  };
  const call = { accept: JSON_TYPE, limit: LIMIT_MS, refusal };
  return {
    create: ({ host, subject, reason }, signal) =>
      request({ ...call, path: 'requests', method: 'POST', body: { host, subject, reason } }, signal, (response) =>
        readAnswer(response, AccessRequest),
      ),
    mine: async (signal) =>
      (await request({ ...call, path: 'requests/mine' }, signal, (response) => readAnswer(response, MyRequests))).items,
    withdraw: (id, signal) =>
      request({ ...call, path: `requests/${encodeURIComponent(id)}`, method: 'DELETE' }, signal, async (response) => {
        await response.body?.cancel();
      }),
  };
}

/** A hub that knows requests says of one that it does not know it; an earlier one knows no such path. */
function isOfRequests({ code }: HubError): boolean {
  return code.startsWith('request');
}

/** As the hub puts it, in the reader's language where our catalogue has it too. */
function problemOf(error: HubError): Problem {
  const { code, title, status } = error;
  if (!isProblemCode(code)) return problem('request-failed', {}, { cause: `HTTP ${status}, ${code}: ${title}` });
  return problemOfHub(error);
}
