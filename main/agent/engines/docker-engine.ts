import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { DIRECT_PROBE_SUFFIX } from '../../../shared/schemas/control-schema.ts';
import type { EngineState } from '../../../shared/state/inputs.ts';
import { askDistribution, EngineInfo, engineInfo, errorMessage } from './docker-api.ts';
import type { Engine, EngineReport, ProbeAnswer, WallUse } from './engine.ts';

/**
 * A Docker Engine, asked through its API: it reports itself whether it has a proxy, and contacts the names of a probe by
 * the way it takes for pulls.
 *
 * @param description with a `socket` of the form `unix:///…` or a named pipe
 */
export function createDockerEngine(description: EngineState & { socket: string }): Engine {
  const socket = description.socket.replace(/^(unix|npipe):\/\//, '');
  return {
    description,

    async inspect(signal): Promise<EngineReport> {
      const answer = await engineInfo(socket, signal);
      if (answer.kind === 'unreachable') return { kind: 'stopped', problem: socketProblem(answer.cause, description) };
      const info = answer.kind === 'answered' && answer.status === 200 ? EngineInfo.safeParse(answer.body) : null;
      if (!info?.success) {
        const cause =
          answer.kind === 'silent'
            ? `no answer to GET /info at ${description.socket}`
            : `GET /info: status ${answer.status}`;
        return { kind: 'stopped', problem: problem('engine-silent', { engine: description.name }, { cause }) };
      }
      const { ServerVersion, ...proxies } = info.data;
      return { kind: 'running', version: ServerVersion ?? null, ...wallsOf(proxies) };
    },

    async probe(host, signal): Promise<ProbeAnswer> {
      const answer = await askDistribution(socket, host, signal);
      if (answer.kind === 'answered') return readProbeAnswer(answer.status, errorMessage(answer.body));
      return noAnswer(
        answer.kind === 'silent'
          ? 'the engine did not answer in time'
          : `nothing answers at its socket: ${answer.cause}`,
      );
    },
  };
}

/** Why nobody could be asked at the engine's socket. @returns null where no engine runs there. */
export function socketProblem(cause: string, { name, socket }: EngineState): Problem | null {
  if (!/\b(EACCES|EPERM)\b/.test(cause)) return null;
  return problem(
    'engine-forbidden',
    { engine: name },
    { cause: cause.includes(socket ?? '') ? cause : `${socket}: ${cause}` },
  );
}

/** Pulls are made over TLS, so `HTTPS_PROXY` is the one that counts. */
export function wallsOf(info: { HttpsProxy: string; NoProxy: string }): { dns: WallUse; proxy: WallUse } {
  if (info.HttpsProxy === '') {
    return {
      dns: { inUse: true },
      proxy: { inUse: false, why: problem('engine-without-proxy') },
    };
  }
  const proxy: WallUse = { inUse: true, via: info.HttpsProxy };
  const direct = info.NoProxy.split(',').some((entry) => entry.trim().replace(/^\./, '') === DIRECT_PROBE_SUFFIX);
  if (direct) return { dns: { inUse: true }, proxy };
  return { dns: { inUse: false, why: problem('engine-dns-behind-proxy', { suffix: DIRECT_PROBE_SUFFIX }) }, proxy };
}

/**
 * What the engine's answer says about the walls. Its errors are those of Go's resolver and HTTP client, and a proxy's refusal
 * is the reason phrase alone (seen with Engine 20.10).
 */
export function readProbeAnswer(status: number, message: string): ProbeAnswer {
  const detail = message.slice(0, 1000);
  // A registry, or something posing as one, has answered the engine.
  if (status < 500) return { kind: 'passed', detail: detail || `status ${status}` };
  if (/\b(x509|tls): /.test(message)) return { kind: 'passed', detail };
  if (/\blookup \S+( on \S+)?: no such host/.test(message)) return { kind: 'denied', detail };
  // Neither allowed nor denied: a server is away or failing.
  if (/\b(dial tcp|proxyconnect tcp|read udp|write udp|server misbehaving|context deadline exceeded)\b/.test(message)) {
    return noAnswer(detail);
  }
  if (/(Client\.Timeout|i\/o timeout|: EOF|connection reset by peer)/.test(message)) return noAnswer(detail);
  return { kind: 'denied', detail };
}

function noAnswer(cause: string): ProbeAnswer {
  return { kind: 'no-answer', problem: problem('probe-no-answer', {}, { cause }) };
}
