import { createParser } from 'eventsource-parser';
import { MAX_MEMBERSHIP_BYTES, MAX_POLICY_BYTES } from '../../../shared/policy/schema.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { RequestEvent } from '../../../shared/schemas/hub/requests.ts';
import { RevisionEvent } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { readBounded } from '../../platform/net/bounded-body.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { createHubRequest, type HubRequestOptions, MAX_ERROR_BYTES } from './hub-request.ts';
import type { Contact, PolicySource, ServerEvents } from './policy-source.ts';

const JOSE = 'application/jose';
/** For a server that keeps sending a little at a time. */
const MAX_TRANSFER_MS = 15 * 60_000;
/** A stream without even a keep-alive comment for this long is dead; the HTML standard advises one every 15 s. */
const SILENCE_MS = 5 * 60_000;

export interface HubSourceOptions extends HubRequestOptions {
  /** Thumbprint of the gateway's key, to which a proof with teams is bound; null where no gateway says one. */
  jkt?: () => string | null;
}

/** The hub's calls for the policy of one organization (docs/hub-api.md). */
export function createHubSource(options: HubSourceOptions): PolicySource {
  const { org, clock, jkt } = options;
  const request = createHubRequest(options);

  return {
    policy: (etag, signal) =>
      request(
        { path: 'registry-access', accept: JOSE, etag, limit: MAX_TRANSFER_MS },
        signal,
        async (response, restartTimer) => {
          const contact: Contact = { serverTime: dateOf(response) };
          if (response.status === 304) return { kind: 'not-modified', contact };
          const body = await readBounded(response, MAX_POLICY_BYTES, restartTimer);
          return { kind: 'document', document: body.toString('latin1'), etag: response.headers.get('etag'), contact };
        },
      ),

    membership: (signal) =>
      request(
        { path: membershipPath(jkt?.() ?? null), accept: JOSE, limit: MAX_TRANSFER_MS },
        signal,
        async (response, restartTimer) =>
          (await readBounded(response, MAX_MEMBERSHIP_BYTES, restartTimer)).toString('latin1'),
      ),

    async events(heard, signal) {
      try {
        // The stream is read after `request` has returned, whose timers end with the headers.
        const response = await request(
          { path: 'registry-access/events', accept: 'text/event-stream', limit: null },
          signal,
          async (answer) => answer,
        );
        return { ended: readEvents(response, org, heard, clock) };
      } catch (error) {
        if (error instanceof ProblemError && error.problem.code === 'server-not-found') return null;
        throw error;
      }
    },
  };
}

/** A hub that knows no teams ignores the key. */
function membershipPath(jkt: string | null): string {
  return jkt === null ? 'membership' : `membership?jkt=${encodeURIComponent(jkt)}`;
}

/** Ends when the stream does, without an error: the caller reconnects in any case. */
async function readEvents(
  response: Response,
  org: string,
  { onRevision, onRequest, onRetry }: ServerEvents,
  clock: Clock,
): Promise<void> {
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'revision') {
        const parsed = RevisionEvent.safeParse(parseJson(data));
        if (parsed.success && parsed.data.org === org) onRevision(parsed.data.revision);
      }
      if (event === 'request') {
        const parsed = RequestEvent.safeParse(parseJson(data));
        if (parsed.success && parsed.data.org === org) onRequest();
      }
    },
    onRetry,
    maxBufferSize: MAX_ERROR_BYTES,
  });
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  const giveUp = (): void => void reader.cancel().catch(() => undefined);
  let cancelTimer = clock.after(SILENCE_MS, giveUp);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      cancelTimer();
      cancelTimer = clock.after(SILENCE_MS, giveUp);
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } catch {
    giveUp();
  } finally {
    cancelTimer();
  }
}

function dateOf(response: Response): number | null {
  const time = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(time) ? null : time;
}
