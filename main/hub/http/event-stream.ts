import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { RequestEvent } from '../../../shared/schemas/hub/requests.ts';
import type { RevisionEvent } from '../../../shared/schemas/hub-schema.ts';
import { systemClock } from '../../platform/time/clock.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import { pacedRevisions, retryOf } from './pace.ts';
import { HttpProblem } from './problem-response.ts';

/** A user has a few machines, and each opens one stream. */
const STREAMS_PER_USER = 32;

/** The open `…/registry-access/events` streams (server-sent events, WHATWG HTML section 9.2). */
export interface EventStreams {
  /**
   * @param checkAccess called at each heartbeat and before each event; the stream ends when it rejects
   * @throws HttpProblem 429
   */
  open: (
    request: IncomingMessage,
    response: ServerResponse,
    options: { org: string; sub: string; checkAccess: () => Promise<void> },
  ) => Promise<void>;
  /** Tells a person, wherever they listen, that a request of theirs was decided. */
  sendRequest: (event: RequestEvent, sub: string) => void;
  /** Ends those of the user that they may no longer read. */
  recheck: (sub: string) => void;
  closeAll: () => void;
}

/** An open stream of one user. */
interface Stream {
  org: string;
  end: () => void;
  recheck: () => void;
  sendRequest: (event: RequestEvent) => void;
}

export function createEventStreams(
  access: Pick<RegistryAccess, 'revision' | 'onRevision'>,
  heartbeatSeconds: number,
): EventStreams {
  const byUser = new Map<string, Set<Stream>>();
  const onRevision = pacedRevisions(access.onRevision, systemClock.after);
  let count = 0;

  return {
    open: async (request, response, { org, sub, checkAccess }) => {
      const ofUser = byUser.get(sub) ?? new Set();
      if (ofUser.size >= STREAMS_PER_USER) {
        throw new HttpProblem(429, problem('too-many-streams', { limit: STREAMS_PER_USER }), {
          headers: { 'retry-after': '60' },
        });
      }
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        // A proxy that buffers responses would hold this one back for ever.
        'x-accel-buffering': 'no',
      });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }

      // A client that reconnects names the last revision it saw; any other gets the current one at once.
      const seen = Number(request.headers['last-event-id'] ?? 0);
      let sent: number | null = null;
      const sendRevision = (revision: number): void => {
        if ((sent !== null && revision <= sent) || response.writableEnded || response.destroyed) return;
        const isKnown = sent === null && revision === seen;
        sent = revision;
        if (isKnown) return;
        const event: RevisionEvent = { org, revision };
        response.write(`id: ${revision}\nevent: revision\ndata: ${JSON.stringify(event)}\n\n`);
      };
      const sendHeartbeat = (): void => {
        // A client that takes nothing will never notice a revision either.
        if (response.writableNeedDrain) response.destroy();
        else if (retryOf(count) !== retry) sendRetry();
        else response.write(': still here\n\n');
      };
      let retry = 0;
      const sendRetry = (): void => {
        retry = retryOf(count);
        response.write(`retry: ${retry}\n\n`);
      };
      const ifAllowed = async (send: () => void): Promise<void> => {
        const allowed = await checkAccess().then(
          () => true,
          () => false,
        );
        if (response.writableEnded || response.destroyed) return;
        if (allowed) send();
        else response.end();
      };

      const stream: Stream = {
        ...{ org, end: () => response.end() },
        recheck: () => void ifAllowed(() => undefined),
        sendRequest: (event) =>
          void ifAllowed(() => {
            // Without an id: that of the last revision stays the one to come back with.
            response.write(`event: request\ndata: ${JSON.stringify(event)}\n\n`);
          }),
      };
      byUser.set(sub, ofUser.add(stream));
      count += 1;
      sendRetry();
      // Subscribed before the first event is sent, so that no revision falls between the two.
      const waiting: number[] = [];
      const unsubscribe = onRevision(org, (revision) => {
        waiting.push(revision);
        // In their order, whichever check of the access comes back first.
        void ifAllowed(() => waiting.splice(0).forEach(sendRevision));
      });
      const heartbeat = setInterval(() => void ifAllowed(sendHeartbeat), heartbeatSeconds * 1000);
      response.once('close', () => {
        clearInterval(heartbeat);
        unsubscribe();
        count -= 1;
        ofUser.delete(stream);
        if (ofUser.size === 0 && byUser.get(sub) === ofUser) byUser.delete(sub);
      });
      const first = await access.revision(org);
      sendRevision(first);
    },
    sendRequest: (event, sub) => {
      for (const { org, sendRequest } of byUser.get(sub) ?? []) if (org === event.org) sendRequest(event);
    },
    recheck: (sub) => {
      for (const { recheck } of byUser.get(sub) ?? []) recheck();
    },
    closeAll: () => {
      for (const ofUser of byUser.values()) for (const { end } of ofUser) end();
    },
  };
}
