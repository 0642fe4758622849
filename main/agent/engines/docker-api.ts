import { request } from 'node:http';
import { z } from 'zod';

/** What the engine said. `unreachable`: nobody is at its socket. `silent`: no answer before `signal` was aborted. */
export type EngineAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'unreachable'; readonly cause: string }
  | { readonly kind: 'silent' };

/** More than any answer asked for here; a longer one is cut off. */
const MAX_BODY = 1024 * 1024;

/** Is an engine there? `GET /_ping`, status 200. */
export function pingEngine(socket: string, signal: AbortSignal): Promise<EngineAnswer> {
  return get(socket, '/_ping', signal);
}

/** What is read of `GET /info`. Engines leave out what is empty. */
export const EngineInfo = z.object({
  ServerVersion: z.string().optional(),
  HttpProxy: z.string().default(''),
  HttpsProxy: z.string().default(''),
  NoProxy: z.string().default(''),
});
export type EngineInfo = z.infer<typeof EngineInfo>;

/** `GET /info`: the engine's version, and the proxy it was started with. */
export function engineInfo(socket: string, signal: AbortSignal): Promise<EngineAnswer> {
  return get(socket, '/info', signal);
}

/**
 * Makes the engine contact a registry: `GET /distribution/HOST/x/json`. It looks up the host, goes through its proxy where it
 * has one for that host, and answers with the error of either. Nothing is pulled or stored.
 *
 * @param host a host name with at least one dot, so that the engine takes it for a registry and not for a name at Docker Hub
 * @param signal allow at least ten seconds: the engine waits long for a wall that drops packets
 */
export function askDistribution(socket: string, host: string, signal: AbortSignal): Promise<EngineAnswer> {
  return get(socket, `/distribution/${host}/x/json`, signal);
}

/** The sentence of an error answer: https://docs.docker.com/reference/api/engine/, "Errors". */
export function errorMessage(body: unknown): string {
  const parsed = z.object({ message: z.string() }).safeParse(body);
  return parsed.success ? parsed.data.message : typeof body === 'string' ? body : '';
}

function get(socketPath: string, path: string, signal: AbortSignal): Promise<EngineAnswer> {
  return new Promise((resolve) => {
    const failed = (error: Error): void =>
      resolve(signal.aborted ? { kind: 'silent' } : { kind: 'unreachable', cause: error.message });
    const asked = request({ socketPath, path, method: 'GET', headers: { host: 'docker' }, signal }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        if (text.length < MAX_BODY) text += part;
      });
      answer.on('error', failed);
      answer.on('end', () => resolve({ kind: 'answered', status: answer.statusCode ?? 0, body: jsonOrText(text) }));
    });
    asked.on('error', failed);
    asked.end();
  });
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
