import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RevisionEvent } from '../../../shared/schemas/hub-schema.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import { HttpProblem } from './problem-response.ts';

/** A user has a few machines, and each keeps one stream. */
const STREAMS_PER_USER = 32;

/** The open `…/registry-access/events` streams (server-sent events, WHATWG HTML section 9.2). */
export interface EventStreams {
  /** @param stillAllowed asked at each heartbeat and before each event; the stream ends when it no longer holds */
  open: (
    request: IncomingMessage,
    response: ServerResponse,
    options: { org: string; sub: string; stillAllowed: () => Promise<boolean> },
  ) => void;
  closeAll: () => void;
}

export function createEventStreams(access: RegistryAccess, heartbeatSeconds: number): EventStreams {
  const streams = new Map<ServerResponse, string>();

  return {
    open: (request, response, { org, sub, stillAllowed }) => {
      if ([...streams.values()].filter((owner) => owner === sub).length >= STREAMS_PER_USER) {
        throw new HttpProblem(
          429,
          'too-many-streams',
          'This user has too many event streams open.',
          {},
          { 'retry-after': '60' },
        );
      }
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        // A proxy in front that collects an answer before it passes it on would collect this one for ever.
        'x-accel-buffering': 'no',
      });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      streams.set(response, sub);

      // A client that comes back names the last revision it heard of; any other, and none, is told the current one at once.
      let told = Number(request.headers['last-event-id'] ?? 0);
      const tell = (): void => {
        const revision = access.revision(org);
        if (revision === told) return;
        told = revision;
        const event: RevisionEvent = { org, revision };
        response.write(`id: ${revision}\nevent: revision\ndata: ${JSON.stringify(event)}\n\n`);
      };
      const whileAllowed = async (act: () => void): Promise<void> => {
        const allowed = await stillAllowed().catch(() => false);
        if (response.writableEnded || response.destroyed) return;
        if (allowed) act();
        else response.end();
      };

      response.write('retry: 3000\n\n');
      // Listening begins before the first look, so that no revision falls between the two.
      const stopListening = access.onRevision(org, () => void whileAllowed(tell));
      const heartbeat = setInterval(
        () => void whileAllowed(() => response.write(': still here\n\n')),
        heartbeatSeconds * 1000,
      );
      response.once('close', () => {
        clearInterval(heartbeat);
        stopListening();
        streams.delete(response);
      });
      tell();
    },
    closeAll: () => {
      for (const response of streams.keys()) response.end();
    },
  };
}
