import { isProblemCode } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { MachineNonce, type MachineReport, MachineState } from '../../../shared/schemas/hub/machines.ts';
import type { HubError } from '../../../shared/schemas/hub-schema.ts';
import { ReportingView } from '../../../shared/schemas/reporting.ts';
import { problemOfHub, readAnswer } from '../policy/hub-answer.ts';
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
const LIMIT_MS = 60_000;

export function createReportsClient(request: HubRequest): ReportsClient {
  const call = { accept: 'application/json', limit: LIMIT_MS, refusal };
  return {
    nonce: async (signal) =>
      (await request({ ...call, path: 'machines/nonce' }, signal, (response) => readAnswer(response, MachineNonce)))
        .nonce,
    report: (body, signal) =>
      request({ ...call, path: 'machines/reports', method: 'POST', body }, signal, (response) =>
        readAnswer(response, Answer),
      ),
  };
}

/** What the hub has against a receipt, in the reader's language where our catalogue has it too. */
function refusal(status: number, error: HubError): ProblemError | null {
  return status === 422 && isProblemCode(error.code) ? new ProblemError(problemOfHub(error)) : null;
}
