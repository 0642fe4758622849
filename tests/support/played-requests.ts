import { RequestRefused, type RequestsClient } from '../../main/agent/requests/requests-client.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { AccessRequest } from '../../shared/schemas/hub/requests.ts';

/** The requests of one person at a hub, which is away where a test says so. */
export interface PlayedRequests extends RequestsClient {
  /** What every call fails with. */
  failure: Error | null;
  /** Hosts that it does not take, and why. */
  refusals: Map<string, RequestRefused>;
  items: AccessRequest[];
  /** The calls so far, oldest first: `create gcr.io`. */
  calls: string[];
  /** Calls wait for it. */
  gate: Promise<void>;
  /** An answer was on its way already when the call was given up. */
  late: boolean;
  decide(host: string, state: AccessRequest['state'], decided?: AccessRequest['decided']): void;
}

export const away = new ProblemError({ code: 'server-unreachable', message: 'The server cannot be reached.' });

export function playRequests(at: () => number): PlayedRequests {
  let made = 0;
  const rfc3339 = (): string => new Date(at()).toISOString();
  async function answer(call: string, signal: AbortSignal): Promise<void> {
    hub.calls.push(call);
    await hub.gate;
    if (!hub.late) signal.throwIfAborted();
    if (hub.failure !== null) throw hub.failure;
  }
  const hub: PlayedRequests = {
    failure: null,
    refusals: new Map(),
    items: [],
    calls: [],
    gate: Promise.resolve(),
    late: false,
    async create({ host, subject, reason }, signal) {
      await answer(`create ${host}`, signal);
      const refusal = hub.refusals.get(host);
      if (refusal !== undefined) throw refusal;
      const open = hub.items.find((one) => one.host === host && one.state === 'open');
      made += 1;
      const request: AccessRequest = {
        id: open?.id ?? `r${made}`,
        host,
        ...(subject === undefined ? {} : { subject }),
        ...(reason === undefined ? {} : { reason }),
        at: rfc3339(),
        state: 'open',
      };
      hub.items = [request, ...hub.items.filter(({ id }) => id !== request.id)];
      return request;
    },
    async mine(signal) {
      await answer('mine', signal);
      return hub.items;
    },
    async withdraw(id, signal) {
      await answer(`withdraw ${id}`, signal);
      const open = hub.items.some((one) => one.id === id && one.state === 'open');
      if (!open) throw new RequestRefused({ code: 'request-gone', message: 'It is not open.' }, false);
      hub.items = hub.items.map((one) => (one.id === id ? { ...one, state: 'withdrawn' } : one));
    },
    decide(host, state, decided) {
      hub.items = hub.items.map((one) =>
        one.host === host && one.state === 'open' ? { ...one, state, decided: { at: rfc3339(), ...decided } } : one,
      );
    },
  };
  return hub;
}
