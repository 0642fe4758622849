import type { Problem } from '../../../shared/problems/problem.ts';
import { DIRECT_PROBE_SUFFIX } from '../../../shared/schemas/control-schema.ts';
import type { EngineState } from '../../../shared/state/inputs.ts';
import { askDistribution, EngineInfo, engineInfo, errorMessage } from './docker-api.ts';
import type { Engine, EngineReport, ProbeAnswer, WallUse } from './engine.ts';

/**
 * A Docker Engine, asked through its API: wherever it lives, it tells itself whether it has a proxy, and contacts the
 * names of a probe by the way it takes for pulls.
 *
 * @param description with a `socket` of the form `unix:///…` or a named pipe
 */
export function createDockerEngine(description: EngineState & { socket: string }): Engine {
  const socket = description.socket.replace(/^(unix|npipe):\/\//, '');
  return {
    description,

    async look(signal): Promise<EngineReport> {
      const answer = await engineInfo(socket, signal);
      if (answer.kind === 'unreachable') return { kind: 'stopped', problem: whyNotAsked(answer.cause, description) };
      const info = answer.kind === 'answered' && answer.status === 200 ? EngineInfo.safeParse(answer.body) : null;
      if (!info?.success) {
        return {
          kind: 'stopped',
          problem: {
            code: 'engine-silent',
            message: `${description.name} does not tell how it is set up.`,
            cause:
              answer.kind === 'silent'
                ? `no answer to GET /info at ${description.socket}`
                : `GET /info: status ${answer.status}`,
            next: 'Restart the container engine.',
          },
        };
      }
      const { ServerVersion, ...proxies } = info.data;
      return { kind: 'running', version: ServerVersion ?? null, ...wallsOf(proxies) };
    },

    async probe(host, signal): Promise<ProbeAnswer> {
      const answer = await askDistribution(socket, host, signal);
      if (answer.kind === 'answered') return readProbeAnswer(answer.status, errorMessage(answer.body));
      return noAnswer(
        answer.kind === 'silent' ? 'the engine gave no answer in time' : `nobody is at its socket: ${answer.cause}`,
      );
    },
  };
}

/** A user who may not ask the engine does not thereby learn that none runs. @returns null: nobody is at the socket. */
export function whyNotAsked(cause: string, { name, socket }: EngineState): Problem | null {
  if (!/\b(EACCES|EPERM)\b/.test(cause)) return null;
  return {
    code: 'engine-forbidden',
    message: `This user may not ask ${name}, so nothing can be proven.`,
    cause: cause.includes(socket ?? '') ? cause : `${socket}: ${cause}`,
    next: 'Ask your administrator for the right to use its socket (on Linux the group docker), then sign in to this machine again.',
  };
}

/** Pulls are made over TLS, so `HTTPS_PROXY` is the one that counts. */
export function wallsOf(info: { HttpsProxy: string; NoProxy: string }): { dns: WallUse; proxy: WallUse } {
  if (info.HttpsProxy === '') {
    return { dns: { inUse: true }, proxy: { inUse: false, why: 'The engine has no HTTPS_PROXY.' } };
  }
  const proxy: WallUse = { inUse: true };
  const direct = info.NoProxy.split(',').some((entry) => entry.trim().replace(/^\./, '') === DIRECT_PROBE_SUFFIX);
  if (direct) return { dns: { inUse: true }, proxy };
  const why = `The engine leaves names to its proxy, and DNS cannot be checked: its NO_PROXY lacks .${DIRECT_PROBE_SUFFIX}.`;
  return { dns: { inUse: false, why }, proxy };
}

/**
 * What the engine's answer says about the walls. It is a Go program: its errors are those of Go's resolver and HTTP client,
 * and a proxy's refusal is the reason phrase alone (seen with Engine 20.10).
 */
export function readProbeAnswer(status: number, message: string): ProbeAnswer {
  const detail = message.slice(0, 1000);
  // A registry, or something that does as if it were one, has answered the engine.
  if (status < 500) return { kind: 'passed', detail: detail || `status ${status}` };
  if (/\b(x509|tls): /.test(message)) return { kind: 'passed', detail };
  if (/\blookup \S+( on \S+)?: no such host/.test(message)) return { kind: 'denied', detail };
  // Nobody said yes or no: a server that is away, or one that cannot tell.
  if (/\b(dial tcp|proxyconnect tcp|read udp|write udp|server misbehaving|context deadline exceeded)\b/.test(message)) {
    return noAnswer(detail);
  }
  if (/(Client\.Timeout|i\/o timeout|: EOF|connection reset by peer)/.test(message)) return noAnswer(detail);
  return { kind: 'denied', detail };
}

function noAnswer(cause: string): ProbeAnswer {
  return {
    kind: 'no-answer',
    problem: {
      code: 'probe-no-answer',
      message: 'The engine could not be asked to contact a test name.',
      cause,
      next: 'Restart the container engine; if that does not help, restart this machine.',
    },
  };
}
