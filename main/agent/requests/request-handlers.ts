import { decide } from '../../../shared/decide.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { MAX_REQUEST_REASON, MAX_SUBJECT, RequestToSend } from '../../../shared/schemas/hub/requests.ts';
import type { IpcHandlers } from '../../../shared/schemas/ipc.ts';
import type { ParsedArgs } from '../../../shared/schemas/ipc-schema.ts';
import type { AgentState } from '../agent-state.ts';
import { readSubject } from '../explain.ts';
import { pageOf } from '../page.ts';
import type { RequestDesk } from './request-desk.ts';
import type { KeptRequest } from './requests-state.ts';
import { ownRequests } from './requests-state.ts';
import { requestsUnavailable } from './requests-view.ts';

/** One handler for each call about requests. */
export function requestHandlers(
  desk: RequestDesk,
  state: () => AgentState,
): Pick<IpcHandlers, 'requests.list' | 'requests.create' | 'requests.withdraw'> {
  return {
    'requests.list': async (args) =>
      pageOf(ownRequests(desk.state()), String(desk.state().version), args, ({ host, subject, reason }) =>
        [host, subject, reason].join(' '),
      ),
    'requests.create': async (args) => {
      const wanted = wantedOf(args);
      const unavailable = requestsUnavailable(state());
      // A hub of an earlier version may have been replaced: it is asked again.
      if (unavailable !== null && unavailable.code !== 'requests-unknown-to-server')
        throw new ProblemError(unavailable);
      refuseAllowed(wanted.host, state());
      try {
        return await desk.create(wanted);
      } catch (error) {
        const isUnknown = error instanceof ProblemError && error.problem.code === 'requests-unknown-to-server';
        // Ours names whom to ask.
        throw isUnknown ? new ProblemError(requestsUnavailable(state()) ?? error.problem) : error;
      }
    },
    'requests.withdraw': async ({ id }) => {
      await desk.withdraw(id);
      return {};
    },
  };
}

/** @throws ProblemError what cannot be requested like that. */
export function wantedOf({
  subject,
  host: named,
  reason,
}: ParsedArgs<'requests.create'>): Pick<KeptRequest, 'host' | 'subject' | 'reason'> {
  const read = readSubject(named ?? subject);
  if (!read.ok) throw new ProblemError(read.problem);
  const { registry } = read.value;
  if (registry.startsWith('*.')) throw new ProblemError(problem('request-pattern', { address: registry }));
  const host = registry.replace(/:443$/, '');
  // What says no more than the host needs no line of its own, and what is too long is of no use to whoever decides.
  const typed = subject.trim();
  const says = typed !== host && typed.length <= MAX_SUBJECT;
  const parsed = RequestToSend.safeParse({
    host,
    ...(says ? { subject: typed } : {}),
    ...(reason.trim() === '' ? {} : { reason }),
  });
  if (parsed.success) return parsed.data;
  throw new ProblemError(problem('request-text', { most: MAX_REQUEST_REASON }));
}

/** What the policy allows already needs no request; a server that is away could not say so. @throws ProblemError `request-allowed` */
function refuseAllowed(host: string, { policy }: AgentState): void {
  const { held } = policy;
  if (held === null) return;
  const colon = host.lastIndexOf(':');
  const port = /^\d+$/.test(host.slice(colon + 1)) && !host.endsWith(']') ? Number(host.slice(colon + 1)) : undefined;
  const name = port === undefined ? host : host.slice(0, colon);
  const { allowed, registry, wouldDeny } = decide(held.rules, 'engine', name, port ?? 443);
  if (!allowed || registry === undefined || wouldDeny === true) return;
  throw new ProblemError(problem('request-allowed', { host, organization: held.summary.org }));
}
