import { isProblemCode, problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { MachineNonce, type MachineReport, MachineState } from '../../../shared/schemas/hub/machines.ts';
import type { HubError } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { ReportingView } from '../../../shared/schemas/reporting.ts';
import { readBounded } from '../../platform/net/bounded-body.ts';
import type { HubRequest } from '../policy/hub-request.ts';

/** The hub's calls for reports (docs/hub-api.md). All throw a `ProblemError`; `server-not-found`: it does not know them. */
export interface ReportsClient {
  nonce(signal: AbortSignal): Promise<string>;
  report(report: MachineReport, signal: AbortSignal): Promise<ReportAnswer>;
}

type LastReport = NonNullable<ReportingView['last']>;
export type ReportAnswer = Pick<LastReport, 'state' | 'missing'>;

const Answer = ReportingView.shape.last
  .unwrap()
  .pick({ missing: true })
  .extend({ state: MachineState.nullable().catch(null) });
const MAX_BYTES = 256 * 1024;
const LIMIT_MS = 60_000;

export function createReportsClient(request: HubRequest): ReportsClient {
  const call = { accept: 'application/json', limit: LIMIT_MS, refusal };
  return {
    nonce: async (signal) =>
      (await request({ ...call, path: 'machines/nonce' }, signal, (response) => answerOf(response, MachineNonce)))
        .nonce,
    report: (body, signal) =>
      request({ ...call, path: 'machines/reports', method: 'POST', body }, signal, (response) =>
        answerOf(response, Answer),
      ),
  };
}

/** What the hub has against a receipt, in the reader's language where our catalogue has it too. */
function refusal(status: number, error: HubError): ProblemError | null {
  return status === 422 && isProblemCode(error.code) ? new ProblemError(problemOf(error)) : null;
}

function problemOf({ code, args, title, detail }: HubError): Problem {
  return { code, ...(args === undefined ? {} : { args }), message: title.slice(0, 500), next: detail?.slice(0, 500) };
}

async function answerOf<T>(
  response: Response,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): Promise<T> {
  const body = parseJson((await readBounded(response, MAX_BYTES)).toString('utf8'));
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const server = URL.parse(response.url)?.host ?? '';
  throw new ProblemError(problem('server-unexpected', { server }, { cause: 'not as docs/hub-api.md describes' }));
}
