import { z } from 'zod';
import { getFromSocket, type SocketAnswer } from '../../platform/net/unix-http.ts';

/** Is an engine there? `GET /_ping`, status 200. */
export function pingEngine(socket: string, signal: AbortSignal): Promise<SocketAnswer> {
  return getFromSocket(socket, '/_ping', signal);
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
export function engineInfo(socket: string, signal: AbortSignal): Promise<SocketAnswer> {
  return getFromSocket(socket, '/info', signal);
}

/** What is read of `GET /version`: the parts that an engine is made of. */
export const EngineVersion = z.object({ Components: z.array(z.object({ Name: z.string() })).default([]) });

/** `GET /version`: Podman, which answers to Docker's API, names itself there. */
export function engineVersion(socket: string, signal: AbortSignal): Promise<SocketAnswer> {
  return getFromSocket(socket, '/version', signal);
}

/**
 * Makes the engine contact a registry: `GET /distribution/HOST/x/json`. It looks up the host, goes through its proxy where it
 * has one for that host, and answers with the error of either. Nothing is pulled or stored.
 *
 * @param host a host name with at least one dot, so that the engine takes it for a registry and not for a name at Docker Hub
 * @param signal allow at least ten seconds: the engine waits long for a wall that drops packets
 */
export function askDistribution(socket: string, host: string, signal: AbortSignal): Promise<SocketAnswer> {
  return getFromSocket(socket, `/distribution/${host}/x/json`, signal);
}

/** The sentence of an error answer: https://docs.docker.com/reference/api/engine/, "Errors". */
export function errorMessage(body: unknown): string {
  const parsed = z.object({ message: z.string() }).safeParse(body);
  return parsed.success ? parsed.data.message : typeof body === 'string' ? body : '';
}
