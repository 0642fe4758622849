import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { postToSocket } from '../../platform/net/unix-http.ts';
import type { ProbeAnswer } from './engine.ts';
import { noAnswer, readEngineError, type SaysWalled } from './probe-answer.ts';

/** Whatever answers, no image has this digest: nothing is ever pulled or stored. */
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

/**
 * Makes Podman contact a registry. It has no `/distribution`, so it is asked to pull: by its own API, because the one for Docker's
 * clients shortens the error.
 */
export async function probePodman(
  socket: string,
  host: string,
  isWalled: SaysWalled,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const query = new URLSearchParams({ reference: `${host}/x@${NO_DIGEST}`, policy: 'always', quiet: 'true' });
  const answer = await postToSocket(socket, `/v4.0.0/libpod/images/pull?${query}`, signal);
  if (answer.kind === 'answered') return readPullAnswer(answer.status, answer.body, isWalled);
  return noAnswer(
    answer.kind === 'silent' ? 'the engine did not answer in time' : `nothing answers at its socket: ${answer.cause}`,
  );
}

/** An error in the middle of the pull has status 200, and newer versions say some as an error answer. */
const PullError = z.union([
  z.object({ error: z.string().min(1) }).transform(({ error }) => error),
  z.object({ message: z.string().min(1) }).transform(({ message }) => message),
]);

/** The first contact with a registry, and what came of it. */
const PING = /pinging container registry \S+: Get "[^"]*": (.*)$/s;
/** A registry, or something posing as one, has answered. */
const ANSWERED =
  /invalid status code from registry|reading manifest|unexpected HTTP status|server gave HTTP response|unauthorized|authentication required|manifest unknown/i;

/** What Podman's pull says about the walls (seen with 4.3.1). */
export function readPullAnswer(status: number, body: unknown, isWalled: SaysWalled): ProbeAnswer {
  const message = errorIn(body);
  if (message === null) {
    if (status === 200) return { kind: 'passed', detail: 'the pull reported no error' };
    return noAnswer(`POST /libpod/images/pull: status ${status}`);
  }
  const [, afterPing] = PING.exec(message) ?? [];
  if (ANSWERED.test(afterPing ?? message)) return { kind: 'passed', detail: message.slice(0, 1000) };
  // Whatever failed before it asked a registry says nothing about the way there.
  return afterPing === undefined ? noAnswer(message.slice(0, 1000)) : readEngineError(afterPing, isWalled);
}

/** The last error of a stream of JSON lines, of which `quiet` leaves one. */
function errorIn(body: unknown): string | null {
  const values = typeof body === 'string' ? body.split('\n').map(parseJson) : [body];
  return values.reduce<string | null>((found, value) => {
    const parsed = PullError.safeParse(value);
    return parsed.success ? parsed.data : found;
  }, null);
}
